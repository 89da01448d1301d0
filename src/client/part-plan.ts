import { MULTIPART_LIMITS } from "../bucket/port.ts";
import { FerryError } from "../errors.ts";

export interface PlannedPart {
  partNumber: number;
  /** Bytes from the start. */
  offset: number;
  /** Bytes. */
  size: number;
}

const MiB = 1024 * 1024;

/** The wanted part size, or the next whole MiB with which the file fits into 10,000 parts. Bytes. */
export function choosePartSize(size: number, wanted: number): number {
  if (size <= wanted * MULTIPART_LIMITS.maxParts) return wanted;
  return Math.ceil(size / MULTIPART_LIMITS.maxParts / MiB) * MiB;
}

/** Half of what was too large for somebody on the way, or what a bucket takes at the least; null where no smaller parts will do. Bytes. */
export function smallerPartSize(size: number, tooLarge: number): number | null {
  const wanted = Math.max(MULTIPART_LIMITS.minPartBytes, Math.ceil(tooLarge / 2 / MiB) * MiB);
  const smaller = choosePartSize(size, wanted);
  // A file that fits into one part is sent as one: smaller parts have to be ones that it is cut into.
  return smaller < Math.min(size, tooLarge) ? smaller : null;
}

/** The file cut into parts of one size, the last one with what remains. */
export function planParts(size: number, partSize: number): PlannedPart[] {
  const count = Math.ceil(size / partSize);
  if (count > MULTIPART_LIMITS.maxParts) {
    throw new FerryError(
      "CONTENT_TOO_LARGE",
      `${size} bytes need ${count} parts; at most 10,000 are possible`,
      {
        hint: "Upload with larger parts.",
      },
    );
  }
  return Array.from({ length: count }, (_, index) => ({
    partNumber: index + 1,
    offset: index * partSize,
    size: Math.min(partSize, size - index * partSize),
  }));
}
