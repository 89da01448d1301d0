import { concatBytes } from "../archive/concat.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import {
  type Bucket,
  MULTIPART_LIMITS,
  type ObjectInfo,
  type PutOptions,
  type UploadedPart,
} from "./port.ts";

/**
 * Bytes; every part but the last has this size. The least that R2 takes, for two are in memory: 10,000
 * of them hold 48 GiB, and a D1 has 10 GB.
 */
export const EXPORT_PART_BYTES = MULTIPART_LIMITS.minPartBytes;

/** Where an object that is being written stands; plain JSON. */
export interface SinkState {
  partBytes: number;
  /** Null until the first part is full. */
  uploadId: string | null;
  parts: UploadedPart[];
  /** Bytes that no part holds yet, and that earlier invocations left behind: so many, one behind the other. */
  carried: number[];
}

export interface Sink {
  /** Takes bytes. A part that they fill is on its way then; where it fails, so do the next one, a pause and the end. */
  write(bytes: Bytes): Promise<void>;
  /**
   * What a later invocation needs to go on: the state, and the bytes that this one left behind, which count as
   * carried then; there may be none. Good until the next write. Waits for the part that is on its way.
   */
  pause(): Promise<{ state: SinkState; left: Bytes }>;
  /**
   * Writes the rest; the object is there then. Resolves to its size in bytes. Rejects with `ObjectExists` where
   * the sink is `exclusive` and another writer was first.
   */
  finish(): Promise<number>;
  /** Forgets the parts. The object never existed. */
  abort(): Promise<void>;
}

export interface SinkOptions extends PutOptions {
  /** Bytes a part. @default 5 MiB */
  partBytes?: number;
  /** What `pause` returned, and where the carried bytes are. They are read once they fill a part, and not before. */
  paused?: { state: SinkState; readCarried(): Promise<Bytes> };
  /**
   * An object that is there is not written over, for somebody may be reading it. Of parts, which R2 joins without a
   * condition, this holds but for the moment between a look and the end.
   * @default false
   */
  exclusive?: boolean;
  /** Called before anything is written that another invocation could be writing too; what it throws ends the write. */
  beforeWrite?: () => void;
}

/** Another writer has finished the object. */
export class ObjectExists extends Error {
  override name = "ObjectExists";
}

/** Bytes that a sink has room for at first. */
const FIRST_BYTES = 256 * 1024;

/**
 * Writes an object of unknown size in the memory of two parts, one that is on its way and one that is being
 * filled: equal parts while bytes come, one plain put when they never fill one.
 */
export function createSink(bucket: Bucket, name: string, options: SinkOptions = {}): Sink {
  const { paused, partBytes = EXPORT_PART_BYTES, exclusive = false, beforeWrite, ...put } = options;
  const state: SinkState = paused?.state ?? { partBytes, uploadId: null, parts: [], carried: [] };
  if (state.partBytes < MULTIPART_LIMITS.minPartBytes) throw new RangeError("Parts are at least 5 MiB");
  // Grows up to a part: most requests of a small plan write far less than one.
  let buffer: Bytes = new Uint8Array(Math.min(state.partBytes, FIRST_BYTES));
  let filled = 0;
  /** Holds what is on its way, once there is such a part. */
  let other: Bytes | null = null;
  let sending = Promise.resolve();

  const carriedBytes = () => state.carried.reduce((sum, bytes) => sum + bytes, 0);

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

  /** All that no part holds, in their order. */
  async function takeAll(): Promise<Bytes> {
    const own = buffer.subarray(0, filled);
    if (state.carried.length === 0 || paused === undefined) return own;
    const whole = concatBytes([await paused.readCarried(), own]);
    if (whole.byteLength !== carriedBytes() + filled) {
      throw new FerryError("BUCKET_ERROR", `What is kept of ${name} between its requests is damaged`);
    }
    return whole;
  }

  /** Sends a part when the one before is there, and does not wait for it. */
  async function sendPart(body: Bytes): Promise<void> {
    await sending;
    beforeWrite?.();
    state.uploadId ??= (await bucket.createUpload(name, put)).uploadId;
    const { uploadId } = state;
    sending = uploadPart({ uploadId, partNumber: state.parts.length + 1, body });
    // The next call hears of its failure; until then it is not an unhandled one.
    sending.catch(() => undefined);
    [buffer, other] = [other ?? new Uint8Array(Math.min(state.partBytes, FIRST_BYTES)), buffer];
    state.carried = [];
    filled = 0;
  }

  async function uploadPart(part: { uploadId: string; partNumber: number; body: Bytes }): Promise<void> {
    const { etag } = await bucket.uploadPart(name, part);
    state.parts.push({ partNumber: part.partNumber, etag });
  }

  async function putFirst(body: Bytes): Promise<ObjectInfo> {
    // By which a write whose answer was lost is known for one's own.
    const metadata = { ...put.metadata, write: crypto.randomUUID() };
    const written = await bucket.replace(name, null, body, { ...put, metadata });
    if (written === null) throw new ObjectExists(name);
    return written;
  }

  return {
    async write(bytes) {
      for (let offset = 0; offset < bytes.byteLength; ) {
        const room = state.partBytes - carriedBytes() - filled;
        const taken = Math.min(bytes.byteLength - offset, room);
        append(bytes.subarray(offset, offset + taken));
        offset += taken;
        if (taken === room) await sendPart(await takeAll());
      }
    },

    async pause() {
      await sending;
      const carried = filled === 0 ? state.carried : [...state.carried, filled];
      return { state: structuredClone({ ...state, carried }), left: buffer.subarray(0, filled) };
    },

    async finish() {
      const rest = await takeAll();
      if (state.uploadId === null) {
        beforeWrite?.();
        return (await (exclusive ? putFirst(rest) : bucket.put(name, rest, put))).size;
      }
      if (rest.byteLength > 0) await sendPart(rest);
      await sending;
      beforeWrite?.();
      if (exclusive && (await bucket.head(name)) !== null) throw new ObjectExists(name);
      return (await bucket.completeUpload(name, state.uploadId, state.parts)).size;
    },

    async abort() {
      await sending.catch(() => undefined);
      if (state.uploadId !== null) await bucket.abortUpload(name, state.uploadId);
    },
  };
}
