import { mkdir, readdir, readFile, rename, rm, utimes } from "node:fs/promises";
import { dirname, join, sep } from "node:path";

/** By its time the tests see whether a build is newer than the sources. */
const DATED = "cli.js";

/**
 * Makes `target` hold the files of `source` and no others. Each is moved there whole; one that is there with the
 * same bytes stays. Two may do it at once with the same files. `source` must be on the same disk, and goes.
 */
export async function replaceFolder(target: string, source: string): Promise<void> {
  // What others import comes before the others.
  const names = (await filesIn(source)).sort((one, other) => depth(other) - depth(one));
  for (const name of names) {
    const path = join(target, name);
    if (await holdsTheSame(path, join(source, name))) continue;
    await mkdir(dirname(path), { recursive: true });
    await rename(join(source, name), path);
  }
  const now = new Date();
  await utimes(join(target, DATED), now, now);
  const kept = new Set(names);
  for (const name of await filesIn(target)) {
    if (!kept.has(name)) await rm(join(target, name), { force: true });
  }
}

function depth(name: string): number {
  return name.split(sep).length;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

async function holdsTheSame(path: string, other: string): Promise<boolean> {
  const [one, two] = await Promise.all([readFile(path).catch(() => null), readFile(other)]);
  return one?.equals(two) ?? false;
}
