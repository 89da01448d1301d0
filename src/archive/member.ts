import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { concatBytes } from "./concat.ts";
import { crc32 } from "./crc32.ts";

/*
 * The archive's bytes are gzip members (RFC 1952) of five kinds. Their headers are always the same
 * bytes, so that damage to one is seen although gzip's own checksum does not cover headers:
 *
 *   header member   with an extra field "d1" that holds "ferry/1": how an archive that lost its end
 *                   is told from a gzip file made by another tool
 *   packed member   a frame, or the tail
 *   glue member     the separator between two frames, not compressed: its bytes follow from its text
 *   beside member   empty, with an extra field "be": what belongs to the frame before it, and is no part of the text
 *   end member      empty, with an extra field "d1" that says where the tail is
 */

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const FLAG_EXTRA = 4;

const ascii = (text: string): Bytes => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** A gzip header: no name, no time, no system. */
function gzipHeader(flags: number): Bytes {
  return Uint8Array.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255);
}

const FIELD_HEADER_BYTES = 6;

/** A gzip header with one extra field (RFC 1952, section 2.3.1.1) under a name of two letters. */
function extraHeader(name: string, payload: Bytes): Bytes {
  const field = new DataView(new ArrayBuffer(FIELD_HEADER_BYTES));
  field.setUint16(0, payload.byteLength + 4, true);
  field.setUint16(4, payload.byteLength, true);
  const bytes = new Uint8Array(field.buffer);
  bytes.set(ascii(name), 2);
  return concatBytes([gzipHeader(FLAG_EXTRA), bytes, payload]);
}

const PACKED_PREFIX = gzipHeader(0);
const STAMP_PREFIX = extraHeader("d1", ascii("ferry/1"));

/** How every archive begins. */
export const STAMP_BYTES = STAMP_PREFIX.byteLength;

export type MemberKind = "header" | "packed";

/** The member that a compressor made, under our header; a packed one in its place. */
export function packedMember(member: Bytes, kind: MemberKind): Bytes {
  if (member[3] !== 0) throw new FerryError("INTERNAL", "The compressor wrote a gzip header with fields");
  if (kind === "header") return concatBytes([STAMP_PREFIX, member.subarray(HEADER_BYTES)]);
  member.set(PACKED_PREFIX);
  return member;
}

export function isPackedMember(member: Bytes, kind: MemberKind): boolean {
  return startsWith(member, kind === "header" ? STAMP_PREFIX : PACKED_PREFIX);
}

/** True when `bytes`, the beginning of a file, is how an archive begins, as far as it goes. */
export function isStamped(bytes: Bytes): boolean {
  const length = Math.min(bytes.byteLength, STAMP_BYTES);
  return length > 0 && startsWith(bytes, STAMP_PREFIX.subarray(0, length));
}

/** What a stored block of deflate can hold, bytes (RFC 1951, section 3.2.4). */
const STORED_BYTES = 65_535;

/** The whole member for a separator; no bytes for the empty one. */
export function glueMember(text: string): Bytes {
  const bytes = new TextEncoder().encode(text);
  if (bytes.byteLength === 0) return bytes;
  const pieces: Bytes[] = [gzipHeader(0)];
  for (let i = 0; i < bytes.byteLength; i += STORED_BYTES) {
    const block = bytes.subarray(i, i + STORED_BYTES);
    const { byteLength } = block;
    const last = i + byteLength === bytes.byteLength ? 1 : 0;
    pieces.push(Uint8Array.of(last, byteLength, byteLength >> 8, ~byteLength, ~byteLength >> 8), block);
  }
  const trailer = new DataView(new ArrayBuffer(TRAILER_BYTES));
  trailer.setUint32(0, crc32(bytes), true);
  trailer.setUint32(4, bytes.byteLength, true);
  return concatBytes([...pieces, new Uint8Array(trailer.buffer)]);
}

/** Where an archive's parts are, bytes. */
export interface EndMark {
  /** Length of the header member. */
  headerBytes: number;
  tailOffset: number;
}

const MARK_BYTES = 20;

/** Bytes of the end member, always. */
export const END_BYTES = HEADER_BYTES + FIELD_HEADER_BYTES + MARK_BYTES + 2 + TRAILER_BYTES;

/** An empty text, compressed, and its trailer. */
const EMPTY = Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0, 0);

export function endMember({ headerBytes, tailOffset }: EndMark): Bytes {
  const mark = new DataView(new ArrayBuffer(MARK_BYTES));
  mark.setBigUint64(0, BigInt(tailOffset), true);
  mark.setBigUint64(8, BigInt(headerBytes), true);
  mark.setUint32(16, crc32(new Uint8Array(mark.buffer, 0, 16)), true);
  return concatBytes([extraHeader("d1", new Uint8Array(mark.buffer)), EMPTY]);
}

/** A member without text around a payload of up to 65,531 bytes. */
export function beside(payload: Bytes): Bytes {
  return concatBytes([extraHeader("be", payload), EMPTY]);
}

/** What the member at the beginning of `bytes` holds, and its length; null when that is no such member. */
export function readBeside(bytes: Bytes): { payload: Bytes; length: number } | null {
  const start = HEADER_BYTES + FIELD_HEADER_BYTES;
  if (bytes.byteLength < start) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset + HEADER_BYTES).getUint16(4, true);
  const payload = bytes.subarray(start, start + length);
  const member = beside(payload);
  return startsWith(bytes, member) ? { payload, length: member.byteLength } : null;
}

/** Of a member that a compressor made: the checksum of its text. */
export function checksumOf(member: Bytes): number {
  const trailer = new DataView(member.buffer, member.byteOffset + member.byteLength - TRAILER_BYTES);
  return trailer.getUint32(0, true);
}

/** What an end member says; null when the bytes are none. */
export function readEndMember(bytes: Bytes): EndMark | null {
  if (bytes.byteLength !== END_BYTES) return null;
  const mark = new DataView(bytes.buffer, bytes.byteOffset + HEADER_BYTES + FIELD_HEADER_BYTES, MARK_BYTES);
  const tailOffset = Number(mark.getBigUint64(0, true));
  const headerBytes = Number(mark.getBigUint64(8, true));
  if (!Number.isSafeInteger(tailOffset) || !Number.isSafeInteger(headerBytes)) return null;
  return equalBytes(bytes, endMember({ headerBytes, tailOffset })) ? { headerBytes, tailOffset } : null;
}

export function hasGzipMagic(bytes: Bytes): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export function equalBytes(a: Bytes, b: Bytes): boolean {
  return a.byteLength === b.byteLength && startsWith(a, b);
}

function startsWith(bytes: Bytes, prefix: Bytes): boolean {
  return bytes.byteLength >= prefix.byteLength && prefix.every((byte, i) => bytes[i] === byte);
}
