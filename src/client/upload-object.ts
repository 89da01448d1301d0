import pLimit from "p-limit";
import type { StartRequest } from "../api/requests.ts";
import type { ByteSource } from "../archive/types.ts";
import type { UploadedPart } from "../bucket/port.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError, retold } from "../errors.ts";
import type { MultipartClient } from "./multipart.ts";
import { choosePartSize, type PlannedPart, planParts, smallerPartSize } from "./part-plan.ts";
import { placePart } from "./place-part.ts";
import { type OpenedUpload, openUpload, type ResumeRecord } from "./resume.ts";

export interface UploadObjectOptions {
  /** Bytes, 5 MiB to 95 MiB. @default 10 MiB */
  chunkSize?: number;
  /** Parts on their way at once; each is in memory. @default 4 */
  concurrency?: number;
  /** The file's name, by which the app's lists tell it. @default none */
  name?: string;
  /** What the file is, for these lists. @default nothing is said */
  format?: StartRequest["format"];
  onProgress?: (progress: UploadProgress) => void;
  /** Remembers which upload this file belongs to, so that a later process goes on with it. */
  record?: ResumeRecord;
  /** The upload that `record` remembers is gone (a bucket keeps it for 7 days), or was of another file: it starts again. */
  onExpired?: () => void;
  /** MD5, hex. With it, parts whose etag is an MD5 are compared byte for byte. */
  md5?: (bytes: Bytes) => string | Promise<string>;
  signal?: AbortSignal;
}

export interface UploadProgress {
  key: string;
  /** Bytes that the bucket holds, those of an earlier process included. */
  bytes: number;
  totalBytes: number;
  parts: number;
  totalParts: number;
  /** Parts that were there already. */
  resumedParts: number;
}

export interface UploadedObject {
  key: string;
  bytes: number;
  parts: number;
  /** Parts that were there already. */
  resumedParts: number;
}

const DEFAULT_PART_SIZE = 10 * 1024 * 1024;

/**
 * Uploads bytes in parts and answers their sync key. What the server holds is asked before anything
 * is sent, and only the rest is sent; each part's size and, where it can be, MD5 is compared with
 * what arrived. When a part fails for good the others are stopped, and what arrived is kept: the
 * same call with the same `record` goes on. Memory: `concurrency` parts.
 */
export async function uploadObject(
  client: MultipartClient,
  source: ByteSource,
  options: UploadObjectOptions = {},
): Promise<UploadedObject> {
  if (source.size === 0) throw empty();
  let partSize = choosePartSize(source.size, options.chunkSize ?? DEFAULT_PART_SIZE);
  for (;;) {
    const upload = await openUpload(client, { ...options, size: source.size, partSize });
    try {
      return await uploadParts(client, { source, upload }, options);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const smaller = smallerPartSize(source.size, upload.partSize);
      if (smaller === null) throw retold(error, { hint: NO_SMALLER });
      // All parts of an upload but the last are of one size.
      await giveUp(client, upload, options);
      partSize = smaller;
    }
  }
}

const NO_SMALLER =
  "A bucket takes no parts below 5 MiB: have what stands in front of the app let bodies of that size through (nginx: client_max_body_size 6m), or give an address of the app that it does not stand in front of.";

/** Somebody in front of the app takes no body as large as a part. */
function isTooLarge(error: unknown): error is FerryError {
  return error instanceof FerryError && error.code === "CONTENT_TOO_LARGE" && error.status === 413;
}

async function giveUp(
  client: MultipartClient,
  { key, uploadId }: OpenedUpload,
  { record, signal }: UploadObjectOptions,
): Promise<void> {
  await record?.clear();
  // The bucket forgets it by itself where that fails.
  await client.abortUpload({ key, uploadId }, signal ? { signal } : {}).catch(() => undefined);
}

async function uploadParts(
  client: MultipartClient,
  { source, upload }: { source: ByteSource; upload: OpenedUpload },
  options: UploadObjectOptions,
): Promise<UploadedObject> {
  const { onProgress } = options;
  const plan = planParts(source.size, upload.partSize);
  const progress: UploadProgress = {
    key: upload.key,
    bytes: 0,
    totalBytes: source.size,
    parts: 0,
    totalParts: plan.length,
    resumedParts: 0,
  };
  if (upload.completed) {
    Object.assign(progress, { bytes: source.size, parts: plan.length, resumedParts: plan.length });
    onProgress?.({ ...progress });
    return uploadedOf(progress);
  }
  const parts = await placeParts({ client, source, upload, plan, progress }, options);
  const { key, uploadId } = upload;
  try {
    const { signal } = options;
    const { bytes } = await client.completeUpload({ key, uploadId, parts }, signal ? { signal } : {});
    if (bytes !== source.size) throw wrongSize(key, bytes, source.size);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw withProgress(error, progress);
  }
  return uploadedOf(progress);
}

interface Upload {
  client: MultipartClient;
  source: ByteSource;
  upload: OpenedUpload;
  plan: readonly PlannedPart[];
  /** Changed with every part. */
  progress: UploadProgress;
}

/** Places all parts. When one fails the others are stopped and waited for. */
async function placeParts(
  { client, source, upload, plan, progress }: Upload,
  { concurrency = 4, md5, signal, onProgress }: UploadObjectOptions,
): Promise<UploadedPart[]> {
  const stop = new AbortController();
  const limit = pLimit(concurrency);
  const call = { signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]) };

  async function place(part: PlannedPart): Promise<UploadedPart> {
    const { partNumber, etag, resumed } = await placePart(part, { client, source, upload, md5, call });
    progress.bytes += part.size;
    progress.parts++;
    if (resumed) progress.resumedParts++;
    onProgress?.({ ...progress });
    return { partNumber, etag };
  }

  const placed = plan.map((part) => limit(() => place(part)));
  try {
    return await Promise.all(placed);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(placed);
    signal?.throwIfAborted();
    throw withProgress(error, progress);
  }
}

function uploadedOf({ key, bytes, parts, resumedParts }: UploadProgress): UploadedObject {
  return { key, bytes, parts, resumedParts };
}

/** The error, and how much of the upload is safe. */
function withProgress(error: unknown, { parts, totalParts }: UploadProgress): unknown {
  if (!(error instanceof FerryError)) return error;
  const { code, message, hint, details, transient, cause } = error;
  const safe = `${parts} of ${totalParts} parts are safe; the same upload goes on from there.`;
  return new FerryError(code, message, {
    hint: hint === undefined ? safe : `${hint} ${safe}`,
    details: { ...details, parts, totalParts },
    transient,
    cause,
  });
}

function wrongSize(key: string, bytes: number, expected: number): FerryError {
  return new FerryError("BUCKET_ERROR", `${key} has ${bytes} bytes, the file ${expected}`, {
    hint: "The file changed while it was uploaded. Upload it again.",
    details: { bytes, expected },
  });
}

function empty(): FerryError {
  return new FerryError("DOCUMENT_INVALID", "The file is empty", {
    hint: "Export it again.",
    details: { byte: 0 },
  });
}
