import { open, stat } from "node:fs/promises";
import type { Place } from "./place.ts";

/** What tells whether a file still holds what it held; any difference may be one of its rows. */
export interface FileFingerprint {
  bytes: number;
  mtimeMs: number;
  /** SQLite counts in it the transactions that reached the file itself. */
  changeCounter?: number;
  /** What was written since and is not in the file yet. */
  wal?: { bytes: number; mtimeMs: number } | null;
}

/** Null for an app: it has no such mark. */
export async function fingerprintOf(place: Place): Promise<FileFingerprint | null> {
  if (place.kind === "app") return null;
  const { size, mtimeMs } = await stat(place.path);
  const facts = { bytes: size, mtimeMs };
  if (place.kind === "archive") return facts;
  const wal = await stat(`${place.path}-wal`).catch(() => null);
  return {
    ...facts,
    changeCounter: await readChangeCounter(place.path),
    // Reading alone may make an empty one.
    wal: wal === null || wal.size === 0 ? null : { bytes: wal.size, mtimeMs: wal.mtimeMs },
  };
}

/** Bytes 24 to 27 of the header: https://sqlite.org/fileformat2.html#file_change_counter */
async function readChangeCounter(path: string): Promise<number> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 24);
    return bytesRead === 4 ? buffer.readUInt32BE() : 0;
  } finally {
    await file.close();
  }
}
