import { concatBytes } from "../archive/concat.ts";
import { type FerryKey, OBJECT_PREFIX } from "../bucket/keys.ts";
import { listAll } from "../bucket/list.ts";
import type { SinkState } from "../bucket/object-writer.ts";
import type { Bucket } from "../bucket/port.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";

/*
 * An archive that several requests write: d1-ferry/state/<key> is what is known of it between them, and
 * d1-ferry/state/<key>/… are its bytes that no part of an upload holds yet, a piece for each request that left some.
 */

/** The bytes that earlier requests left behind. */
export async function readCarried(bucket: Bucket, key: FerryKey, pieces: readonly string[]): Promise<Bytes> {
  const found: Bytes[] = [];
  for (const piece of pieces) {
    const object = await bucket.get(`${stateName(key)}/${piece}`);
    if (object === null)
      throw new FerryError("BUCKET_ERROR", `What is kept of ${key} between its requests is damaged`);
    found.push(new Uint8Array(await new Response(object.body).arrayBuffer()));
  }
  return concatBytes(found);
}

interface LeftBehind {
  /** The names of the pieces that earlier requests left. */
  pieces: readonly string[];
  sink: SinkState;
  /** What this request leaves; it counts as carried in `sink` already. */
  left: Bytes;
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
  { pieces, sink, left }: LeftBehind,
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

const NAMES_A_CALL = 1000;

/** The state, and all pieces, those that a request left which died among them. */
export async function forgetState(bucket: Bucket, key: FerryKey): Promise<void> {
  const names: string[] = [];
  for await (const { name } of listAll(bucket, `${stateName(key)}/`)) names.push(name);
  for (let at = 0; at < names.length; at += NAMES_A_CALL)
    await bucket.delete(names.slice(at, at + NAMES_A_CALL));
  await bucket.delete([stateName(key)]);
}

/** Where the state of an archive stands. */
export function stateName(key: FerryKey): string {
  return `${OBJECT_PREFIX}state/${key}`;
}
