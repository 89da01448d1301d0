import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fittingFrameworks } from "./find-framework.ts";
import { readProject } from "./project.ts";
import { findWranglerFile } from "./wrangler-file.ts";

/** As deep as workspaces keep their apps: apps/web. */
const DEEPEST = 2;
const ENOUGH = 5;

/** Folders below this one that hold an app of a framework, a few of them at the most. */
export async function findApps(directory: string): Promise<string[]> {
  const apps: string[] = [];
  const look = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(join(directory, folder), { withFileTypes: true });
    for (const { name } of entries.filter((entry) => entry.isDirectory()).sort(byName)) {
      if (apps.length >= ENOUGH || /^(node_modules|\..*)$/.test(name)) continue;
      const path = folder === "" ? name : `${folder}/${name}`;
      if (await isApp(join(directory, path))) apps.push(path);
      else if (depth < DEEPEST) await look(path, depth + 1);
    }
  };
  await look("", 1);
  return apps;
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : 1;
}

/** What cannot be read is none that could be named. */
async function isApp(directory: string): Promise<boolean> {
  try {
    const project = await readProject(directory);
    return fittingFrameworks(project, await findWranglerFile(project)).length > 0;
  } catch {
    return false;
  }
}
