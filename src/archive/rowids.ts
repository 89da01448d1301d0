import type { Bytes } from "../bytes.ts";
import { concatBytes } from "./concat.ts";
import { crc32 } from "./crc32.ts";
import { beside, readBeside } from "./member.ts";
import { corrupt } from "./text.ts";
import type { Rowid } from "./types.ts";

/*
 * The rowids of a frame's rows stand beside its text: they are no part of a row, and two databases may hold the
 * same row under different ones. Each is its distance from the one before, the first from 0, as a zigzag varint
 * of 64 bits: rows that follow each other take a byte each.
 */

/** Members without text that hold the rowids, in the order of the rows. */
export function rowidMembers(rowids: readonly Rowid[]): Bytes {
  const bytes = encodeRowids(rowids);
  const pieces: Bytes[] = [];
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    const piece = bytes.subarray(at, at + PIECE_BYTES);
    const checksum = new DataView(new ArrayBuffer(4));
    checksum.setUint32(0, crc32(piece), true);
    pieces.push(beside(concatBytes([new Uint8Array(checksum.buffer), piece])));
  }
  return concatBytes(pieces);
}

/** Rejects with `ARCHIVE_CORRUPT` where they are not `rows` rowids. */
export function readRowids(members: Bytes, rows: number): Rowid[] {
  const pieces: Bytes[] = [];
  for (let at = 0; at < members.byteLength; ) {
    const found = readBeside(members.subarray(at));
    if (found === null || found.payload.byteLength < 4) throw damaged();
    const { payload, length } = found;
    const checksum = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0, true);
    const piece = payload.subarray(4);
    if (crc32(piece) !== checksum) throw damaged();
    pieces.push(piece);
    at += length;
  }
  const rowids = decodeRowids(concatBytes(pieces));
  if (rowids.length !== rows || new Set(rowids).size !== rows) throw damaged();
  return rowids;
}

const damaged = () => corrupt("The rowids of a frame are not what was written");

/** What an extra field holds besides the checksum, bytes: it has 16 bits for its length. */
const PIECE_BYTES = 60_000;

function encodeRowids(rowids: readonly Rowid[]): Bytes {
  const bytes = new Uint8Array(rowids.length * 10);
  let at = 0;
  let previous: Rowid = 0;
  for (const rowid of rowids) {
    let left = zigzag(rowid, previous);
    previous = rowid;
    for (; left >= 0x80; at++) {
      if (typeof left === "number") {
        bytes[at] = 0x80 | (left % 0x80);
        left = Math.floor(left / 0x80);
      } else {
        bytes[at] = 0x80 | Number(left % 0x80n);
        left /= 0x80n;
      }
    }
    bytes[at++] = Number(left);
  }
  return bytes.subarray(0, at);
}

/** The distance without its sign, which is the lowest bit; a number where that is exact. */
function zigzag(rowid: Rowid, previous: Rowid): Rowid {
  if (typeof rowid === "number" && typeof previous === "number") {
    const distance = rowid - previous;
    if (Math.abs(distance) <= SAFE_DISTANCE) return distance < 0 ? -2 * distance - 1 : 2 * distance;
  }
  const distance = BigInt.asIntN(64, BigInt(rowid) - BigInt(previous));
  return distance < 0n ? -2n * distance - 1n : 2n * distance;
}

/** Twice as much is still exact. */
const SAFE_DISTANCE = 2 ** 51;

const VARINT_BYTES = 10;

function decodeRowids(bytes: Bytes): Rowid[] {
  const rowids: Rowid[] = [];
  let previous: Rowid = 0;
  for (let at = 0; at < bytes.byteLength; ) {
    let end = at;
    while (end < bytes.byteLength && (bytes[end] as number) >= 0x80) end++;
    if (end === bytes.byteLength || end - at >= VARINT_BYTES) throw damaged();
    previous = behind(previous, bytes.subarray(at, end + 1));
    rowids.push(previous);
    at = end + 1;
  }
  return rowids;
}

/** The rowid at a distance from the one before. */
function behind(previous: Rowid, varint: Bytes): Rowid {
  if (varint.byteLength <= 7 && typeof previous === "number") {
    let coded = 0;
    for (let i = varint.byteLength - 1; i >= 0; i--) coded = coded * 0x80 + ((varint[i] as number) & 0x7f);
    const rowid = previous + (coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2);
    if (Number.isSafeInteger(rowid)) return rowid;
  }
  let coded = 0n;
  for (let i = varint.byteLength - 1; i >= 0; i--)
    coded = (coded << 7n) | BigInt((varint[i] as number) & 0x7f);
  const distance = (coded & 1n) === 0n ? coded >> 1n : -(coded + 1n) >> 1n;
  return exact(BigInt.asIntN(64, BigInt(previous) + distance));
}

function exact(rowid: bigint): Rowid {
  return Number.isSafeInteger(Number(rowid)) && BigInt(Number(rowid)) === rowid ? Number(rowid) : rowid;
}
