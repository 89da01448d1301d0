import { PACKED_TYPE, pathOf } from "../api/paths.ts";
import { MAX_BODY_BYTES } from "../api/requests.ts";
import { concatBytes } from "../archive/concat.ts";
import { unpackBytes } from "../archive/packed-text.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";

/** A command is far smaller than this, bytes; a larger body is a document, and is not parsed whole. */
export const MAX_COMMAND_BYTES = 64 * 1024;

/** The beginning of a body, and what reads on. */
export interface OpenBody {
  /** True where there is more than what was to be read first. */
  readonly isLarger: boolean;
  /**
   * All of it, at most `limit` bytes of it in memory. What `Content-Length` says is only used to refuse
   * early. Rejects with `CONTENT_TOO_LARGE`.
   */
  read(limit?: number): Promise<Bytes>;
}

/** Reads a body as far as `first` bytes, and nothing of one that announces more. */
export async function openBody(request: Request, first: number): Promise<OpenBody> {
  const held: Held = { chunks: [], size: 0 };
  const ended = !announces(request, first) && (await readUpTo(request, held, first));
  return {
    isLarger: !ended,
    async read(limit = MAX_BODY_BYTES) {
      if (announces(request, limit)) throw tooLarge(limit);
      const isWhole = ended || (await readUpTo(request, held, limit));
      if (!isWhole || held.size > limit) throw tooLarge(limit);
      return concatBytes(held.chunks);
    },
  };
}

function announces(request: Request, bytes: number): boolean {
  return Number(request.headers.get("content-length") ?? 0) > bytes;
}

interface Held {
  readonly chunks: Bytes[];
  size: number;
}

/** Takes in chunks until there are more than `limit` bytes, or no more. True at the end of the body. */
async function readUpTo({ body }: Request, held: Held, limit: number): Promise<boolean> {
  if (body === null) return true;
  const reader = body.getReader();
  try {
    while (held.size <= limit) {
      const { done, value } = await reader.read().catch(endsEarly);
      if (done) return true;
      held.size += value.byteLength;
      held.chunks.push(value);
    }
    return false;
  } finally {
    // Whoever reads on, or throws the rest away, needs a reader of its own.
    reader.releaseLock();
  }
}

function endsEarly(cause: unknown): never {
  throw new FerryError("INVALID_REQUEST", "The body ended before it was complete; nothing was done", {
    hint: "The connection broke, or Content-Length is larger than the body. Send the request again.",
    cause,
  });
}

/** What of a refused body is still taken in, bytes and milliseconds. */
const DRAIN = { bytes: 1000 * 1000, ms: 1_000 };

/** The same of who may send a body, and sent one that is too large: told so, they send it in parts. */
const DRAIN_TOO_LARGE = { bytes: 100 * 1000 * 1000, ms: 8_000 };

/**
 * Takes in a part of the body of a request that is refused with this status, and throws it away. Many
 * senders look for an answer only when they have sent everything: cut off before, they report a broken
 * pipe instead of the reason.
 */
export async function drainRefused(request: Request, status: number): Promise<void> {
  const { bytes, ms } = status === 413 ? DRAIN_TOO_LARGE : DRAIN;
  const { body } = request;
  if (body === null || body.locked) return;
  const reader = body.getReader();
  // A sender may also stall: cancelling ends the read that waits for it.
  const timer = setTimeout(() => reader.cancel().catch(() => undefined), ms);
  try {
    for (let left = bytes; left > 0; ) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.byteLength;
    }
    await reader.cancel();
  } catch {
    // The sender hung up: there is nobody to answer.
  } finally {
    clearTimeout(timer);
  }
}

/** The bytes of a packed body. Rejects with `CONTENT_TOO_LARGE` where it has more than `limit`, without unpacking more. */
export async function unpackBody(packed: Bytes, limit: number): Promise<Bytes> {
  const unpacked = await unpackBytes(piecesOf(packed), limit).catch((cause: unknown) => {
    throw new FerryError("INVALID_REQUEST", "The body cannot be unpacked; nothing was done", {
      hint: `What is sent as ${PACKED_TYPE} has to be gzip.`,
      cause,
    });
  });
  if (unpacked !== null) return unpacked;
  throw new FerryError(
    "CONTENT_TOO_LARGE",
    `The body unpacks to more than ${limit} bytes; nothing was done`,
    {
      hint: "Ask fewer questions at once.",
      details: { limitBytes: limit },
    },
  );
}

async function* piecesOf(bytes: Bytes): AsyncGenerator<Bytes, void, void> {
  yield bytes;
}

/** The bytes as the fields of a form. Rejects with `INVALID_REQUEST` for other than UTF-8 text. */
export function parseForm(bytes: Bytes): URLSearchParams {
  try {
    return new URLSearchParams(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FerryError("INVALID_REQUEST", "The form is not UTF-8 text; nothing was done", { cause });
  }
}

/** The bytes as a JSON object. Rejects with `INVALID_JSON`, or `INVALID_REQUEST` for other JSON. */
export function parseObject(bytes: Bytes): Record<string, unknown> {
  if (bytes.byteLength === 0) {
    throw new FerryError("INVALID_JSON", "The body is empty, and JSON was expected", { hint: JSON_HINT });
  }
  const value = parseJson(bytes);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new FerryError("INVALID_REQUEST", "The body has to be a JSON object, in braces", { hint: JSON_HINT });
}

const JSON_HINT = 'Send a JSON object as the body itself, for example -d \'{"operation":"export"}\'.';

function parseJson(bytes: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : "it is not UTF-8 text";
    throw new FerryError("INVALID_JSON", `The body is not valid JSON: ${reason}`, { hint: JSON_HINT, cause });
  }
}

function tooLarge(limit: number): FerryError {
  return new FerryError("CONTENT_TOO_LARGE", "Content too large", {
    hint:
      `Upload it in parts: start with POST {"action":"start"} to ${pathOf("multipart-upload")}. ` +
      "The d1-ferry command does this by itself.",
    details: { limitBytes: limit },
  });
}
