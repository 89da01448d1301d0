import { access, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../exit.ts";
import type { PackageManager } from "../package-manager.ts";
import { withoutMark } from "./text-style.ts";

/** The app in the working directory, as its files tell it. */
export interface Project {
  directory: string;
  /** What package.json says; empty where there is none. */
  manifest: Manifest;
  /** What package.json asks for, of any kind: names, and the versions that will do. */
  dependencies: ReadonlyMap<string, string>;
  /** Is it written in TypeScript? */
  typescript: boolean;
  /** Does its compiler want imports of files with an ending, as Node does? */
  endings: boolean;
  /** What runs its scripts and installs its packages. */
  manager: PackageManager;
  /** A file's text by its path from the directory; null where there is none. */
  read(path: string): Promise<string | null>;
  /** Is there a file or a folder of this path? */
  has(path: string): Promise<boolean>;
  /** The first of these paths that there is, with its text; null where there is none of them. */
  first(paths: readonly string[]): Promise<FoundFile | null>;
}

export interface FoundFile {
  /** From the project's directory. */
  path: string;
  text: string;
}

export interface Manifest {
  name?: string;
  scripts?: Record<string, string>;
}

const LOCKS: readonly [string, PackageManager][] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["pnpm-workspace.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
];

export async function readProject(directory: string): Promise<Project> {
  const read = (path: string) => readText(directory, path);
  const manifest = parseManifest(await read("package.json"));
  const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifest;
  const tsconfig = await read("tsconfig.json");
  return {
    directory,
    manifest,
    dependencies: new Map(
      [peerDependencies, devDependencies, dependencies].flatMap((asked) => Object.entries<string>(asked)),
    ),
    typescript: tsconfig !== null,
    endings: /"module(Resolution)?"\s*:\s*"node(16|18|20|next)"/i.test(tsconfig ?? ""),
    manager: await managerOf(directory),
    read,
    has: (path) =>
      access(join(directory, path)).then(
        () => true,
        () => false,
      ),
    async first(paths) {
      for (const path of paths) {
        const text = await read(path);
        if (text !== null) return { path, text };
      }
      return null;
    },
  };
}

interface WholeManifest extends Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

function parseManifest(text: string | null): WholeManifest {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(withoutMark(text));
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    throw new UsageError(`package.json cannot be read: ${(error as Error).message}; nothing was changed`);
  }
  throw new UsageError("package.json is no JSON object; nothing was changed");
}

/** By the lock file of the directory, or of the workspace that it is in. */
async function managerOf(directory: string): Promise<PackageManager> {
  for (let at = resolve(directory); ; at = dirname(at)) {
    for (const [file, manager] of LOCKS) if ((await readText(at, file)) !== null) return manager;
    if (dirname(at) === at) return "npm";
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

async function readText(directory: string, path: string): Promise<string | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(directory, path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return null;
    throw error;
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new UsageError(`${path} is no UTF-8 text; nothing was changed`);
  }
}

/** The first number of the versions that will do, such as 8 of "^8.1.0"; null where nothing says one. */
export function majorOf({ dependencies }: Project, name: string): number | null {
  const digits = /\d+/.exec(dependencies.get(name) ?? "")?.[0];
  return digits === undefined ? null : Number(digits);
}
