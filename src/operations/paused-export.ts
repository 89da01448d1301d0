import { type FerryKey, OBJECT_PREFIX, objectName } from "../bucket/keys.ts";
import type { SinkState } from "../bucket/object-writer.ts";
import { ownedBy, ownerIn } from "../bucket/owner.ts";
import type { Bucket, ObjectInfo } from "../bucket/port.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import type { ExportState } from "../sync/export/index.ts";

/*
 * An export that needs several requests is kept between them in one object,
 * d1-ferry/state/<key>: a line of JSON, and after it the archive bytes that no part holds yet. One
 * object is written whole or not at all, so the two always fit together. A crash in a request
 * leaves the state before it: the next request writes the same parts again, under the same numbers.
 * Who is at work on it stands in the object's metadata: the bytes, up to a part, are put again as
 * they came, and are in memory once.
 */

export interface PausedExport {
  /** Who began it; null where nobody said. */
  owner: string | null;
  engine: ExportState;
  sink: SinkState;
  carry: Bytes;
}

export interface StoredExport extends PausedExport {
  /** As the bucket has it; `carry` is a part of it. */
  bytes: Bytes;
  /** Milliseconds since 1970 until which a request is at work on it; 0 when none is. */
  busyUntil: number;
}

export async function isExportPaused(bucket: Bucket, key: FerryKey): Promise<boolean> {
  return (await bucket.head(stateName(key))) !== null;
}

/** Who began a paused export; null when there is none. */
export async function readExportOwner(
  bucket: Bucket,
  key: FerryKey,
): Promise<{ owner: string | null } | null> {
  const info = await bucket.head(stateName(key));
  return info === null ? null : { owner: ownerIn(info.metadata) };
}

/** Of the object that keeps a paused export: `busyUntil` of a `StoredExport`. */
export function exportBusyUntil({ metadata }: ObjectInfo): number {
  return Number(metadata[BUSY_UNTIL] ?? 0);
}

export async function readPausedExport(bucket: Bucket, key: FerryKey): Promise<StoredExport | null> {
  const object = await bucket.get(stateName(key));
  if (object === null) return null;
  const bytes: Bytes = new Uint8Array(await new Response(object.body).arrayBuffer());
  const end = bytes.indexOf(NEWLINE);
  if (end === -1) throw new FerryError("BUCKET_ERROR", `What is kept of the export ${key} is damaged`);
  const state = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as Pick<
    PausedExport,
    "engine" | "sink"
  >;
  const owner = ownerIn(object.info.metadata);
  return { ...state, owner, carry: bytes.subarray(end + 1), bytes, busyUntil: exportBusyUntil(object.info) };
}

export async function writePausedExport(bucket: Bucket, key: FerryKey, paused: PausedExport): Promise<void> {
  const { carry, owner, ...state } = paused;
  const line = new TextEncoder().encode(`${JSON.stringify(state)}\n`);
  const bytes = new Uint8Array(line.byteLength + carry.byteLength);
  bytes.set(line);
  bytes.set(carry, line.byteLength);
  await bucket.put(stateName(key), bytes, { metadata: ownedBy(owner) });
}

/** Tells other requests that one is at work on it until then; 0 that none is. */
export async function markExportBusy(
  bucket: Bucket,
  key: FerryKey,
  { bytes, busyUntil, owner }: Pick<StoredExport, "bytes" | "busyUntil" | "owner">,
): Promise<void> {
  const metadata = { ...ownedBy(owner), [BUSY_UNTIL]: String(busyUntil) };
  await bucket.put(stateName(key), bytes, { metadata });
}

export async function forgetPausedExport(bucket: Bucket, key: FerryKey): Promise<void> {
  await bucket.delete([stateName(key)]);
}

/** Forgets the state and the parts that are in the bucket; false when there was none. */
export async function dropPausedExport(bucket: Bucket, key: FerryKey): Promise<boolean> {
  const paused = await readPausedExport(bucket, key);
  if (paused === null) return false;
  if (paused.sink.uploadId !== null) await bucket.abortUpload(objectName(key), paused.sink.uploadId);
  await forgetPausedExport(bucket, key);
  return true;
}

const NEWLINE = 0x0a;

/** In small letters: some object stores keep no others in a name. */
const BUSY_UNTIL = "busyuntil";

function stateName(key: FerryKey): string {
  return `${OBJECT_PREFIX}state/${key}`;
}
