import { UsageError } from "../exit.ts";
import { entriesIn } from "./config-entries.ts";
import { readJsonc } from "./edit-jsonc.ts";
import { readToml } from "./edit-toml.ts";
import type { FoundFile, Project } from "./project.ts";

/** The file by which wrangler knows the app. */
export interface WranglerFile extends FoundFile {
  format: "json" | "jsonc" | "toml";
  config: Readonly<Record<string, unknown>>;
}

/** In the order in which wrangler looks for them. */
const NAMES = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/** Null where there is none. Throws a UsageError for one that nobody can read. */
export async function findWranglerFile(project: Project, named?: string): Promise<WranglerFile | null> {
  const found = await project.first(named === undefined ? NAMES : [named]);
  if (found === null) {
    if (named === undefined) return null;
    throw new UsageError(
      `There is no ${named}; nothing was changed`,
      "--config takes the path of a wrangler file",
    );
  }
  const format = /\.(jsonc?|toml)$/.exec(found.path)?.[1] as WranglerFile["format"] | undefined;
  if (format === undefined)
    throw new UsageError(`${found.path} is no wrangler file: its name ends in .json, .jsonc or .toml`);
  try {
    return { ...found, format, config: format === "toml" ? readToml(found.text) : readJsonc(found.text) };
  } catch (error) {
    throw new UsageError(
      `${found.path} cannot be read: ${(error as Error).message}; nothing was changed`,
      "Correct it, and run the same command again",
    );
  }
}

/** The bindings in a list of the file, such as d1_databases, in its order. */
export function bindingsIn(config: Readonly<Record<string, unknown>>, list: string): string[] {
  return entriesIn(config, list).flatMap(({ binding }) => (typeof binding === "string" ? [binding] : []));
}

/** Every name that the Worker's environment has already, whatever stands behind it. */
export function takenNames(config: Readonly<Record<string, unknown>>): Set<string> {
  const taken = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      // A Durable Object's binding is its `name`.
      if (typeof inner === "string" && (key === "binding" || key === "name")) taken.add(inner);
      if (key === "vars" && typeof inner === "object" && inner !== null)
        for (const name of Object.keys(inner)) taken.add(name);
      look(inner);
    }
  };
  look(config);
  return taken;
}
