import { open, stat } from "node:fs/promises";
import type { Place } from "./place.ts";

/** Tells whether a file has changed: where two of them differ, a row may differ. */
export interface FileFingerprint {
  bytes: number;
  mtimeMs: number;
  /** SQLite counts here the transactions that reached the file itself. */
  changeCounter?: number;
  /** What was written since then and is not in the file itself yet. */
  wal?: { bytes: number; mtimeMs: number } | null;
}

/** Null for an app: it has none. */
export async function fingerprintOf(place: Place): Promise<FileFingerprint | null> {
  if (place.kind === "app") return null;
  const { size, mtimeMs } = await stat(place.path);
  const file = { bytes: size, mtimeMs };
  if (place.kind === "archive") return file;
  const wal = await stat(`${place.path}-wal`).catch(() => null);
  return {
    ...file,
    changeCounter: await readChangeCounter(place.path),
    // Just reading the database may create an empty one.
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
