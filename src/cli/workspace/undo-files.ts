import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, truncate } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FerryError } from "../../errors.ts";
import type { ImageSink, ImageStore } from "../../sync/undo/image-store.ts";

/*
 * Rows as they were before a sync into a SQLite file stand beside it, in a directory that nobody else may read:
 *
 *   <file>.d1-ferry-undo/undo-….archive         an archive that is whole
 *   <file>.d1-ferry-undo/undo-….left.archive    the same once an undo went by it that left rows alone
 *   <file>.d1-ferry-undo/undo-….part            one that is being written, or that a killed command left
 */

/** Archives beside a file. */
const MOST_FILES = 10;

/** What they may take together, bytes; the newest one stays in any case. */
const MOST_BYTES = 1_000_000_000;

/** Milliseconds after which nobody goes on with what was being written. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

const FILE = /^(undo-\d{1,15}-[0-9a-z]{12})(\.left)?\.archive$/;

/** What a sync into a SQLite file can be undone from. */
export interface UndoFile {
  key: string;
  /** The archive. */
  path: string;
  bytes: number;
  /** Milliseconds since 1970 at which it was written. */
  time: number;
  /** An undo has gone by it and left rows alone. */
  left: boolean;
}

/** Those beside a SQLite file, the newest first. */
export async function listUndoFiles(path: string): Promise<UndoFile[]> {
  const directory = directoryOf(path);
  const found: UndoFile[] = [];
  for (const name of await namesIn(directory)) {
    const [, key, left] = FILE.exec(name) ?? [];
    if (key === undefined) continue;
    const file = join(directory, name);
    const info = await stat(file).catch(() => null);
    if (info === null) continue;
    found.push({ key, path: file, bytes: info.size, time: info.mtimeMs, left: left !== undefined });
  }
  return found.sort((a, b) => b.time - a.time || b.key.localeCompare(a.key));
}

/** Removes one of them, and the directory with the last. */
export async function removeUndoFile(path: string, key: string): Promise<void> {
  const directory = directoryOf(path);
  for (const file of [wholeFile(directory, key), leftFile(directory, key)]) await rm(file, { force: true });
  if ((await namesIn(directory)).length === 0) await rm(directory, { force: true, recursive: true });
}

/** Keeps one that an undo went by which left rows alone: it is not the newest to undo any more, unless it is named. */
export async function keepLeftRows(path: string, { key, left }: UndoFile): Promise<void> {
  const directory = directoryOf(path);
  if (!left) await rename(wholeFile(directory, key), leftFile(directory, key));
}

/** The undo of this key is undone itself: where it left rows alone, what it went by is there to be undone as before. */
export async function undoneAgain(path: string, undo: string): Promise<void> {
  const directory = directoryOf(path);
  const file = leftFile(directory, undo);
  if (existsSync(file)) await rename(file, wholeFile(directory, undo));
}

export interface UndoFilesOptions {
  now(): number;
  /** The key of one that is being undone: it stays, and what is kept meanwhile takes its place. @default none */
  undoing?: string | undefined;
}

/** Keeps archives beside a SQLite file: the last 10, of 1 GB together. */
export function undoFiles(path: string, { now, undoing }: UndoFilesOptions): ImageStore {
  return {
    open: (key, state) =>
      openFile(path, { key, written: (state ?? null) as WrittenSoFar | null, now, undoing }),
    remove: (key) => removeUndoFile(path, key),
  };
}

/** What is kept of a file that is being written; plain JSON. */
interface WrittenSoFar {
  bytes: number;
}

interface OpenFile extends UndoFilesOptions {
  key: string;
  written: WrittenSoFar | null;
}

function openFile(path: string, { key, written, now, undoing }: OpenFile): ImageSink {
  const directory = directoryOf(path);
  const part = join(directory, `${key}.part`);
  let bytes = written?.bytes ?? 0;
  let begun = false;

  /** Cuts off what a command wrote of which nothing is known. */
  async function begin(): Promise<void> {
    if (begun) return;
    if (written === null) {
      await makeDirectory(directory, path);
      await rm(part, { force: true });
    } else {
      const size = (await stat(part).catch(() => null))?.size ?? 0;
      if (size < bytes) throw new FerryError("UPLOAD_NOT_FOUND", `${part} is not there any more`);
      await truncate(part, bytes);
    }
    begun = true;
  }

  return {
    async write(piece) {
      await begin();
      const file = await open(part, "a", 0o600);
      try {
        await file.writeFile(piece);
      } catch (error) {
        throw diskFull(error, directory);
      } finally {
        await file.close();
      }
      bytes += piece.byteLength;
    },

    async pause() {
      return { bytes } satisfies WrittenSoFar;
    },

    async finish() {
      await begin();
      const file = await open(part, "r+");
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, wholeFile(directory, key));
      await makeRoom(path, { now, undoing });
      return bytes;
    },
  };
}

/** Removes the oldest archives beyond what may stand there, and what killed commands left. */
async function makeRoom(path: string, { now, undoing }: UndoFilesOptions): Promise<void> {
  const files = (await listUndoFiles(path)).filter(({ key }) => key !== undoing);
  let bytes = 0;
  for (const [i, file] of files.entries()) {
    bytes += file.bytes;
    if (i > 0 && (i >= MOST_FILES || bytes > MOST_BYTES)) await rm(file.path, { force: true });
  }
  const directory = directoryOf(path);
  for (const name of await namesIn(directory)) {
    if (!name.endsWith(".part")) continue;
    const file = join(directory, name);
    const info = await stat(file).catch(() => null);
    if (info !== null && now() - info.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

async function makeDirectory(directory: string, path: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { message } = error as Error;
    throw new FerryError("DATABASE_ERROR", `The rows of ${path} cannot be kept as they were: ${message}`, {
      hint: `Make ${dirname(directory)} a directory that you can write to, or keep no rows: --no-undo.`,
      cause: error,
    });
  }
}

function diskFull(error: unknown, directory: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== "ENOSPC") return error;
  return new FerryError("DISK_FULL", `No space left for ${directory}, where rows are kept as they were`, {
    hint: "Free some space, then run the same command again; --no-undo keeps none of them.",
    cause: error,
  });
}

function wholeFile(directory: string, key: string): string {
  return join(directory, `${key}.archive`);
}

function leftFile(directory: string, key: string): string {
  return join(directory, `${key}.left.archive`);
}

/** Where they stand. */
export function directoryOf(path: string): string {
  return `${resolve(path)}.d1-ferry-undo`;
}

async function namesIn(directory: string): Promise<string[]> {
  return existsSync(directory) ? await readdir(directory) : [];
}
