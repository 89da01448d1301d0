import { put } from "./put.ts";
import { Refused, readAnswer, retrying } from "./send.ts";
import type { FileMarks, Memory, Unfinished } from "./unfinished.ts";

const MiB = 1024 * 1024;

/** Bytes of a part, how many parts there may be, and how many are on their way at once. */
const PARTS = { bytes: 10 * MiB, most: 10_000, atOnce: 3 };

/** Characters of a file's name that the app takes. */
const LONGEST_NAME = 120;

/** Milliseconds that the app may take for a call without a file's bytes. */
const PATIENCE = 90_000;

/** How often the app is asked at the most what it holds: again where another tab sends the same file. */
const ROUNDS = 10;

export interface Held {
  chunkSize: number;
  parts: { partNumber: number; etag: string; size: number }[];
  completed: { bytes: number } | null;
}

export interface UploadOptions {
  /** The address of the API of uploads. */
  api: string;
  memory: Memory;
  /** Ends it; what arrived stays. */
  signal: AbortSignal;
  /** So many bytes are there or on their way. */
  onProgress: (bytes: number) => void;
  /** Why it waits before it tries again. */
  onWait: (says: string) => void;
}

/**
 * Sends a file in parts, and answers its key. What was begun before goes on: the app says what it holds, and only the
 * rest is sent. Rejects with `Refused` for what the app says no to.
 */
export async function upload(file: File, marks: FileMarks, options: UploadOptions): Promise<string> {
  const { begun, held: first } = await open(marks, options);
  let held = first;
  for (let round = 1; held.completed === null; round++) {
    if (round > ROUNDS) throw new Refused("The app does not keep what it is sent. Try again later.");
    if (missingOf(file.size, held).length > 0) await sendMissing(file, { begun, held }, options);
    else if (await complete(begun, held, options)) break;
    held = await askHeld(begun, options).catch((error) => {
      ifGone(error);
      options.memory.clear();
      throw new Refused("The upload was cancelled elsewhere, or has expired", {
        hint: "Choose the file again to begin anew.",
      });
    });
  }
  return begun.key;
}

interface Opened {
  begun: Unfinished & { uploadId: string };
  held: Held;
}

/** The upload that is remembered, where the app knows it; else a new one. */
async function open(marks: FileMarks, options: UploadOptions): Promise<Opened> {
  const known = options.memory.load();
  if (known?.uploadId) {
    const begun = { ...known, uploadId: known.uploadId };
    const held = await askHeld(begun, options).catch(ifGone);
    if (held !== null && (held.completed === null || held.completed.bytes === marks.size))
      return { begun, held };
  }
  // A start whose answer was lost is asked for again by the same key, and answers the same.
  const key = known !== null && known.uploadId === null ? known.key : newKey();
  const chunkSize = Math.max(PARTS.bytes, Math.ceil(marks.size / PARTS.most / MiB) * MiB);
  const wanted = { key, uploadId: null, chunkSize, file: marks };
  options.memory.save(wanted);
  const started = await ask<{ uploadId: string; chunkSize: number }>(
    {
      action: "start",
      newKey: key,
      chunkSize,
      name: marks.name.slice(0, LONGEST_NAME),
      format: marks.format,
    },
    options,
  ).catch((error) => {
    if (error instanceof Refused) options.memory.clear();
    if (error instanceof Refused && known !== null) return null;
    throw error;
  });
  // What is remembered is of no use.
  if (started === null) return open(marks, options);
  const begun = { ...wanted, uploadId: started.uploadId, chunkSize: started.chunkSize };
  options.memory.save(begun);
  return { begun, held: { chunkSize: started.chunkSize, parts: [], completed: null } };
}

function newKey(): string {
  const letters = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => (byte % 36).toString(36));
  return `sync-${Date.now()}-${letters.join("")}`;
}

/** Parts that the app does not hold as they are in the file. */
export function missingOf(size: number, { chunkSize, parts }: Held): { partNumber: number; from: number }[] {
  const there = new Map(parts.map((part) => [part.partNumber, part.size]));
  return Array.from({ length: Math.ceil(size / chunkSize) }, (_, i) => ({
    partNumber: i + 1,
    from: i * chunkSize,
  })).filter(({ partNumber, from }) => there.get(partNumber) !== Math.min(chunkSize, size - from));
}

