import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { FerryError } from "../errors.ts";
import {
  type Bucket,
  type ByteRange,
  MULTIPART_LIMITS,
  type ObjectInfo,
  type PartBody,
  type PutOptions,
} from "./port.ts";

/*
 * A directory as a bucket, held to R2's rules.
 *
 *   objects/<encoded name>.json    what the object is and which file holds its bytes
 *   data/<uuid>                    bytes of an object, never changed once written
 *   uploads/<id>/upload.json       an open upload; beside it its parts, each a .json and a data file
 *
 * An object appears, or is replaced, by the rename of its .json: before that the old one is whole,
 * after it the new one. A crash leaves at most a file in data/ that nothing names. Two processes
 * may use one directory.
 */

/** What a .json beside bytes says. */
interface Entry {
  size: number;
  etag: string;
  /** Milliseconds since 1970. */
  uploaded: number;
  metadata: Record<string, string>;
  contentType?: string;
  /** Name of the file with the bytes. */
  data: string;
}

type UploadEntry = PutOptions & { name: string };

const PAGE = 1000;

export function directoryBucket(path: string): Bucket {
  const objects = join(path, "objects");
  const data = join(path, "data");
  const uploads = join(path, "uploads");
  const entryPath = (name: string) => join(objects, `${encodeURIComponent(name)}.json`);

  async function commit(name: string, entry: Entry): Promise<ObjectInfo> {
    const before = await readJson<Entry>(entryPath(name));
    await writeJson(objects, entryPath(name), entry);
    if (before !== null) await rm(join(data, before.data), { force: true });
    return infoOf(name, entry);
  }

  async function openUpload(
    name: string,
    uploadId: string,
  ): Promise<{ folder: string; upload: UploadEntry }> {
    const known = /^[0-9a-f-]{36}$/.test(uploadId);
    const folder = join(uploads, known ? uploadId : "none");
    const upload = known ? await readJson<UploadEntry>(join(folder, "upload.json")) : null;
    if (upload?.name === name) return { folder, upload };
    throw new FerryError("UPLOAD_NOT_FOUND", `The bucket has no such upload of ${name}`);
  }

  const bucket: Bucket = {
    async head(name) {
      const entry = await readJson<Entry>(entryPath(name));
      return entry === null ? null : infoOf(name, entry);
    },

    async get(name, range) {
      let missing: string | undefined;
      for (;;) {
        const entry = await readJson<Entry>(entryPath(name));
        if (entry === null) return null;
        const file = await openFile(join(data, entry.data));
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
    },

    async put(name, body, options) {
      const stored = await store(data, body);
      return commit(name, entryOf(stored, options));
    },

    async delete(names) {
      if (names.length > PAGE) throw tooMany(names.length);
      for (const name of names) {
        const entry = await readJson<Entry>(entryPath(name));
        await rm(entryPath(name), { force: true });
        if (entry !== null) await rm(join(data, entry.data), { force: true });
      }
    },

    async list({ prefix, cursor, limit = PAGE }) {
      const files = await orNull(readdir(objects));
      const names = (files ?? [])
        .filter((file) => file.endsWith(".json"))
        .map((file) => decodeURIComponent(file.slice(0, -".json".length)))
        .filter((name) => name.startsWith(prefix) && (cursor === undefined || inNameOrder(name, cursor) > 0))
        .sort(inNameOrder);
      const page = names.slice(0, Math.min(limit, PAGE));
      const infos = await Promise.all(page.map((name) => bucket.head(name)));
      const last = page.at(-1);
      return {
        objects: infos.filter((info) => info !== null),
        ...(page.length < names.length && last !== undefined ? { cursor: last } : {}),
      };
    },

    async createUpload(name, options) {
      const uploadId = randomUUID();
      const folder = join(uploads, uploadId);
      await writeJson(folder, join(folder, "upload.json"), { name, ...options });
      return { uploadId };
    },

    async uploadPart(name, uploadId, partNumber, body) {
      const { folder } = await openUpload(name, uploadId);
      if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MULTIPART_LIMITS.maxParts) {
        throw new FerryError("BUCKET_ERROR", `There is no part number ${partNumber}`);
      }
      const stored = await store(folder, body);
      const path = join(folder, `part-${partNumber}.json`);
      const before = await readJson<Entry>(path);
      await writeJson(folder, path, entryOf(stored));
      if (before !== null) await rm(join(folder, before.data), { force: true });
      return { etag: stored.etag };
    },

    async completeUpload(name, uploadId, parts) {
      const { folder, upload } = await openUpload(name, uploadId);
      const entries: Entry[] = [];
      for (const { partNumber, etag } of parts) {
        const entry = await readJson<Entry>(join(folder, `part-${partNumber}.json`));
        if (entry?.etag !== etag) {
          throw new FerryError("PART_MISSING", `The bucket holds no part ${partNumber} with this etag`);
        }
        entries.push(entry);
      }
      checkSizes(entries);
      const stored = await store(data, joined(entries.map((entry) => join(folder, entry.data))));
      const digest = createHash("md5");
      for (const { etag } of entries) digest.update(etag, "hex");
      const etag = `${digest.digest("hex")}-${entries.length}`;
      const info = await commit(name, entryOf({ ...stored, etag }, upload));
      await rm(folder, { recursive: true, force: true });
      return info;
    },

    async abortUpload(name, uploadId) {
      const { folder } = await openUpload(name, uploadId).catch(() => ({ folder: null }));
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  };
  return bucket;
}

interface Stored {
  data: string;
  size: number;
  etag: string;
}

/** Writes bytes to a new file of the folder; a stream must have the length it promised. */
async function store(folder: string, body: PartBody | AsyncIterable<Uint8Array>): Promise<Stored> {
  const data = randomUUID();
  const path = join(folder, data);
  await mkdir(folder, { recursive: true });
  const file = await open(path, "wx");
  const digest = createHash("md5");
  let size = 0;
  try {
    for await (const chunk of chunksOf(body)) {
      digest.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
    }
    if ("length" in body && size !== body.length) {
      throw new FerryError("BUCKET_ERROR", `The body has ${size} bytes, not the ${body.length} it promised`);
    }
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw asBucketError(error);
  } finally {
    await file.close();
  }
  return { data, size, etag: digest.digest("hex") };
}

function chunksOf(
  body: PartBody | AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (body instanceof Uint8Array) return [body];
  return "stream" in body ? body.stream : body;
}

async function* joined(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* createReadStream(path);
}

function streamOf(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}

function entryOf({ data, size, etag }: Stored, { metadata = {}, contentType }: PutOptions = {}): Entry {
  const type = contentType === undefined ? {} : { contentType };
  return { size, etag, uploaded: Date.now(), metadata, ...type, data };
}

function infoOf(name: string, { size, etag, uploaded, metadata }: Entry): ObjectInfo {
  return { name, size, etag, uploaded: new Date(uploaded), metadata };
}

function cut(size: number, range: ByteRange = { offset: 0 }): [start: number, end: number] {
  if ("suffix" in range) return [Math.max(0, size - range.suffix), size];
  return [range.offset, Math.min(size, range.offset + (range.length ?? size))];
}

/** R2's own check, which it makes only when the upload completes. */
function checkSizes(parts: readonly Entry[]): void {
  const size = parts[0]?.size ?? 0;
  const inner = parts.slice(0, -1);
  if (inner.some((part) => part.size < MULTIPART_LIMITS.minPartBytes)) {
    throw new FerryError("PART_TOO_SMALL", "A part that is not the last has less than 5 MiB");
  }
  if (inner.some((part) => part.size !== size) || (parts.at(-1)?.size ?? 0) > size) {
    throw new FerryError("PART_SIZE_MISMATCH", "The parts before the last are not all of one size");
  }
}

/** As object stores sort: by UTF-8 bytes, which is not how JavaScript compares text. */
function inNameOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function writeJson(folder: string, path: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `${randomUUID()}.tmp`);
  await writeFile(temporary, JSON.stringify(value), { flush: true });
  await rename(temporary, path);
}

async function readJson<T>(path: string): Promise<T | null> {
  const text = await orNull(readFile(path, "utf8"));
  return text === null ? null : (JSON.parse(text) as T);
}

function openFile(path: string) {
  return orNull(open(path, "r"));
}

/** Null when there is no such file; every other failure is the bucket's. */
async function orNull<T>(operation: Promise<T>): Promise<T | null> {
  try {
    return await operation;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw asBucketError(error);
  }
}

function asBucketError(error: unknown): FerryError {
  if (error instanceof FerryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new FerryError("BUCKET_ERROR", `The bucket's directory failed: ${message}`, { cause: error });
}

function lost(name: string, file: string): FerryError {
  return new FerryError("BUCKET_ERROR", `The bytes of ${name} are gone from the directory: data/${file}`);
}

function tooMany(count: number): FerryError {
  return new FerryError("BUCKET_ERROR", `${count} names to delete at once, where ${PAGE} are allowed`);
}
