import { toStream } from "../archive/source.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { placeOf } from "./address.ts";
import { unreachable } from "./failure.ts";
import { canGoOn, downloadCall, isWhole, type OpenedRange, openRange } from "./open-range.ts";
import { readBody } from "./read-body.ts";
import { type RetryOptions, sleep } from "./retry.ts";
import type { Transport } from "./transport.ts";

export interface DownloadOptions {
  /** Byte to begin at, for going on with a file that is there in part. @default 0 */
  offset?: number;
  /** The etag of the object that part came from; another object is refused. */
  etag?: string;
  /** Bytes of the object, as its export said: an object of another size is refused. @default any */
  bytes?: number;
  /** Bytes that one request asks for. @default 32 MiB */
  pieceBytes?: number;
  signal?: AbortSignal;
}

export interface ArchiveDownload {
  /** Bytes of the whole object, from which `stream` gives those after `offset`; null when unknown. */
  size: number | null;
  etag: string | null;
  stream: ReadableStream<Uint8Array>;
}

/** Where downloads come from, and how patient they are. */
export interface Downloads {
  transport: Transport;
  limits: DownloadLimits;
}

export interface DownloadLimits extends RetryOptions {
  /** Milliseconds without a byte after which the connection counts as dead. */
  idle: number;
}

/** The plain JSON document. It is made on the way, so a download that breaks cannot be continued. */
export async function downloadDocument(
  { transport, limits }: Downloads,
  key: string,
  options: { signal?: AbortSignal } = {},
): Promise<ReadableStream<Uint8Array>> {
  const response = await transport.open(downloadCall(key, options.signal));
  return toStream(readBody(response, { url: transport.baseUrl, idle: limits.idle }));
}

/*
 * The local R2 reads an object that came in parts into memory as far as a request asks, however
 * slowly its bytes are taken.
 */
const PIECE_BYTES = 32 * 1024 * 1024;

/**
 * The object as it is stored, a piece a request. A connection that breaks is reopened at the byte
 * where it broke.
 */
export async function downloadArchive(
  downloads: Downloads,
  key: string,
  options: DownloadOptions = {},
): Promise<ArchiveDownload> {
  const first = await openFirst(downloads.transport, key, options);
  const { size, etag } = first;
  return { size, etag, stream: toStream(follow(downloads, { key, first, ...options })) };
}

/** A piece where the rest can be asked for behind it; else all of it. */
async function openFirst(
  transport: Transport,
  key: string,
  { offset = 0, etag, bytes, pieceBytes = PIECE_BYTES, signal }: DownloadOptions,
): Promise<OpenedRange> {
  const from = { offset, etag: etag ?? null, size: bytes, signal };
  const piece = await openRange(transport, key, { ...from, length: pieceBytes });
  if (isWhole(piece) || canGoOn(piece)) return piece;
  void piece.response.body?.cancel().catch(() => undefined);
  return openRange(transport, key, from);
}

interface Begun extends DownloadOptions {
  key: string;
  first: OpenedRange;
}

/** Bytes that have to come between two failures, or the second counts as one more in a row. */
const HEADWAY = 64 * 1024;

async function* follow(
  { transport, limits }: Downloads,
  { key, first, offset = 0, bytes, pieceBytes = PIECE_BYTES, signal }: Begun,
): AsyncGenerator<Bytes, void, void> {
  const { retries = 4, minDelay = 500, maxDelay = 10_000, idle } = limits;
  const url = transport.baseUrl;
  const { etag } = first;
  const size = first.size ?? bytes ?? null;
  let position = offset;
  let failedAt = offset;
  let current: OpenedRange | null = first;
  for (let failures = 0; ; ) {
    try {
      const next = { offset: position, etag, size, length: pieceBytes, signal };
      current ??= await openRange(transport, key, next);
      const announced = current.end ?? size;
      for await (const chunk of behind(current.skip, readBody(current.response, { url, idle }))) {
        if (announced !== null && position + chunk.length > announced) throw sentMore(url, announced);
        position += chunk.length;
        yield chunk;
      }
      if (size === null || position === size) return;
      if (position !== current.end || position < failedAt + Math.min(pieceBytes, HEADWAY)) {
        throw unreachable(url, new Error(`the download ended at byte ${position}`));
      }
      failures = 0;
      failedAt = position;
      current = null;
    } catch (error) {
      signal?.throwIfAborted();
      if (position - failedAt >= HEADWAY) failures = 0;
      failedAt = position;
      const again = error instanceof FerryError && error.transient && failures < retries;
      // Without an etag nobody can tell whether the rest would be of the same object.
      if (!again || etag === null) throw error;
      await sleep(Math.min(maxDelay, minDelay * 2 ** failures++), signal);
      current = null;
    }
  }
}

/** The bytes behind so many. */
async function* behind(skip: number, chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes, void, void> {
  let left = skip;
  for await (const chunk of chunks) {
    const rest = left === 0 ? chunk : chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

function sentMore(url: string, announced: number): FerryError {
  return new FerryError(
    "BUCKET_ERROR",
    `${placeOf(url)} sent more than it announced; byte ${announced} was to be the end`,
    {
      hint: "Download it again from the start.",
    },
  );
}
