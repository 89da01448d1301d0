import { type FerryKey, uploadPrefix } from "./keys.ts";
import { listAll } from "./list.ts";
import { ownedBy, ownerIn } from "./owner.ts";
import type { Bucket, ObjectInfo, UploadedPart } from "./port.ts";
import { type UploadedFile, uploadedFrom, uploadIn } from "./uploaded-file.ts";

/*
 * A binding cannot list the parts of a multipart upload, so what was sent is written down beside
 * it, as empty objects that carry everything in their metadata: one list shows it all, and parts
 * sent in parallel never write the same object.
 *
 *   d1-ferry/uploads/<key>/started      once the bucket has opened the upload
 *   d1-ferry/uploads/<key>/part-00001   once the bucket holds the part; replaced when it is resent
 *   d1-ferry/uploads/<key>/completed    once the object is there; then the others are removed
 *
 * A crash between the bucket's own step and the entry leaves a part that is sent again, or an
 * object whose completion is asked for again: both are answered from what is found.
 */

export interface UploadRecord {
  /** Who began it; null where nobody said. */
  owner: string | null;
  file: UploadedFile;
  uploadId: string;
  /** Bytes. */
  partSize: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** What stays of an upload once it is completed. */
export interface UploadReceipt extends UploadRecord {
  /** Bytes of the object. */
  size: number;
  etag: string;
}

export interface LedgerPart extends UploadedPart {
  /** Bytes. */
  size: number;
}

export interface LedgerEntries {
  record: UploadRecord | null;
  receipt: UploadReceipt | null;
  /** By part number. */
  parts: LedgerPart[];
}

const EMPTY = new Uint8Array(0);
const DELETES_PER_CALL = 1000;

export async function writeRecord(bucket: Bucket, key: FerryKey, record: UploadRecord): Promise<void> {
  await bucket.put(startedName(key), EMPTY, { metadata: recordMetadata(record) });
}

export async function readRecord(bucket: Bucket, key: FerryKey): Promise<UploadRecord | null> {
  const info = await bucket.head(startedName(key));
  return info === null ? null : recordOf(info);
}

export async function writePart(bucket: Bucket, key: FerryKey, part: LedgerPart): Promise<void> {
  const name = `${uploadPrefix(key)}part-${String(part.partNumber).padStart(5, "0")}`;
  await bucket.put(name, EMPTY, { metadata: { etag: part.etag, size: String(part.size) } });
}

export async function writeReceipt(bucket: Bucket, key: FerryKey, receipt: UploadReceipt): Promise<void> {
  const metadata = { ...recordMetadata(receipt), size: String(receipt.size), etag: receipt.etag };
  await bucket.put(completedName(key), EMPTY, { metadata });
}

export async function readReceipt(bucket: Bucket, key: FerryKey): Promise<UploadReceipt | null> {
  const info = await bucket.head(completedName(key));
  return info === null ? null : receiptOf(info);
}

/** Everything that is written down about the key's upload: one list a thousand parts. */
export async function readLedger(bucket: Bucket, key: FerryKey): Promise<LedgerEntries> {
  const prefix = uploadPrefix(key);
  const entries: LedgerEntries = { record: null, receipt: null, parts: [] };
  for await (const info of listAll(bucket, prefix)) {
    const entry = info.name.slice(prefix.length);
    if (entry === "started") entries.record = recordOf(info);
    else if (entry === "completed") entries.receipt = receiptOf(info);
    else if (entry.startsWith("part-")) entries.parts.push(partOf(entry, info));
  }
  return entries;
}

/** Removes the entries; with `keepReceipt`, all but the receipt. */
export async function removeLedger(
  bucket: Bucket,
  key: FerryKey,
  options: { /** @default false */ keepReceipt?: boolean } = {},
): Promise<void> {
  const names: string[] = [];
  for await (const { name } of listAll(bucket, uploadPrefix(key))) {
    if (!(options.keepReceipt && name === completedName(key))) names.push(name);
  }
  for (let start = 0; start < names.length; start += DELETES_PER_CALL) {
    await bucket.delete(names.slice(start, start + DELETES_PER_CALL));
  }
}

function startedName(key: FerryKey): string {
  return `${uploadPrefix(key)}started`;
}

function completedName(key: FerryKey): string {
  return `${uploadPrefix(key)}completed`;
}

function recordMetadata(record: UploadRecord): Record<string, string> {
  return {
    ...ownedBy(record.owner),
    ...uploadedFrom(record.file),
    "upload-id": record.uploadId,
    "part-size": String(record.partSize),
    "created-at": String(record.createdAt),
    "expires-at": String(record.expiresAt),
  };
}

function recordOf({ metadata }: ObjectInfo): UploadRecord {
  return {
    owner: ownerIn(metadata),
    file: uploadIn(metadata),
    uploadId: metadata["upload-id"] ?? "",
    partSize: Number(metadata["part-size"]),
    createdAt: Number(metadata["created-at"]),
    expiresAt: Number(metadata["expires-at"]),
  };
}

function receiptOf(info: ObjectInfo): UploadReceipt {
  return { ...recordOf(info), size: Number(info.metadata.size), etag: info.metadata.etag ?? "" };
}

function partOf(entry: string, { metadata }: ObjectInfo): LedgerPart {
  return {
    partNumber: Number(entry.slice("part-".length)),
    etag: metadata.etag ?? "",
    size: Number(metadata.size),
  };
}
