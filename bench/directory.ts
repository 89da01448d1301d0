import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a bench keeps its databases, archives and states. */
export interface BenchDirectory {
  path(...parts: string[]): string;
  /** A directory that was not there. */
  fresh(...parts: string[]): Promise<string>;
  /** A directory below this one, emptied. */
  within(name: string): Promise<BenchDirectory>;
  copy(from: string, to: string): Promise<void>;
  remove(): Promise<void>;
}

/** A new directory for temporary files; or the one that the user names, which keeps what it has. */
export async function openDirectory(named?: string): Promise<BenchDirectory> {
  const root = named ?? (await mkdtemp(join(tmpdir(), "d1-ferry-bench-")));
  await mkdir(root, { recursive: true });
  return directoryAt(root, named !== undefined);
}

function directoryAt(root: string, kept: boolean): BenchDirectory {
  const path = (...parts: string[]) => join(root, ...parts);
  const fresh: BenchDirectory["fresh"] = async (...parts) => {
    await rm(path(...parts), { recursive: true, force: true });
    await mkdir(path(...parts), { recursive: true });
    return path(...parts);
  };
  return {
    path,
    fresh,
    within: async (name) => directoryAt(await fresh(name), false),
    copy: (from, to) => copyFile(from, to),
    async remove() {
      if (!kept) await rm(root, { recursive: true, force: true });
    },
  };
}
