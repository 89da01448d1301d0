import { bytesToBase64 } from "../archive/cells.ts";
import { concatBytes } from "../archive/concat.ts";
import { sha256 } from "../archive/sha256.ts";
import type { Range } from "../archive/types.ts";
import type { Bytes } from "../bytes.ts";
import type { FrameTable } from "../frames/frame-table.ts";
import { leafText } from "./leaf-text.ts";
import { HASH_LENGTH } from "./questions.ts";

/** What the rows of a leaf say. */
export interface LeafDigest {
  /** SHA-256 of their cells. */
  digest: Bytes;
  rows: number;
  /** About how long their lines are. */
  bytes: number;
}

/** Where digests of leaves stay, so that rows are not read again while nobody writes them. */
export interface LeafDigests {
  get(table: FrameTable, leaf: Range): LeafDigest | undefined;
  set(table: FrameTable, leaf: Range, digest: LeafDigest): void;
}

const encoder = new TextEncoder();

/** Of the text of a leaf's cells. */
export function digestOf(text: string | Bytes): Promise<Bytes> {
  return sha256(typeof text === "string" ? encoder.encode(text) : text);
}

/** What every hash of a comparison begins with. */
export const saltBytes = (salt: string): Bytes => encoder.encode(`${salt}\n`);

/** Salted, so that nobody can prepare two contents that have the same. */
export async function saltedHash(salt: Bytes, content: Bytes): Promise<string> {
  return bytesToBase64((await digestOf(concatBytes([salt, content]))).subarray(0, (HASH_LENGTH * 3) / 4));
}

/** The hash of a leaf without rows. */
export async function emptyLeafHash(salt: string): Promise<string> {
  return saltedHash(saltBytes(salt), await digestOf(leafText([]).text));
}
