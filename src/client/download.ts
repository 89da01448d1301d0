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

/** The object as it is stored. A connection that breaks is reopened at the byte where it broke. */
export async function downloadArchive(
  transport: Transport,
  key: string,
  { offset = 0, etag, signal }: DownloadOptions,
  limits: DownloadLimits,
): Promise<ArchiveDownload> {
  const first = await openAt(transport, key, { offset, etag: etag ?? null, signal });
  return { size: first.size, etag: first.etag, stream: toStream(follow()) };

  async function* follow(): AsyncGenerator<Bytes, void, void> {
    const { retries = 4, minDelay = 500, maxDelay = 10_000 } = limits;
    let position = offset;
    let current: OpenedRange | null = first;
    for (let failures = 0; ; ) {
      try {
        current ??= await openAt(transport, key, { offset: position, etag: first.etag, signal });
        for await (const chunk of readBody(current.response, transport.baseUrl, limits.idle)) {
          position += chunk.length;
          failures = 0;
          yield chunk;
        }
        if (first.size === null || position === first.size) return;
        throw unreachable(transport.baseUrl, new Error(`the download ended at byte ${position}`));
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
  size: number | null;
  etag: string | null;
}

async function openAt(
  transport: Transport,
  key: string,
  from: { offset: number; etag: string | null; signal: AbortSignal | undefined },
): Promise<OpenedRange> {
  const { offset, etag: expected, signal } = from;
  const response = await transport.open({
    ...downloadCall(key, signal, "archive"),
    headers: {
      // Bytes as they are stored: a proxy that compresses them would change both size and ranges.
      "accept-encoding": "identity",
      ...(offset === 0 ? {} : { range: `bytes=${offset}-` }),
      ...(offset === 0 || expected === null ? {} : { "if-range": expected }),
    },
  });
  const etag = response.headers.get("etag");
  const begins = response.status === 206 ? contentRange(response).offset : 0;
  if (begins !== offset || (expected !== null && etag !== expected)) {
    await response.body?.cancel();
    throw new FerryError("BUCKET_ERROR", `${key} is not the object it was when this download began`, {
      hint: "Download it again from the start.",
      details: { offset },
    });
  }
  const size = response.status === 206 ? contentRange(response).size : wholeSize(response);
  return { response, size, etag };
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

function contentRange(response: Response): { offset: number; size: number | null } {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  return { offset: Number(match?.[1] ?? -1), size: match?.[2] === "*" ? null : Number(match?.[2]) };
}

function wholeSize(response: Response): number | null {
  const length = response.headers.get("content-length");
  return length === null || response.headers.has("content-encoding") ? null : Number(length);
}
