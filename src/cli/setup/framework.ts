import type { Part } from "./file-change.ts";
import type { BindingNames } from "./names.ts";
import type { Project } from "./project.ts";
import type { WranglerFile } from "./wrangler-file.ts";

/** How d1-ferry gets into the apps of one framework. */
export interface Framework {
  /** As `--framework` takes it. */
  name: string;
  /** For a person. */
  title: string;
  /** Is the project one? */
  fits(project: Project, wrangler: WranglerFile | null): boolean;
  /** Scripts of the app's that start its development server, the likeliest first. @default dev, start */
  devScripts?: readonly string[];
  /** What starts it where there is no such script. */
  dev: string;
  /** Where that listens, unless the app says otherwise. */
  port: number;
  /** What to know of its .env, said where a token goes into it. */
  envNote?: string;
  /** What a new wrangler file has beside the name, the date and the bindings. */
  wranglerFile: Readonly<Record<string, unknown>>;
  /** Looks where d1-ferry is, or would be. */
  inspect(project: Project, wrangler: WranglerFile | null): Promise<Mount>;
}

export interface Mount {
  /** The bindings that the app uses, where d1-ferry is in it already; null where it is not. */
  names: Partial<BindingNames> | null;
  /** The path below which the app is. @default none */
  base?: string;
  /** What is to be done for it. */
  mount(names: BindingNames): Promise<Part>;
}

/** The script that starts the app's development server, and its line; null where there is none. */
export function devScript(
  { manifest: { scripts = {} } }: Pick<Project, "manifest">,
  { devScripts = ["dev", "start"] }: Pick<Framework, "devScripts">,
): { name: string; line: string } | null {
  const name = devScripts.find((one) => scripts[one] !== undefined);
  return name === undefined ? null : { name, line: scripts[name] as string };
}
