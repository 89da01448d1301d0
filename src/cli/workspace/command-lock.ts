import { rmSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { sleep } from "../../client/retry.ts";
import type { Checkpoint } from "../interruption/checkpoint.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { Printer } from "../printing/printer.ts";
import type { World } from "../world.ts";

/** Keeps other commands away from the same files. */
export interface Lock {
  /** Twice is fine. */
  release(): void;
}

/** What someone who waits needs. */
export interface Waiting {
  world: Pick<World, "signal">;
  printer: Pick<Printer, "warn">;
  checkpoint: Checkpoint;
}

/** Milliseconds between two tries. */
const PAUSE = 250;

/** Tries after which a lock that nobody holds is one that this file system cannot make. */
const PATIENCE = 20;

/**
 * Waits until no other command holds the lock, and says so with `what` is waited for. The lock is one of
 * SQLite's on the file at `path`: the operating system ends it with its process, however that dies. Where
 * the file system knows no locks there is none.
 */
export async function takeLock(
  path: string,
  what: string,
  { world, printer, checkpoint }: Waiting,
): Promise<Lock> {
  let told = false;
  for (let tries = 0, nameless = 0; nameless < PATIENCE; tries++) {
    const found = tryLock(path);
    if (typeof found === "object") return found;
    if (found !== "replaced") {
      nameless = found === 0 ? nameless + 1 : 0;
      if (found > 0 && tries > 0 && !told) {
        told = true;
        printer.warn(`${what} (process ${found}): waiting until it ends`);
        checkpoint.step = { label: "Waiting for another command", text: "" };
      }
      await sleep(PAUSE, world.signal).catch(() => {});
    }
    throwIfInterrupted(world.signal);
  }
  return NO_LOCK;
}

/** Does a command hold it? Makes no file. */
export function isLocked(path: string): boolean {
  if (inodeOf(path) === null) return false;
  const found = tryLock(path);
  if (typeof found === "object") found.release();
  return typeof found === "number" && found > 0;
}

const NO_LOCK: Lock = { release() {} };

/** The lock; or the process that has it, 0 if it does not say; or "replaced" when the file went meanwhile. */
function tryLock(path: string): Lock | number | "replaced" {
  let file: DatabaseSync | undefined;
  try {
    const before = inodeOf(path) ?? createdAt(path);
    file = new DatabaseSync(path, { timeout: 0 });
    file.exec("PRAGMA journal_mode = memory; PRAGMA synchronous = off; BEGIN IMMEDIATE");
    // Committed, so that those who wait can read it; what holds is the second transaction.
    file.exec(`PRAGMA user_version = ${process.pid}; COMMIT; BEGIN IMMEDIATE`);
    if (inodeOf(path) === before) return heldBy(file, path);
    file.close();
    return "replaced";
  } catch (error) {
    const busy = (Number((error as { errcode?: unknown }).errcode) & 0xff) === SQLITE_BUSY;
    const holder = busy && file !== undefined ? holderOf(file) : null;
    file?.close();
    return holder ?? NO_LOCK;
  }
}

const SQLITE_BUSY = 5;

function holderOf(file: DatabaseSync): number {
  try {
    return Number(file.prepare("PRAGMA user_version").get()?.user_version);
  } catch {
    return 0;
  }
}

function heldBy(file: DatabaseSync, path: string): Lock {
  return {
    release() {
      if (!file.isOpen) return;
      // First the name: who waits with the old file open then looks for another one.
      remove(path);
      file.close();
      if (process.platform === "win32") remove(path);
    },
  };
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Windows removes no file that is open.
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

function createdAt(path: string): number | null {
  writeFileSync(path, "", { flag: "wx", mode: 0o600 });
  return inodeOf(path);
}
