import { UsageError } from "../exit.ts";
import type { Framework } from "./framework.ts";
import { frameworks } from "./frameworks/index.ts";
import type { Project } from "./project.ts";
import type { WranglerFile } from "./wrangler-file.ts";

/** The one that is named. Throws a UsageError for a name that none has. */
export function frameworkNamed(name: string): Framework {
  const found = frameworks.flat().find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `There is no framework ${JSON.stringify(name)} here`,
    `--framework takes one of ${frameworkNames().join(", ")}`,
  );
}

export function frameworkNames(): string[] {
  return frameworks.flat().map(({ name }) => name);
}

/** Those that the project may be: of the first group that has any, since one framework is built on another. */
export function fittingFrameworks(project: Project, wrangler: WranglerFile | null): Framework[] {
  for (const group of frameworks) {
    const fitting = group.filter((one) => one.fits(project, wrangler));
    if (fitting.length > 0) return fitting;
  }
  return [];
}