/** Sends what is missing, some parts at once. When one is refused the others are stopped. */
async function sendMissing(file: File, { begun, held }: Opened, options: UploadOptions): Promise<void> {
  const { chunkSize } = held;
  const missing = missingOf(file.size, held);
  const there = file.size - missing.reduce((sum, { from }) => sum + Math.min(chunkSize, file.size - from), 0);
  const sent = new Map<number, number>();
  const tell = () => options.onProgress(there + [...sent.values()].reduce((sum, bytes) => sum + bytes, 0));
  tell();
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const sendNext = async (): Promise<void> => {
    for (let part = missing.shift(); part !== undefined; part = missing.shift()) {
      const { partNumber, from } = part;
      const bytes = file.slice(from, Math.min(file.size, from + chunkSize));
      const onProgress = (gone: number) => {
        sent.set(partNumber, Math.min(gone, bytes.size));
        tell();
      };
      const url = `${options.api}?${new URLSearchParams({ key: begun.key, uploadId: begun.uploadId, partNumber: String(partNumber) })}`;
      await retrying(
        async () => {
          onProgress(0);
          await requireReadable(bytes, file);
          await readAnswer(await put(url, bytes, { signal, onProgress }));
        },
        options.onWait,
        signal,
      );
      onProgress(bytes.size);
    }
  };
  const sending = Array.from({ length: PARTS.atOnce }, sendNext);
  try {
    await Promise.all(sending);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(sending);
    // Another tab may have completed it.
    if (!(error instanceof Refused && error.code === "UPLOAD_NOT_FOUND")) throw error;
  }
}

/** A file that was changed or removed since it was chosen looks like a lost connection to a request. */
async function requireReadable(bytes: Blob, { name }: File): Promise<void> {
  await bytes
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      throw new Refused(`${name} cannot be read: it is no file, or was changed or removed`, {
        hint: "Choose it again.",
      });
    });
}

/** Joins the parts by the marks that the app has of them; false where another tab has changed one just now. */
async function complete(
  { key, uploadId }: Opened["begun"],
  { parts }: Held,
  options: UploadOptions,
): Promise<boolean> {
  const listed = parts.map(({ partNumber, etag }) => ({ partNumber, etag }));
  try {
    await ask({ action: "complete", key, uploadId, parts: listed }, options);
    return true;
  } catch (error) {
    if (error instanceof Refused && CHANGED.has(error.code)) return false;
    throw error;
  }
}

const CHANGED = new Set<string | undefined>(["ETAG_MISMATCH", "PART_MISSING", "UPLOAD_NOT_FOUND"]);

/** Forgets an upload and its parts. One that the app does not know is forgotten already. */
export async function abort({ key, uploadId }: Unfinished, options: Calling): Promise<void> {
  if (uploadId === null) return;
  await ask({ action: "abort", key, uploadId }, options).catch(ifGone);
}

/** What the app holds of an upload. */
export function askHeld({ key, uploadId }: Unfinished, options: Calling): Promise<Held> {
  const query = new URLSearchParams({ key, uploadId: uploadId ?? "" });
  return request(`${options.api}?${query}`, {}, options);
}

type Calling = Pick<UploadOptions, "api" | "signal" | "onWait">;

function ask<T>(body: object, options: Calling): Promise<T> {
  const headers = { "content-type": "application/json" };
  return request(options.api, { method: "POST", headers, body: JSON.stringify(body) }, options);
}

function request<T>(url: string, init: RequestInit, { signal, onWait }: Calling): Promise<T> {
  const send = () =>
    fetch(url, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) });
  return retrying(async () => readAnswer<T>(await send()), onWait, signal);
}

/** Null for what was aborted, has expired, or was dropped; throws any other error. */
function ifGone(error: unknown): null {
  if (error instanceof Refused && GONE.has(error.code)) return null;
  throw error;
}

const GONE = new Set<string | undefined>(["UPLOAD_NOT_FOUND", "NOT_FOUND", "INVALID_KEY"]);
