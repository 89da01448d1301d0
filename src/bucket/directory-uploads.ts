import { createHash, randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { FerryError } from "../errors.ts";
import { type Entry, entryOf, joined, readJson, type Stored, store, writeJson } from "./directory-files.ts";
import { MULTIPART_LIMITS, type PartUpload, type PutOptions, type UploadedPart } from "./port.ts";

type UploadEntry = PutOptions & { name: string };

interface OpenUpload {
  folder: string;
  upload: UploadEntry;
}

/** Opens an upload below the folder of uploads, and answers its id. */
export async function beginUpload(uploads: string, upload: UploadEntry): Promise<string> {
  const uploadId = randomUUID();
  const folder = join(uploads, uploadId);
  await writeJson(folder, join(folder, "upload.json"), upload);
  return uploadId;
}

export async function findUpload(uploads: string, name: string, uploadId: string): Promise<OpenUpload> {
  const known = /^[0-9a-f-]{36}$/.test(uploadId);
  const folder = join(uploads, known ? uploadId : "none");
  const upload = known ? await readJson<UploadEntry>(join(folder, "upload.json")) : null;
  if (upload?.name === name) return { folder, upload };
  throw new FerryError("UPLOAD_NOT_FOUND", `The bucket has no such upload of ${name}`);
}

/** Answers the part's etag. */
export async function storePart({ folder }: OpenUpload, { partNumber, body }: PartUpload): Promise<string> {
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MULTIPART_LIMITS.maxParts) {
    throw new FerryError("BUCKET_ERROR", `There is no part number ${partNumber}`);
  }
  const stored = await store(folder, body);
  const path = partPath(folder, partNumber);
  const before = await readJson<Entry>(path);
  await writeJson(folder, path, entryOf(stored));
  if (before !== null) await rm(join(folder, before.data), { force: true });
  return stored.etag;
}

/** Joins the parts into one file of the folder `data`. */
export async function joinParts(
  { folder }: OpenUpload,
  parts: readonly UploadedPart[],
  data: string,
): Promise<Stored> {
  const entries: Entry[] = [];
  for (const { partNumber, etag } of parts) {
    const entry = await readJson<Entry>(partPath(folder, partNumber));
    if (entry?.etag !== etag) {
      throw new FerryError("PART_MISSING", `The bucket holds no part ${partNumber} with this etag`);
    }
    entries.push(entry);
  }
  checkSizes(entries);
  const stored = await store(data, joined(entries.map((entry) => join(folder, entry.data))));
  const digest = createHash("md5");
  for (const { etag } of entries) digest.update(etag, "hex");
  return { ...stored, etag: `${digest.digest("hex")}-${entries.length}` };
}

export async function removeUpload({ folder }: OpenUpload): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

function partPath(folder: string, partNumber: number): string {
  return join(folder, `part-${partNumber}.json`);
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
