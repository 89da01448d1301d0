import { namesPackedType } from "../api/paths.ts";
import { unpackBytes } from "../archive/packed-text.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { placeOf } from "./address.ts";

const MiB = 1024 * 1024;

/** Bytes of an answer. The longest that there are, such as a plan with the SQL of a schema, have a tenth of it. */
export const ANSWER_BYTES = 4 * MiB;
/** For answers that grow with what the app has: its schema, its history. */
export const LONG_ANSWER_BYTES = 8 * MiB;

/** Objects and lists in an answer. In memory each takes many times its bytes. */
const MAX_OBJECTS = 200_000;

export interface ReadAnswerOptions {
  url: string;
  maxBytes: number;
}

/** The body as text, unpacked where it came packed. Of one that is longer than it may be, no more is read. */
export async function readAnswer(response: Response, { url, maxBytes }: ReadAnswerOptions): Promise<string> {
  if (Number(response.headers.get("content-length")) > maxBytes) {
    void response.body?.cancel().catch(() => undefined);
    throw tooLong(url, maxBytes);
  }
  const packed = namesPackedType(response.headers.get("content-type"));
  const { text, whole } = packed ? await readPacked(response, maxBytes) : await readStart(response, maxBytes);
  if (!whole) throw tooLong(url, maxBytes);
  if (objectsIn(text) > MAX_OBJECTS) throw tooMany(url);
  return text;
}

/** Those within texts count as well: there are not as many in an answer of d1-ferry's. */
function objectsIn(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === OPENS_OBJECT || code === OPENS_LIST) count++;
  }
  return count;
}

const OPENS_OBJECT = 0x7b;
const OPENS_LIST = 0x5b;

/** The same of a packed body: what is counted is what it unpacks to. */
async function readPacked(response: Response, maxBytes: number): Promise<{ text: string; whole: boolean }> {
  if (response.body === null) return { text: "", whole: true };
  const bytes = await unpackBytes(chunksOf(response.body), maxBytes).catch((error: unknown) => {
    // As a body that broke on its way: the same request may be answered whole.
    throw isDamaged(error) ? new TypeError("The packed answer is cut or damaged", { cause: error }) : error;
  });
  return bytes === null ? { text: "", whole: false } : { text: new TextDecoder().decode(bytes), whole: true };
}

const isDamaged = (error: unknown): boolean =>
  error instanceof FerryError && ["ARCHIVE_CORRUPT", "ARCHIVE_TRUNCATED"].includes(error.code);

async function* chunksOf(body: ReadableStream<Bytes>): AsyncGenerator<Bytes, void, void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** As much of the body as may be kept. A body that breaks rejects. */
export async function readStart(
  response: Response,
  maxBytes: number,
): Promise<{ text: string; whole: boolean }> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { text: "", whole: true };
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let bytes = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return { text: text + decoder.decode(), whole: true };
      const room = maxBytes - bytes;
      bytes += value.length;
      text += decoder.decode(value.subarray(0, room), { stream: true });
      if (bytes > maxBytes) return { text, whole: false };
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

function tooMany(url: string): FerryError {
  const message = `${placeOf(url)} answered more than ${MAX_OBJECTS} objects, which no answer of d1-ferry has`;
  return new FerryError("UNREACHABLE", message, {
    hint: "Check that it is the right address. What the app has done is kept.",
  });
}

function tooLong(url: string, maxBytes: number): FerryError {
  const message = `${placeOf(url)} answered more than ${maxBytes / MiB} MiB, which no answer of d1-ferry has; the rest was not read`;
  return new FerryError("UNREACHABLE", message, {
    hint: "Check that it is the right address. What the app has done is kept.",
    details: { maxBytes },
  });
}
