import type { Bytes } from "../bytes.ts";
import { base64ToBytes, bytesToBase64 } from "./base64.ts";
import { hexOf, sha256 } from "./sha256.ts";

/*
 * One SHA-256 for a table's text, its lines joined by ",\n", however they came: WebCrypto hashes only what it is given
 * whole, and a table may be larger than any memory. So the text is cut into pieces of 64 KiB, which know nothing of
 * frames: the hash of a piece is that of the hash before it and its bytes. The first has 32 zeros before it, the last
 * may be shorter, and an empty text is one empty piece.
 *
 * Between two calls, or two invocations, there is the hash so far and the piece that is not full yet.
 */

/** Bytes of a piece. Larger ones take less time, and leave more to keep between two invocations. */
export const PIECE_BYTES = 64 * 1024;

const HASH_BYTES = 32;

/** A text so far. Never changed: what comes behind it makes another one. */
export interface TextHash {
  readonly hash: Bytes;
  /** The piece that is not full yet; full where the text may end with it. */
  readonly rest: Bytes;
}

/** As it is kept between two invocations: plain JSON. */
export interface TextHashState {
  /** Base64, as is the rest. */
  hash: string;
  rest: string;
}

export const NO_TEXT: TextHash = { hash: new Uint8Array(HASH_BYTES), rest: new Uint8Array(0) };

/** The text with more behind it. */
export async function addText({ hash, rest }: TextHash, pieces: Iterable<Bytes>): Promise<TextHash> {
  const block = new Uint8Array(HASH_BYTES + PIECE_BYTES);
  block.set(hash);
  block.set(rest, HASH_BYTES);
  let length = rest.byteLength;
  for (const bytes of pieces) {
    for (let at = 0; at < bytes.byteLength; ) {
      // Only now is it known not to be the last.
      if (length === PIECE_BYTES) {
        block.set(await sha256(block));
        length = 0;
      }
      const taken = Math.min(PIECE_BYTES - length, bytes.byteLength - at);
      block.set(bytes.subarray(at, at + taken), HASH_BYTES + length);
      at += taken;
      length += taken;
    }
  }
  return { hash: block.slice(0, HASH_BYTES), rest: block.slice(HASH_BYTES, HASH_BYTES + length) };
}

/** The hash of the text, if it ends here: 64 lower-case hex digits. */
export async function endText({ hash, rest }: TextHash): Promise<string> {
  const block = new Uint8Array(HASH_BYTES + rest.byteLength);
  block.set(hash);
  block.set(rest, HASH_BYTES);
  return hexOf(await sha256(block));
}

export function keepText({ hash, rest }: TextHash): TextHashState {
  return { hash: bytesToBase64(hash), rest: bytesToBase64(rest) };
}

export function goOnWithText({ hash, rest }: TextHashState): TextHash {
  return { hash: base64ToBytes(hash), rest: base64ToBytes(rest) };
}
