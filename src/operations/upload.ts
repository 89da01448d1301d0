import type { Body, uploadAnswer } from "../api/answers/index.ts";
import { readDocument, readDocumentOutline } from "../archive/document.ts";
import { hasGzipMagic } from "../archive/member.ts";
import { isArchive, openArchive } from "../archive/reader.ts";
import { bytesSource } from "../archive/source.ts";
import type { ByteSource } from "../archive/types.ts";
import { newKey, objectName, parseUploadKey } from "../bucket/keys.ts";
import { ownedBy } from "../bucket/owner.ts";
import { refused } from "../bucket/refusals.ts";
import { type UploadedFile, uploadedFrom } from "../bucket/uploaded-file.ts";
import type { Bytes } from "../bytes.ts";
import type { Invocation } from "./invocation.ts";
import { countsOf } from "./table-counts.ts";

type Uploaded = Omit<Body<typeof uploadAnswer>, "nextStep">;

interface Contents {
  format: UploadedFile["format"];
  version: number | null;
  stats: { table: string; count: number }[];
}

/**
 * Stores a document as it came, once it is known to be readable to its end. Rejects with what is
 * wrong with it, and nothing is stored then. A key of the caller's making has to be free.
 */
export async function uploadDocument(
  { bucket, caller }: Invocation,
  bytes: Bytes,
  wanted: string | null = null,
): Promise<Uploaded> {
  const key = wanted === null ? newKey("sync") : parseUploadKey(wanted);
  const { version, format, stats } = await readContents(bytesSource(bytes));
  const stored = await bucket.replace(objectName(key), null, bytes, {
    contentType: hasGzipMagic(bytes) ? "application/gzip" : "application/json",
    metadata: {
      ...ownedBy(caller.id),
      ...uploadedFrom({ format }),
      ...(version === null ? {} : { version: String(version) }),
    },
  });
  if (stored === null) throw refused("key-in-use", `${key} already has an object or an upload`);
  const { size } = stored;
  return {
    success: true,
    syncKey: key,
    version,
    uploadedTables: stats.map(({ table }) => table),
    stats,
    bytes: size,
  };
}

async function readContents(source: ByteSource): Promise<Contents> {
  return (await isArchive(source)) ? readArchive(source) : readPlain(source);
}

/** Every frame is read, and so checked. */
async function readArchive(source: ByteSource): Promise<Contents> {
  const { header, tables, readFrames } = await openArchive(source);
  for await (const _ of readFrames());
  const format = (header.kind ?? "full") === "full" ? "archive" : "part";
  return { format, version: header.version, stats: countsOf(tables) };
}

async function readPlain(source: ByteSource): Promise<Contents> {
  const { version = null } = await readDocumentOutline(source);
  const counts = new Map<string, number>();
  for await (const { table, rows } of readDocument(source)) {
    counts.set(table, (counts.get(table) ?? 0) + rows.length);
  }
  return { format: "document", version, stats: [...counts].map(([table, count]) => ({ table, count })) };
}
