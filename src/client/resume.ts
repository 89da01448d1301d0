import type { StartRequest } from "../api/requests.ts";
import { newKey } from "../bucket/keys.ts";
import { LONGEST_NAME } from "../bucket/uploaded-file.ts";
import { FerryError } from "../errors.ts";
import type { MultipartClient, UploadReference } from "./multipart.ts";

/** What has to be remembered to go on with an upload. No secret. */
export interface ResumeState {
  key: string;
  /** Null until the server has answered it. */
  uploadId: string | null;
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

export interface OpenUploadOptions {
  /** Bytes of the file. */
  size: number;
  /** Bytes that a new upload's parts should have. */
  partSize: number;
  /** The file's name. */
  name?: string | undefined;
  format?: StartRequest["format"];
  record?: ResumeRecord;
  /** The upload that the record remembers is gone, or was of another file. */
  onExpired?: () => void;
  signal?: AbortSignal;
}

/** The upload that the record remembers, if the server still knows it; else a new one. */
export async function openUpload(
  client: MultipartClient,
  { size, partSize, name, format, record, onExpired, signal }: OpenUploadOptions,
): Promise<OpenedUpload> {
  const call = signal === undefined ? {} : { signal };
  const state = (await record?.load()) ?? null;
  let begun: string | undefined;
  if (state !== null && state.size === size && state.uploadId === null) begun = state.key;
  else if (state !== null) {
    const found = state.size === size ? await find(client, state as BegunState, call) : null;
    if (found !== null) return found;
    await record?.clear();
    onExpired?.();
  }
  return start(client, begun ?? newKey("sync"), { size, partSize, file: { name, format }, record, call });
}

type BegunState = ResumeState & UploadReference;

/** The key is kept before it is used: whatever happens then, the same upload is found again. */
async function start(
  client: MultipartClient,
  newKey: string,
  { size, partSize, file: { name, format }, record, call }: StartOptions,
): Promise<OpenedUpload> {
  await record?.save({ key: newKey, uploadId: null, size, partSize });
  const { key, uploadId, chunkSize } = await client.startUpload(
    {
      chunkSize: partSize,
      newKey,
      ...(name ? { name: name.slice(0, LONGEST_NAME) } : {}),
      ...(format ? { format } : {}),
    },
    call,
  );
  await record?.save({ key, uploadId, size, partSize: chunkSize });
  return { key, uploadId, partSize: chunkSize, parts: new Map(), completed: false };
}

interface StartOptions {
  size: number;
  partSize: number;
  file: Pick<OpenUploadOptions, "name" | "format">;
  record: ResumeRecord | undefined;
  call: { signal?: AbortSignal };
}

async function find(
  client: MultipartClient,
  state: BegunState,
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
