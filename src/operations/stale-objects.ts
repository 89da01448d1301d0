import { type FerryKey, keyOfObject, OBJECT_PREFIX, objectName, parseKey } from "../bucket/keys.ts";
import { listAll } from "../bucket/list.ts";
import type { Bucket, ObjectInfo } from "../bucket/port.ts";
import { createUploads } from "../bucket/uploads.ts";
import { forgetState } from "./carried-pieces.ts";
import { dropPausedExport, readPausedExport } from "./paused-export.ts";

/** Everything in the bucket that belongs to one key. */
export interface KeptObjects {
  key: FerryKey;
  /** The document itself. */
  document: ObjectInfo | null;
  /** An export or an archive for an undo between two requests, and the bytes that it left behind. */
  paused: ObjectInfo | null;
  pieces: ObjectInfo[];
  /** What is written down about a multipart upload. */
  ledger: ObjectInfo[];
  /** Milliseconds since 1970 at which any of it was last written. */
  touchedAt: number;
}

/** Where a key's objects are: not the record, which only grows. */
const FOLDERS = ["export-", "sync-", "undo-", "state/", "uploads/"].map((folder) => OBJECT_PREFIX + folder);

/** What the bucket holds, by key: one list a thousand objects of each kind. */
export async function readKeptObjects(bucket: Bucket): Promise<KeptObjects[]> {
  const byKey = new Map<FerryKey, KeptObjects>();
  for (const folder of FOLDERS) {
    for await (const info of listAll(bucket, folder)) {
      const place = placeOf(info.name);
      if (place === null) continue;
      const kept = byKey.get(place.key) ?? newlyKept(place.key);
      if (place.part === "ledger" || place.part === "pieces") kept[place.part].push(info);
      else kept[place.part] = info;
      kept.touchedAt = Math.max(kept.touchedAt, info.uploaded.getTime());
      byKey.set(place.key, kept);
    }
  }
  return [...byKey.values()];
}

/** Bytes that the key takes in the bucket, parts of what is not finished included. */
export async function bytesKept(bucket: Bucket, { key, document, paused, pieces, ledger }: KeptObjects) {
  const parts = document === null ? ledger.reduce((sum, { metadata }) => sum + sizeOf(metadata), 0) : 0;
  const state = paused === null ? null : await readPausedExport(bucket, key);
  const exported = state === null ? 0 : state.sink.parts.length * state.sink.partBytes;
  const left = pieces.reduce((sum, { size }) => sum + size, 0);
  return (document?.size ?? 0) + (paused?.size ?? 0) + left + parts + exported;
}

/** Removes all of it: parts first, for they are known by the entries that go after them. */
export async function removeKept(bucket: Bucket, { key, document, paused, pieces, ledger }: KeptObjects) {
  if (paused !== null) await dropPausedExport(bucket, key);
  else if (pieces.length > 0) await forgetState(bucket, key);
  if (ledger.length > 0) await createUploads(bucket).forget(key);
  if (document !== null) await bucket.delete([objectName(key)]);
}

function newlyKept(key: FerryKey): KeptObjects {
  return { key, document: null, paused: null, pieces: [], ledger: [], touchedAt: 0 };
}

/** Null for what d1-ferry does not name so. */
function placeOf(name: string): { key: FerryKey; part: "document" | "paused" | "pieces" | "ledger" } | null {
  const key = keyOfObject(name);
  if (key !== null) return { key, part: "document" };
  const [folder, owner, piece] = name.slice(OBJECT_PREFIX.length).split("/");
  if (folder !== "state" && folder !== "uploads") return null;
  try {
    const kept = piece === undefined ? "paused" : "pieces";
    return { key: parseKey(owner), part: folder === "uploads" ? "ledger" : kept };
  } catch {
    return null;
  }
}

function sizeOf(metadata: Record<string, string>): number {
  const size = Number(metadata.size ?? 0);
  return Number.isFinite(size) ? size : 0;
}
