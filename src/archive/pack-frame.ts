import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { isKeyed } from "./frame-order.ts";
import type { Gzip } from "./gzip.ts";
import { countsAgree } from "./keyed-text.ts";
import { MAX_FRAME_BYTES } from "./limits.ts";
import { type MemberKind, packedMember } from "./member.ts";
import { rowidMembers } from "./rowids.ts";
import { countLines } from "./rows.ts";
import { sha256Hex } from "./sha256.ts";
import type { Key, Rowid } from "./types.ts";

export interface FrameToWrite {
  table: string;
  /** Rows in `text`. */
  rows: number;
  /** Of a keyed frame: how many keys it speaks of. */
  keys?: number;
  /** Of a keyed frame of before-images: its rows are what the run made. */
  made?: true;
  /** The same: the run deleted its rows. */
  deleted?: true;
  /** Beside `made`: they got their keys as they were written. */
  keyless?: true;
  after: Key;
  through: Key;
  /** The rows, a line of JSON each, joined by ",\n"; "" for none. In a keyed frame marks are among them. Or its UTF-8. */
  text: string | Bytes;
  /** The rows' rowids, in their order, where they are to travel and are no column. */
  rowids?: readonly Rowid[];
}

/** A frame that is packed ahead of its turn. */
export interface FrameAhead {
  frame: Omit<FrameToWrite, "text">;
  packing: Promise<PackedFrame>;
}

/** A frame's bytes, and what they are of. */
export interface PackedFrame {
  member: Bytes;
  /** What stands behind it and is no part of the text. */
  beside: Bytes;
  /** What the table's content takes up of it; null where the frame is keyed. */
  text: { rows: number; pieces: Bytes[] } | null;
  textBytes: number;
  sha256: string;
}

/** Begins to pack a frame. Its text is hashed at the same time where the runtime has threads for both. */
export function packAhead(gzip: Gzip, { text, ...frame }: FrameToWrite): FrameAhead {
  const packing = packFrame(gzip, frame, typeof text === "string" ? encode(text) : text);
  // Its failure is heard in its turn; until then it is not an unhandled one.
  packing.catch(() => undefined);
  return { frame, packing };
}

async function packFrame(gzip: Gzip, frame: FrameAhead["frame"], content: Bytes): Promise<PackedFrame> {
  const { table, rows, rowids } = frame;
  const keyed = isKeyed(frame);
  const agrees = keyed ? countsAgree(content, frame) : countLines(content) === rows;
  if (!agrees) throw misuse(`a frame of ${table} holds other rows than it says`);
  if (rowids !== undefined && rowids.length !== rows) throw misuse(`${table} has rows without a rowid`);
  const [member, sha256] = await Promise.all([
    pack(gzip, content, { kind: "packed", most: MAX_FRAME_BYTES }),
    sha256Hex(content),
  ]);
  return {
    member,
    beside: rowidMembers(rowids ?? []),
    text: keyed ? null : { rows, pieces: [content] },
    textBytes: content.byteLength,
    sha256,
  };
}

/** A text as a member. Rejects with `UNSUPPORTED` for more than `most` bytes. */
export async function pack(
  gzip: Gzip,
  text: Bytes,
  { kind, most }: { kind: MemberKind; most: number },
): Promise<Bytes> {
  if (text.byteLength > most) throw tooLarge(text.byteLength, most);
  return packedMember(await gzip.compress(text), kind);
}

const encoder = new TextEncoder();

export const encode = (text: string): Bytes => encoder.encode(text);

/** What a writer's caller did wrong. */
export function misuse(reason: string): FerryError {
  return new FerryError("INTERNAL", `The archive cannot be written like this: ${reason}`);
}

function tooLarge(bytes: number, most: number): FerryError {
  return new FerryError("UNSUPPORTED", `A piece of the archive is ${bytes} bytes long; ${most} is the most`, {
    details: { bytes },
  });
}
