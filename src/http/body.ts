import { pathOf } from "../api/paths.ts";
import { MAX_BODY_BYTES } from "../api/requests.ts";
import { concatBytes } from "../archive/concat.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";

/**
 * The whole body, at most `limit` bytes of it in memory. What `Content-Length` says is only used
 * to refuse early. Rejects with `CONTENT_TOO_LARGE`.
 */
export async function readBody(request: Request, limit: number = MAX_BODY_BYTES): Promise<Bytes> {
  const reader = request.body?.getReader();
  if (Number(request.headers.get("content-length") ?? 0) > limit) {
    await drain(reader);
    throw tooLarge(limit);
  }
  const chunks: Bytes[] = [];
  let size = 0;
  while (reader !== undefined) {
    const { done, value } = await reader.read().catch(endsEarly);
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await drain(reader);
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
  return concatBytes(chunks);
}

function endsEarly(cause: unknown): never {
  throw new FerryError("INVALID_REQUEST", "The body ended before it was complete; nothing was done", {
    hint: "The connection broke, or Content-Length is larger than the body. Send the request again.",
    cause,
  });
}

/** What of a refused body is still taken in, bytes and milliseconds. */
const DRAIN = { bytes: 100 * 1000 * 1000, ms: 8_000 };

/**
 * Reads on and throws away. Many senders look for an answer only when they have sent everything:
 * cut off before, they would report a broken pipe instead of the reason.
 */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  if (reader === undefined) return;
  // A sender may also stall: cancelling ends the read that waits for it.
  const timer = setTimeout(() => reader.cancel(), DRAIN.ms);
  try {
    for (let left = DRAIN.bytes; left > 0; ) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.byteLength;
    }
    await reader.cancel();
  } finally {
    clearTimeout(timer);
  }
}

/** Takes in the body of a request that is refused unread, so that its sender gets to the answer. */
export async function drainRefused(request: Request): Promise<void> {
  const { body } = request;
  if (body === null || request.bodyUsed || body.locked) return;
  try {
    await drain(body.getReader());
  } catch {
    // The sender hung up: there is nobody to answer.
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
