import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { d1Database } from "../../src/database/d1.ts";
import type { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import type { advanceRun, exportDatabase } from "../../src/index.ts";

/** What is measured of a version: its public functions, by their sources. */
export interface Version {
  name: string;
  advanceRun: typeof advanceRun;
  exportDatabase: typeof exportDatabase;
  sqliteDatabase: typeof sqliteDatabase;
  d1Database: typeof d1Database;
}

const ROOT = resolve(import.meta.dirname, "../..");

/** The sources of a commit, in a work tree of their own at `path`; `remove` takes it away again. */
export function checkOut(commit: string, path: string): { root: string; remove(): void } {
  const git = (...words: string[]) => execFileSync("git", words, { cwd: ROOT, stdio: "pipe" });
  git("worktree", "add", "--detach", "--force", path, commit);
  // Its dependencies are few, and none of those that are measured.
  symlinkSync(join(ROOT, "node_modules"), join(path, "node_modules"));
  return { root: path, remove: () => void git("worktree", "remove", "--force", path) };
}

/** The version in a work tree. @default this one */
export async function versionAt(name: string, root: string = ROOT): Promise<Version> {
  const load = (path: string) => import(pathToFileURL(join(root, path)).href);
  const { advanceRun, exportDatabase } = await load("src/index.ts");
  const { sqliteDatabase } = await load("src/database/node-sqlite.ts");
  const { d1Database } = await load("src/database/d1.ts");
  return { name, advanceRun, exportDatabase, sqliteDatabase, d1Database };
}
