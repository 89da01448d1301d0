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

/** What waiting for a lock takes. */
export interface Waiting {
  world: Pick<World, "signal">;
  printer: Pick<Printer, "warn">;
  /** Says at an interruption that the command was waiting. */
  checkpoint: Checkpoint;
}

/** Milliseconds between two tries. */
const PAUSE = 250;

/** Tries after which a lock that no process holds is one that this file system does not support. */
const MAX_UNHELD_TRIES = 20;

/**
 * Waits until no other command holds the lock, and warns once, with `reason`. It is a lock of SQLite's on
 * the file at `path`: the operating system ends it with its process, however that dies. Where the file
 * system has no locks, there is none.
 */
export async function takeLock(
  path: string,
  reason: string,
  { world, printer, checkpoint }: Waiting,
): Promise<Lock> {
  let warned = false;
  for (let tries = 0, unheld = 0; unheld < MAX_UNHELD_TRIES; tries++) {
    const found = tryLock(path);
    if (typeof found === "object") return found;
    if (found !== "replaced") {
      unheld = found === 0 ? unheld + 1 : 0;
      if (found > 0 && tries > 0 && !warned) {
        warned = true;
        printer.warn(`${reason} (process ${found}): waiting until it ends`);
        checkpoint.step = { label: "Waiting for another command", text: "" };
      }
      await sleep(PAUSE, world.signal).catch(() => {});
    }
    throwIfInterrupted(world.signal);
  }
  return NO_LOCK;
}

/** Does a command hold it? Creates no file. */
export function isLocked(path: string): boolean {
  if (inodeOf(path) === null) return false;
  const found = tryLock(path);
  if (typeof found === "object") found.release();
  return typeof found === "number" && found > 0;
}

const NO_LOCK: Lock = { release() {} };

/** The lock; or the id of the process that holds it, 0 if unknown; or "replaced" when the file has just been replaced. */
function tryLock(path: string): Lock | number | "replaced" {
  let file: DatabaseSync | undefined;
  let before: number | null = null;
  try {
    before = inodeOf(path) ?? createdAt(path);
    file = new DatabaseSync(path, { timeout: 0 });
    file.exec("PRAGMA journal_mode = memory; PRAGMA synchronous = off; BEGIN IMMEDIATE");
    // Committed, so that those who wait can read it. The lock is the second transaction.
    file.exec(`PRAGMA user_version = ${process.pid}; COMMIT; BEGIN IMMEDIATE`);
    if (inodeOf(path) === before) return lockOf(file, path);
    file.close();
    return "replaced";
  } catch (error) {
    // Made by another command just now, or removed by one that ended.
    const isNew = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (isNew || (before !== null && inodeOf(path) !== before)) {
      file?.close();
      return "replaced";
    }
    const busy = (Number((error as { errcode?: unknown }).errcode) & 0xff) === SQLITE_BUSY;
    const pid = busy && file !== undefined ? pidIn(file) : null;
    file?.close();
    return pid ?? NO_LOCK;
  }
}

const SQLITE_BUSY = 5;

function pidIn(file: DatabaseSync): number {
  try {
    return Number(file.prepare("PRAGMA user_version").get()?.user_version);
  } catch {
    return 0;
  }
}

function lockOf(file: DatabaseSync, path: string): Lock {
  return {
    release() {
      if (!file.isOpen) return;
      // The name goes first: whoever waits with the old file open then opens a new one.
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
    // Windows does not remove an open file.
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

function createdAt(path: string): number | null {
  writeFileSync(path, "", { flag: "wx", mode: 0o600 });
  return inodeOf(path);
}
