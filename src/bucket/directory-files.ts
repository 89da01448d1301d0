import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FerryError } from "../errors.ts";
import type { ObjectInfo, PartBody, PutOptions } from "./port.ts";

/** What a .json beside bytes says. */
export interface Entry {
  size: number;
  etag: string;
  /** Milliseconds since 1970. */
  uploaded: number;
  metadata: Record<string, string>;
  contentType?: string;
  /** Name of the file with the bytes. */
  data: string;
}

export interface Stored {
  data: string;
  size: number;
  /** MD5, hex. */
  etag: string;
}

export function entryOf(
  { data, size, etag }: Stored,
  { metadata = {}, contentType }: PutOptions = {},
): Entry {
  const type = contentType === undefined ? {} : { contentType };
  return { size, etag, uploaded: Date.now(), metadata, ...type, data };
}

export function infoOf(name: string, { size, etag, uploaded, metadata }: Entry): ObjectInfo {
  return { name, size, etag, uploaded: new Date(uploaded), metadata };
}

/** Writes bytes to a new file of the folder; a stream must have the length it promised. */
export async function store(folder: string, body: PartBody | AsyncIterable<Uint8Array>): Promise<Stored> {
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

/** The bytes of the files, one behind the other. */
export async function* joined(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* createReadStream(path);
}

export async function writeJson(folder: string, path: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `${randomUUID()}.tmp`);
  await writeFile(temporary, JSON.stringify(value), { flush: true });
  await rename(temporary, path);
}

/** Null when there is no such file. */
export async function readJson<T>(path: string): Promise<T | null> {
  const text = await orNull(readFile(path, "utf8"));
  return text === null ? null : (JSON.parse(text) as T);
}

/** Null when there is no such file; every other failure is the bucket's. */
export async function orNull<T>(operation: Promise<T>): Promise<T | null> {
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
