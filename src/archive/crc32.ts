import type { Bytes } from "../bytes.ts";

/** The polynomial of gzip's checksum (RFC 1952, section 8), its lowest power in the highest bit. */
const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = timesX(crc);
  return crc;
});

/** The checksum of gzip, for the few bytes that are not given to zlib. */
export function crc32(bytes: Bytes): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);
  return ~crc >>> 0;
}

/**
 * The checksum of two texts joined, from the checksum of each and the length of the second, bytes. A checksum is
 * a remainder, so putting `length` bytes behind a text multiplies its remainder by x^(8 · length).
 */
export function joinCrc32(first: number, second: number, length: number): number {
  let shifted = first;
  let power = X_TO_THE_8;
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shifted = multiply(shifted, power);
    power = multiply(power, power);
  }
  return (shifted ^ second) >>> 0;
}

const X_TO_THE_8 = 1 << (31 - 8);

/** The product of two remainders. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= shifted;
    shifted = timesX(shifted);
  }
  return product >>> 0;
}

function timesX(remainder: number): number {
  return remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
}
