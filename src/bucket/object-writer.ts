import type { Bytes } from "../bytes.ts";
import { type Bucket, MULTIPART_LIMITS, type PutOptions, type UploadedPart } from "./port.ts";

/**
 * Bytes; every part but the last has this size. The least that R2 takes, for one is in memory: 10,000
 * of them hold 48 GiB, and a D1 has 10 GB.
 */
export const EXPORT_PART_BYTES = MULTIPART_LIMITS.minPartBytes;

/** Where an object that is being written stands; plain JSON. */
export interface SinkState {
  partBytes: number;
  /** Null until the first part is full. */
  uploadId: string | null;
  parts: UploadedPart[];
}

export interface Sink {
  write(bytes: Bytes): Promise<void>;
  /** What a later invocation needs to go on: the state, and the bytes that no part holds yet. Good until the next write. */
  pause(): { state: SinkState; carry: Bytes };
  /** Writes the rest; the object is there then. Resolves to its size in bytes. */
  finish(): Promise<number>;
  /** Forgets the parts. The object never existed. */
  abort(): Promise<void>;
}

export interface SinkOptions extends PutOptions {
  /** Bytes a part. @default 5 MiB */
  partBytes?: number;
  /** What `pause` returned. */
  paused?: { state: SinkState; carry: Bytes };
}

/** Bytes that a sink has room for at first. */
const FIRST_BYTES = 256 * 1024;

/**
 * Writes an object of unknown size in the memory of one part: equal parts while bytes come, one
 * plain put when they never fill one.
 */
export function createSink(bucket: Bucket, name: string, options: SinkOptions = {}): Sink {
  const { paused, partBytes = EXPORT_PART_BYTES, ...put } = options;
  const state: SinkState = paused?.state ?? { partBytes, uploadId: null, parts: [] };
  if (state.partBytes < MULTIPART_LIMITS.minPartBytes) throw new RangeError("Parts are at least 5 MiB");
  // Grows up to a part: most requests of a small plan write far less than one.
  let buffer: Bytes = new Uint8Array(Math.min(state.partBytes, FIRST_BYTES));
  let filled = 0;
  if (paused !== undefined) append(paused.carry);

  /** Takes bytes that the part has room for. */
  function append(bytes: Uint8Array): void {
    const needed = filled + bytes.byteLength;
    if (needed > buffer.byteLength) {
      const larger = new Uint8Array(Math.min(state.partBytes, 2 * needed));
      larger.set(buffer.subarray(0, filled));
      buffer = larger;
    }
    buffer.set(bytes, filled);
    filled = needed;
  }

  async function uploadPart(body: Bytes): Promise<void> {
    state.uploadId ??= (await bucket.createUpload(name, put)).uploadId;
    const partNumber = state.parts.length + 1;
    const { etag } = await bucket.uploadPart(name, { uploadId: state.uploadId, partNumber, body });
    state.parts.push({ partNumber, etag });
  }

  return {
    async write(bytes) {
      for (let offset = 0; offset < bytes.byteLength; ) {
        const taken = Math.min(bytes.byteLength - offset, state.partBytes - filled);
        append(bytes.subarray(offset, offset + taken));
        offset += taken;
        if (filled === state.partBytes) {
          await uploadPart(buffer);
          filled = 0;
        }
      }
    },

    pause: () => ({ state: structuredClone(state), carry: buffer.subarray(0, filled) }),

    async finish() {
      if (state.uploadId === null) return (await bucket.put(name, buffer.subarray(0, filled), put)).size;
      if (filled > 0) await uploadPart(buffer.subarray(0, filled));
      filled = 0;
      return (await bucket.completeUpload(name, state.uploadId, state.parts)).size;
    },

    async abort() {
      if (state.uploadId !== null) await bucket.abortUpload(name, state.uploadId);
    },
  };
}
