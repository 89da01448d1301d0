import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { World } from "../world.ts";
import { isLocked } from "./command-lock.ts";
import { MAX_AGE } from "./journey-record.ts";
import { possibleWorkDirectories } from "./work-directory.ts";

/** What an interrupted command left in the working directory to resume from. */
export interface Leftover {
  /** Without the endings of its files. */
  path: string;
  bytes: number;
  /** Milliseconds since it was last written. */
  ageMs: number;
  reason: string;
}

/** A record, its export, a record that was being written, and the lock of a killed command. */
const FILE = /^([0-9a-f]{16})(\.json|\.archive|\.json\.new|\.lock)$/;

/** What is older than that. @default 24 h: no command resumes it any more. */
export async function findLeftovers(
  { cwd, now }: Pick<World, "cwd" | "now">,
  { olderThanMs = MAX_AGE }: { olderThanMs?: number } = {},
): Promise<Leftover[]> {
  const found = new Map<string, { bytes: number; writtenAt: number }>();
  for (const directory of possibleWorkDirectories(cwd)) {
    for (const name of await readdir(directory).catch(() => [])) {
      const id = FILE.exec(name)?.[1];
      if (id === undefined) continue;
      const path = join(directory, id);
      const { size, mtimeMs } = await stat(join(directory, name));
      const one = found.get(path) ?? { bytes: 0, writtenAt: 0 };
      found.set(path, { bytes: one.bytes + size, writtenAt: Math.max(one.writtenAt, mtimeMs) });
    }
  }
  return [...found]
    .map(([path, { bytes, writtenAt }]) => ({
      path,
      bytes,
      ageMs: Math.max(0, Math.round(now() - writtenAt)),
      reason: "an interrupted command",
    }))
    .filter(({ path, ageMs }) => ageMs >= olderThanMs && !isLocked(`${path}.lock`));
}

export async function removeLeftover({ path }: Leftover): Promise<void> {
  for (const ending of [".json", ".archive", ".json.new", ".lock"]) await rm(path + ending, { force: true });
}
