import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { FerryError } from "../errors.ts";
import { type Entry, infoOf, orNull, readJson, writeJson } from "./directory-files.ts";
import type { Bucket, ByteRange, ObjectBody, ObjectInfo, ObjectPage } from "./port.ts";

/** Where objects are: a .json each, and the bytes that it names. */
export interface ObjectFolders {
  entries: string;
  data: string;
}

/** Names of one page of a list, or of one call that deletes. */
const PAGE = 1000;

/** Makes the object what the entry says, whose bytes are there. */
export async function commitObject(folders: ObjectFolders, name: string, entry: Entry): Promise<ObjectInfo> {
  const before = await readEntry(folders, name);
  await writeJson(folders.entries, entryPath(folders, name), entry);
  if (before !== null) await rm(join(folders.data, before.data), { force: true });
  return infoOf(name, entry);
}

/** Makes the object what the entry says, if it is still the one with this etag; null where it is not. */
export async function replaceObject(
  folders: ObjectFolders,
  name: string,
  { etag, entry }: { etag: string | null; entry: Entry },
): Promise<ObjectInfo | null> {
  const release = await lockObject(entryPath(folders, name));
  try {
    const before = await readEntry(folders, name);
    if ((before?.etag ?? null) === etag) return await commitObject(folders, name, entry);
  } finally {
    await release();
  }
  await rm(join(folders.data, entry.data), { force: true });
  return null;
}

/** Milliseconds after which a lock's owner is taken to have died: it holds it for two small files. */
const LOCK_MS = 10_000;

/** Keeps other processes from the object's entry. Answers how to let them in again. */
async function lockObject(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  await mkdir(dirname(path), { recursive: true });
  for (;;) {
    try {
      await (await open(lock, "wx")).close();
      return () => rm(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const held = await orNull(stat(lock));
    if (held !== null && Date.now() - held.mtimeMs > LOCK_MS) await rm(lock, { force: true });
    await setTimeout(5);
  }
}

export async function headObject(folders: ObjectFolders, name: string): Promise<ObjectInfo | null> {
  const entry = await readEntry(folders, name);
  return entry === null ? null : infoOf(name, entry);
}

export async function getObject(
  folders: ObjectFolders,
  name: string,
  range?: ByteRange,
): Promise<ObjectBody | null> {
  let missing: string | undefined;
  for (;;) {
    const entry = await readEntry(folders, name);
    if (entry === null) return null;
    const file = await orNull(open(join(folders.data, entry.data), "r"));
    if (file === null) {
      // Replaced or deleted since its entry was read: look again, unless nothing has changed.
      if (entry.data === missing) throw lost(name, entry.data);
      missing = entry.data;
      continue;
    }
    const [start, end] = cut(entry.size, range);
    const info = infoOf(name, entry);
    if (start < end) return { info, body: streamOf(file.createReadStream({ start, end: end - 1 })) };
    await file.close();
    return { info, body: new ReadableStream({ start: (controller) => controller.close() }) };
  }
}

export async function deleteObjects(folders: ObjectFolders, names: readonly string[]): Promise<void> {
  if (names.length > PAGE) throw tooMany(names.length);
  for (const name of names) {
    const entry = await readEntry(folders, name);
    await rm(entryPath(folders, name), { force: true });
    if (entry !== null) await rm(join(folders.data, entry.data), { force: true });
  }
}

export async function listObjects(
  folders: ObjectFolders,
  { prefix, cursor, limit = PAGE }: Parameters<Bucket["list"]>[0],
): Promise<ObjectPage> {
  const files = await orNull(readdir(folders.entries));
  const names = (files ?? [])
    .filter((file) => file.endsWith(".json"))
    .map((file) => decodeURIComponent(file.slice(0, -".json".length)))
    .filter((name) => name.startsWith(prefix) && (cursor === undefined || inNameOrder(name, cursor) > 0))
    .sort(inNameOrder);
  const page = names.slice(0, Math.min(limit, PAGE));
  const infos = await Promise.all(page.map((name) => headObject(folders, name)));
  const last = page.at(-1);
  return {
    objects: infos.filter((info) => info !== null),
    ...(page.length < names.length && last !== undefined ? { cursor: last } : {}),
  };
}

function entryPath({ entries }: ObjectFolders, name: string): string {
  return join(entries, `${encodeURIComponent(name)}.json`);
}

function readEntry(folders: ObjectFolders, name: string): Promise<Entry | null> {
  return readJson<Entry>(entryPath(folders, name));
}

function streamOf(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}

function cut(size: number, range: ByteRange = { offset: 0 }): [start: number, end: number] {
  if ("suffix" in range) return [Math.max(0, size - range.suffix), size];
  return [range.offset, Math.min(size, range.offset + (range.length ?? size))];
}

/** As object stores sort: by UTF-8 bytes, which is not how JavaScript compares text. */
function inNameOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function lost(name: string, file: string): FerryError {
  return new FerryError("BUCKET_ERROR", `The bytes of ${name} are gone from the directory: data/${file}`);
}

function tooMany(count: number): FerryError {
  return new FerryError("BUCKET_ERROR", `${count} names to delete at once, where ${PAGE} are allowed`);
}
