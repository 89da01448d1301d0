import { FerryError } from "../errors.ts";
import type { MultipartClient, UploadReference } from "./multipart.ts";

/** What has to be remembered to go on with an upload. No secret. */
export interface ResumeState extends UploadReference {
  /** Bytes of the file it was begun for. */
  size: number;
  /** Bytes. */
  partSize: number;
}

/**
 * Where the state of one file's upload is kept. Whoever makes it answers for the file being the
 * same one (by size, time or hash), since parts that are there are not sent again. `load` answers
 * null when there is none. It is kept when the upload completes, so that a process that stops
 * between upload and sync finds the key again; clear it once the key has served.
 */
export interface ResumeRecord {
  load(): Promise<ResumeState | null>;
  save(state: ResumeState): Promise<void>;
  clear(): Promise<void>;
}

export interface OpenedUpload extends UploadReference {
  /** Bytes. */
  partSize: number;
  /** What the bucket holds, by part number. */
  parts: ReadonlyMap<number, { size: number; etag: string }>;
  completed: boolean;
}

/** The upload that the record remembers, if the server still knows it; else a new one. */
export async function openUpload(
  client: MultipartClient,
  size: number,
  partSize: number,
  options: { record?: ResumeRecord; signal?: AbortSignal },
): Promise<OpenedUpload> {
  const { record, signal } = options;
  const call = signal === undefined ? {} : { signal };
  const state = (await record?.load()) ?? null;
  if (state !== null) {
    const found = state.size === size ? await find(client, state, call) : null;
    if (found !== null) return found;
    await record?.clear();
  }
  const { key, uploadId, chunkSize } = await client.startUpload({ chunkSize: partSize }, call);
  await record?.save({ key, uploadId, size, partSize: chunkSize });
  return { key, uploadId, partSize: chunkSize, parts: new Map(), completed: false };
}

async function find(
  client: MultipartClient,
  state: ResumeState,
  call: { signal?: AbortSignal },
): Promise<OpenedUpload | null> {
  const { key, uploadId, size } = state;
  try {
    const held = await client.readUpload({ key, uploadId }, call);
    if (held.completed !== null && held.completed.bytes !== size) return null;
    return {
      key,
      uploadId,
      partSize: held.chunkSize,
      parts: new Map(held.parts.map((part) => [part.partNumber, part])),
      completed: held.completed !== null,
    };
  } catch (error) {
    if (error instanceof FerryError && GONE.has(error.code)) return null;
    throw error;
  }
}

/** Expired, aborted, dropped, or begun at another app. */
const GONE = new Set<string>(["UPLOAD_NOT_FOUND", "INVALID_KEY", "NOT_FOUND"]);
