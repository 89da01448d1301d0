import { toStream } from "../archive/source.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { unreachable } from "./failure.ts";
import { type RetryOptions, sleep } from "./retry.ts";
import type { Call, Transport } from "./transport.ts";

export interface DownloadOptions {
  /** Byte to begin at, for going on with a file that is there in part. @default 0 */
  offset?: number;
  /** The etag of the object that part came from; another object is refused. */
  etag?: string;
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

export interface DownloadLimits extends RetryOptions {
  /** Milliseconds without a byte after which the connection counts as dead. */
  idle: number;
}

/** The plain JSON document. It is made on the way, so a download that breaks cannot be continued. */
export async function downloadDocument(
  transport: Transport,
  key: string,
  options: { signal?: AbortSignal },
  limits: DownloadLimits,
): Promise<ReadableStream<Uint8Array>> {
  const call = downloadCall(key, options.signal);
  const response = await transport.open(call);
  return toStream(readBody(response, transport.baseUrl, limits.idle));
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
  transport: Transport,
  key: string,
  { offset = 0, etag, pieceBytes = PIECE_BYTES, signal }: DownloadOptions,
  limits: DownloadLimits,
): Promise<ArchiveDownload> {
  const first = await openFirst();
  return { size: first.size, etag: first.etag, stream: toStream(follow()) };

  async function openFirst(): Promise<OpenedRange> {
    const from = { offset, etag: etag ?? null, signal };
    const piece = await openAt(transport, key, { ...from, length: pieceBytes });
    if (isWhole(piece) || canGoOn(piece)) return piece;
    await piece.response.body?.cancel();
    return openAt(transport, key, from);
  }

  async function* follow(): AsyncGenerator<Bytes, void, void> {
    const { retries = 4, minDelay = 500, maxDelay = 10_000 } = limits;
    let position = offset;
    let current: OpenedRange | null = first;
    for (let failures = 0; ; ) {
      try {
        const next = { offset: position, etag: first.etag, length: pieceBytes, signal };
        current ??= await openAt(transport, key, next);
        for await (const chunk of readBody(current.response, transport.baseUrl, limits.idle)) {
          position += chunk.length;
          failures = 0;
          yield chunk;
        }
        if (first.size === null || position === first.size) return;
        if (position !== current.end) {
          throw unreachable(transport.baseUrl, new Error(`the download ended at byte ${position}`));
        }
        current = null;
      } catch (error) {
        signal?.throwIfAborted();
        const again = error instanceof FerryError && error.transient && failures < retries;
        // Without an etag nobody can tell whether the rest would be of the same object.
        if (!again || first.etag === null) throw error;
        await sleep(Math.min(maxDelay, minDelay * 2 ** failures++), signal);
        current = null;
      }
    }
  }
}

interface OpenedRange {
  response: Response;
  /** The byte behind its last; null when unknown. */
  end: number | null;
  size: number | null;
  etag: string | null;
}

function isWhole({ end, size }: OpenedRange): boolean {
  return end === size;
}

/** Whether the next piece can be told to be of the same object: a weak etag holds for similar ones too. */
function canGoOn({ size, etag }: OpenedRange): boolean {
  return size !== null && etag !== null && !etag.startsWith("W/");
}

async function openAt(
  transport: Transport,
  key: string,
  from: { offset: number; length?: number; etag: string | null; signal: AbortSignal | undefined },
): Promise<OpenedRange> {
  const { offset, length, etag: expected, signal } = from;
  const last = length === undefined ? "" : offset + length - 1;
  const response = await transport.open({
    ...downloadCall(key, signal, "archive"),
    headers: {
      // Bytes as they are stored: a proxy that compresses them would change both size and ranges.
      "accept-encoding": "identity",
      ...(offset === 0 && last === "" ? {} : { range: `bytes=${offset}-${last}` }),
      ...(offset === 0 || expected === null ? {} : { "if-range": expected }),
    },
  });
  const etag = response.headers.get("etag");
  const range = response.status === 206 ? contentRange(response) : wholeRange(response);
  if (range.offset !== offset || (expected !== null && etag !== expected)) {
    await response.body?.cancel();
    throw new FerryError("BUCKET_ERROR", `${key} is not the object it was when this download began`, {
      hint: "Download it again from the start.",
      details: { offset },
    });
  }
  return { response, end: range.end, size: range.size, etag };
}

function downloadCall(key: string, signal?: AbortSignal, format?: "archive"): Call {
  return {
    method: "GET",
    route: "r2-sync",
    query: { operation: "download", exportKey: key, format },
    repeatable: true,
    ...(signal === undefined ? {} : { signal }),
  };
}

/** The body's bytes; a connection that breaks or falls silent is `UNREACHABLE`. */
async function* readBody(response: Response, url: string, idle: number): AsyncGenerator<Bytes, void, void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await within(idle, reader.read()).catch((error: unknown) => {
        throw unreachable(url, error);
      });
      if (done) return;
      yield value as Bytes;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("No bytes came", "TimeoutError")), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

interface AnsweredRange {
  offset: number;
  end: number | null;
  size: number | null;
}

function contentRange(response: Response): AnsweredRange {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  return {
    offset: Number(match?.[1] ?? -1),
    end: Number(match?.[2]) + 1,
    size: match?.[3] === "*" ? null : Number(match?.[3]),
  };
}

function wholeRange(response: Response): AnsweredRange {
  const length = response.headers.get("content-length");
  const size = length === null || response.headers.has("content-encoding") ? null : Number(length);
  return { offset: 0, end: size, size };
}
