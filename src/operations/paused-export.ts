import { type FerryKey, objectName } from "../bucket/keys.ts";
import type { SinkState } from "../bucket/object-writer.ts";
import { ownedBy, ownerIn } from "../bucket/owner.ts";
import type { Bucket, ObjectInfo } from "../bucket/port.ts";
import type { ExportState } from "../sync/export/index.ts";
import { forgetState, stateName } from "./carried-pieces.ts";

/*
 * An export that needs several requests is kept between them in the bucket: d1-ferry/state/<key> is where it
 * stands, as JSON, and d1-ferry/state/<key>/… are the archive's bytes that no part holds yet, a piece for each
 * request that left some. A piece is written before the state that names it and never again, so the two always
 * fit together; a crash in a request leaves the state before it, and the next request writes the same parts
 * again, under the same numbers. Pieces of about one size are put together, so that a part that is full takes few
 * reads.
 *
 * Who is at work on it stands in the state's metadata. Each write of the state is made only where it is still
 * the one that was read: of two requests that take it up at once one is refused.
 */

export interface PausedExport {
  /** Who began it; null where nobody said. */
  owner: string | null;
  engine: ExportState;
  sink: SinkState;
  /** The names of the carried pieces, in their order. */
  pieces: string[];
}

export interface StoredExport extends PausedExport {
  /** Of the state as it was read. */
  etag: string;
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

/** How long a request may be at work on an export. None lasts longer: one that holds it for longer has died. */
export const EXPORT_LEASE_MS = 30_000;

/**
 * Of the object that keeps a paused export: `busyUntil` of a `StoredExport`. A clock that is ahead gives
 * no lease more time than a lease has, counted from when the bucket had it.
 */
export function exportBusyUntil({ metadata, uploaded }: ObjectInfo): number {
  return Math.min(Number(metadata[BUSY_UNTIL] ?? 0), uploaded.getTime() + EXPORT_LEASE_MS);
}

export async function readPausedExport(bucket: Bucket, key: FerryKey): Promise<StoredExport | null> {
  const object = await bucket.get(stateName(key));
  if (object === null) return null;
  const { engine, sink, pieces } = JSON.parse(await new Response(object.body).text()) as PausedExport;
  const { info } = object;
  return {
    engine,
    sink,
    pieces,
    owner: ownerIn(info.metadata),
    etag: info.etag,
    busyUntil: exportBusyUntil(info),
  };
}

export interface StateWrite {
  /** Of the state that it replaces; null where there is none yet. */
  etag: string | null;
  /** @default 0: nobody is at work on it */
  busyUntil?: number;
}

/** Answers the new state's etag; null, and nothing is written, where it is no longer the one that was read. */
export async function writePausedExport(
  bucket: Bucket,
  key: FerryKey,
  { owner, ...state }: PausedExport,
  { etag, busyUntil = 0 }: StateWrite,
): Promise<string | null> {
  // An etag is a hash of the bytes: each write has others, also where only the lease is another.
  const write = crypto.randomUUID();
  const bytes = new TextEncoder().encode(JSON.stringify({ ...state, write }));
  const busy = busyUntil === 0 ? {} : { [BUSY_UNTIL]: String(busyUntil) };
  const metadata = { ...ownedBy(owner), ...busy, [WRITE]: write };
  return (await bucket.replace(stateName(key), etag, bytes, { metadata }))?.etag ?? null;
}

/** Forgets the state and the parts that are in the bucket; false when there was none. */
export async function dropPausedExport(bucket: Bucket, key: FerryKey): Promise<boolean> {
  const paused = await readPausedExport(bucket, key);
  if (paused === null) return false;
  if (paused.sink.uploadId !== null) await bucket.abortUpload(objectName(key), paused.sink.uploadId);
  await forgetState(bucket, key);
  return true;
}

/** In small letters: some object stores keep no others in a name. */
const BUSY_UNTIL = "busyuntil";

/** Which write it was: whose answer was lost knows its own by it. */
const WRITE = "write";
