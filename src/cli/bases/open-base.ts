import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FerryError } from "../../errors.ts";
import { type Lock, takeLock, type Waiting } from "../workspace/command-lock.ts";
import { workDirectory } from "../workspace/work-directory.ts";
import type { World } from "../world.ts";
import { type BaseFile, openBaseFile } from "./base-file.ts";

export interface OpenBaseOptions {
  /** Nobody's edit is to be kept: what cannot be read is made anew. */
  mayBeLost: boolean;
}

/**
 * Opens the base of two places, whichever of them is the source. Waits while another command has it. Rejects where it
 * cannot be read: without it the target's edits would be written over.
 */
export async function openBase(
  places: readonly [string, string],
  { mayBeLost }: OpenBaseOptions,
  session: Waiting & { world: Pick<World, "cwd" | "now" | "signal"> },
): Promise<BaseFile> {
  const { world } = session;
  const directory = join(await workDirectory(world.cwd), "bases");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const id = createHash("sha256").update(JSON.stringify(places.toSorted())).digest("hex").slice(0, 16);
  const path = join(directory, `${id}.sqlite`);
  const lock = await takeLock(
    `${path}.lock`,
    "Another command between the same places is running here",
    session,
  );
  try {
    return await openOwn(path, { now: world.now, lock });
  } catch (error) {
    try {
      if (!mayBeLost) throw unreadable(path, error);
      for (const ending of ["", "-wal", "-shm"]) await rm(path + ending, { force: true });
      return await openOwn(path, { now: world.now, lock });
    } catch (again) {
      lock.release();
      throw again;
    }
  }
}

async function openOwn(path: string, options: { now: () => number; lock: Lock }): Promise<BaseFile> {
  // It holds rows: made for its owner alone.
  await writeFile(path, "", { flag: "a", mode: 0o600 });
  return openBaseFile(path, options);
}

function unreadable(path: string, error: unknown): FerryError {
  return new FerryError(
    "EDIT_CONFLICT",
    `${path}, which says what was last exchanged, cannot be read (${(error as Error).message}), so nobody can tell what was edited at the target. Nothing was sent`,
    { details: { reason: "base-unreadable", path }, cause: error },
  );
}
