import type { Range } from "../archive/types.ts";
import type { Bytes } from "../bytes.ts";
import type { FrameTable } from "../frames/frame-table.ts";

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

/** Of the text of a leaf's cells. */
export async function digestOf(text: string | Bytes): Promise<Bytes> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
