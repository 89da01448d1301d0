import { concatBytes } from "../archive/concat.ts";
import { type FerryKey, OBJECT_PREFIX, objectName } from "../bucket/keys.ts";
import { listAll } from "../bucket/list.ts";
import type { SinkState } from "../bucket/object-writer.ts";
import { ownedBy, ownerIn } from "../bucket/owner.ts";
import type { Bucket, ObjectInfo } from "../bucket/port.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import type { ExportState } from "../sync/export/index.ts";

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

/** The bytes that earlier requests left behind. */
export async function readCarried(bucket: Bucket, key: FerryKey, pieces: readonly string[]): Promise<Bytes> {
  const found: Bytes[] = [];
  for (const piece of pieces) {
    const object = await bucket.get(`${stateName(key)}/${piece}`);
    if (object === null) throw new FerryError("BUCKET_ERROR", `What is kept of the export ${key} is damaged`);
    found.push(new Uint8Array(await new Response(object.body).arrayBuffer()));
  }
  return concatBytes(found);
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

/** So many pieces of one size become one: reading them must not take more calls than a request has. */
const PIECES_OF_A_SIZE = 3;

/**
 * Keeps what a request left behind, as far as there is anything. Answers the names and lengths of all
 * pieces: a few, for pieces of about one size are put together.
 */
export async function keepPiece(
  bucket: Bucket,
  key: FerryKey,
  { pieces, sink, left }: Pick<PausedExport, "pieces" | "sink"> & { left: Bytes },
): Promise<{ pieces: string[]; carried: number[] }> {
  const carried = [...sink.carried];
  if (left.byteLength > 0) carried.pop();
  // A part that was filled meanwhile holds what earlier requests left.
  const earlier = pieces.slice(0, carried.length);
  if (left.byteLength === 0) return { pieces: earlier, carried };
  let whole = left;
  for (
    let count = similarAtEnd(carried, whole);
    count >= PIECES_OF_A_SIZE;
    count = similarAtEnd(carried, whole)
  ) {
    whole = concatBytes([await readCarried(bucket, key, earlier.splice(-count)), whole]);
    carried.splice(-count);
  }
  const piece = crypto.randomUUID();
  await bucket.put(`${stateName(key)}/${piece}`, whole);
  return { pieces: [...earlier, piece], carried: [...carried, whole.byteLength] };
}

/** How many of the last pieces are no larger than twice the next one. */
function similarAtEnd(carried: readonly number[], { byteLength }: Bytes): number {
  const larger = carried.findLastIndex((bytes) => bytes > 2 * byteLength);
  return carried.length - 1 - larger;
}

export async function forgetPieces(bucket: Bucket, key: FerryKey, pieces: readonly string[]): Promise<void> {
  const names = pieces.map((piece) => `${stateName(key)}/${piece}`);
  if (names.length > 0) await bucket.delete(names);
}

/** The state, and all pieces, those that a request left which died among them. */
export async function forgetPausedExport(bucket: Bucket, key: FerryKey): Promise<void> {
  const names: string[] = [];
  for await (const { name } of listAll(bucket, `${stateName(key)}/`)) names.push(name);
  for (let at = 0; at < names.length; at += NAMES_A_CALL)
    await bucket.delete(names.slice(at, at + NAMES_A_CALL));
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

const NAMES_A_CALL = 1000;

/** In small letters: some object stores keep no others in a name. */
const BUSY_UNTIL = "busyuntil";

/** Which write it was: whose answer was lost knows its own by it. */
const WRITE = "write";

function stateName(key: FerryKey): string {
  return `${OBJECT_PREFIX}state/${key}`;
}
