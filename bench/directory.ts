import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a bench keeps its databases, archives and states. */
export interface BenchDirectory {
  path(...parts: string[]): string;
  /** A directory that was not there. */
  fresh(...parts: string[]): Promise<string>;
  /** Removes all of it, unless the user named it. */
  remove(): Promise<void>;
}

export async function openDirectory(named: string | undefined): Promise<BenchDirectory> {
  const root = named ?? (await mkdtemp(join(tmpdir(), "d1-ferry-bench-")));
  await mkdir(root, { recursive: true });
  const path = (...parts: string[]) => join(root, ...parts);
  return {
    path,
    async fresh(...parts) {
      await rm(path(...parts), { recursive: true, force: true });
      await mkdir(path(...parts), { recursive: true });
      return path(...parts);
    },
    async remove() {
      if (named === undefined) await rm(root, { recursive: true, force: true });
    },
  };
}
