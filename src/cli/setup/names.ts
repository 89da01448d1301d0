import { basename } from "node:path";
import type { Project } from "./project.ts";
import type { WranglerFile } from "./wrangler-file.ts";

/** What the app's database and bucket are called in its environment. */
export interface BindingNames {
  database: string;
  bucket: string;
}

/** What d1-ferry looks for where nothing else is said. */
export const DEFAULT_NAMES: BindingNames = { database: "DB", bucket: "DATA_SYNC" };

/** The app's name, of lower-case letters, digits and single hyphens: from the wrangler file, package.json or the directory. */
export function appName({ directory, manifest }: Project, wrangler: WranglerFile | null): string {
  const named = wrangler?.config.name;
  const names = [typeof named === "string" ? named : "", manifest.name ?? "", basename(directory)];
  return names.map(slug).find((name) => name !== "") ?? "app";
}

function slug(name: string): string {
  return name
    .replace(/^@[^/]*\//, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** Webflow Cloud takes no longer one. */
const LONGEST_BUCKET = 27;

export function bucketName(app: string): string {
  const end = "-sync";
  return app.slice(0, LONGEST_BUCKET - end.length).replace(/-$/, "") + end;
}

/** The name, or with a number behind it where something else has it. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2, free = name; ; number++) {
    if (!taken.has(free)) return free;
    free = `${name}_${number}`;
  }
}
