import { FerryError } from "../errors.ts";
import type { Call, Transport } from "./transport.ts";

export interface OpenedRange {
  response: Response;
  /** The byte behind its last; null when unknown. */
  end: number | null;
  size: number | null;
  etag: string | null;
  /** Bytes that come before those that were asked for: what is on the way does not know ranges. */
  skip: number;
}

export function isWhole({ end, size }: OpenedRange): boolean {
  return end === size;
}

/** Whether the next piece can be told to be of the same object: a weak etag holds for similar ones too. */
export function canGoOn({ size, etag }: OpenedRange): boolean {
  return size !== null && etag !== null && !isWeak(etag);
}

const isWeak = (etag: string): boolean => etag.startsWith("W/");

export interface OpenRangeOptions {
  /** Bytes. */
  offset: number;
  /** Bytes. @default to the end */
  length?: number;
  /** The object's as it is known; another object is refused. Null for any. */
  etag: string | null;
  /** Bytes of the whole object as it is known. @default any */
  size?: number | null | undefined;
  signal: AbortSignal | undefined;
}

/** Asks for bytes of an archive. */
export async function openRange(
  transport: Transport,
  key: string,
  { offset, length, etag: expected, size: known, signal }: OpenRangeOptions,
): Promise<OpenedRange> {
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
  const answered = response.status === 206 ? contentRange(response) : wholeRange(response);
  // Of the same object all of it will do as well, from its first byte on.
  const skip = answered.partial || expected === null || etag !== expected || isWeak(etag) ? 0 : offset;
  const range = { ...answered, offset: answered.offset + skip };
  const other = (expected !== null && etag !== expected) || isOther(known, range.size);
  if (range.offset !== offset || other || !fits(range, offset + (length ?? Number.POSITIVE_INFINITY))) {
    void response.body?.cancel().catch(() => undefined);
    throw new FerryError("BUCKET_ERROR", `${key} is not the object it was when this download began`, {
      hint: "Download it again from the start.",
      details: { offset },
    });
  }
  return { response, end: range.end, size: range.size, etag, skip };
}

function isOther(known: number | null | undefined, size: number | null): boolean {
  return typeof known === "number" && size !== null && size !== known;
}

/** Whether these are bytes that such an object has, and no more than were asked for. */
function fits({ offset, end, size, partial }: AnsweredRange, before: number): boolean {
  const counts = [end, size].filter((count) => count !== null);
  if (!counts.every(Number.isSafeInteger)) return false;
  if (end === null) return true;
  return end >= offset && end <= (size ?? end) && (!partial || (end > offset && end <= before));
}

/** The call for a document, or for the archive as it is stored. */
export function downloadCall(key: string, signal?: AbortSignal, format?: "archive"): Call {
  return {
    method: "GET",
    route: "r2-sync",
    query: { operation: "download", exportKey: key, format },
    repeatable: true,
    ...(signal === undefined ? {} : { signal }),
  };
}

interface AnsweredRange {
  offset: number;
  end: number | null;
  size: number | null;
  /** It is what was asked for, and not all of it in its place. */
  partial: boolean;
}

function contentRange(response: Response): AnsweredRange {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  return {
    offset: Number(match?.[1] ?? -1),
    end: Number(match?.[2]) + 1,
    size: match?.[3] === "*" ? null : Number(match?.[3]),
    partial: true,
  };
}

function wholeRange(response: Response): AnsweredRange {
  const length = response.headers.get("content-length");
  const size = length === null || response.headers.has("content-encoding") ? null : Number(length);
  return { offset: 0, end: size, size, partial: false };
}
