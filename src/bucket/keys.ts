import { refused } from "./refusals.ts";

/** Names one document in the bucket, and the run that imports it: `sync-1700000000000-k3v9x0a7b2qd`. */
export type FerryKey = `${KeyKind}-${string}`;
export type KeyKind = "export" | "sync" | "undo";

/** Every object of d1-ferry lives below this, so the bucket may hold other things as well. */
export const OBJECT_PREFIX = "d1-ferry/";

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const RANDOM_LENGTH = 12;
const KEY = /^(?:export|sync|undo)-\d{1,15}-[0-9a-z]{12}$/;

/** A key nobody can guess (62 random bits). `now` in milliseconds since 1970, @default the clock. */
export function newKey(kind: KeyKind, now: number = Date.now()): FerryKey {
  return `${kind}-${Math.floor(now)}-${randomText()}`;
}

/** The text as a key. Rejects what `newKey` never makes, such as `../x`, with `INVALID_KEY`. */
export function parseKey(text: unknown): FerryKey {
  if (typeof text === "string" && KEY.test(text)) return text as FerryKey;
  throw refused("key-malformed", `${quoted(text)} is not a key of d1-ferry`);
}

/** The same of a key under which somebody stores a document of their own: what a run keeps is no upload's. */
export function parseUploadKey(text: unknown): FerryKey {
  const key = parseKey(text);
  if (isUndoKey(key)) throw refused("key-of-undo", `${key} is a key of rows that a run keeps to be undone`);
  return key;
}

/** True for the key of an undo, and of the archive of rows that it goes by. */
export function isUndoKey(key: string): boolean {
  return key.startsWith("undo-");
}

export function kindOf(key: FerryKey): KeyKind {
  return key.slice(0, key.indexOf("-")) as KeyKind;
}

/** Milliseconds since 1970 at which the key was made; of an undo, at which the run began. */
export function keyTime(key: FerryKey): number {
  return Number(key.split("-")[1]);
}

/** Where the key's document is in the bucket. */
export function objectName(key: FerryKey): string {
  return OBJECT_PREFIX + key;
}

/** The key whose document has this object name; null for every other object. */
export function keyOfObject(name: string): FerryKey | null {
  const text = name.slice(OBJECT_PREFIX.length);
  return name.startsWith(OBJECT_PREFIX) && KEY.test(text) ? (text as FerryKey) : null;
}

/** Below this are the ledger entries of the key's multipart upload. */
export function uploadPrefix(key: FerryKey): string {
  return `${OBJECT_PREFIX}uploads/${key}/`;
}

function randomText(): string {
  let text = "";
  while (text.length < RANDOM_LENGTH) {
    // 252 is the largest multiple of 36 in a byte: above it, letters would not be equally likely.
    for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_LENGTH))) {
      if (byte < 252 && text.length < RANDOM_LENGTH) text += ALPHABET.charAt(byte % 36);
    }
  }
  return text;
}

function quoted(text: unknown): string {
  if (typeof text !== "string") return `A key of type ${typeof text}`;
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
