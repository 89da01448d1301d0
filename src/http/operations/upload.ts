import { readDocument, readDocumentOutline } from "../../archive/document.ts";
import { openArchive } from "../../archive/reader.ts";
import { bytesSource } from "../../archive/source.ts";
import type { ByteSource } from "../../archive/types.ts";
import { newKey, objectName } from "../../bucket/keys.ts";
import type { Bytes } from "../../database/port.ts";
import type { Body, uploadAnswer } from "../answers.ts";
import type { Exchange } from "../exchange.ts";
import { syncStep } from "../next-step.ts";
import { countFrames } from "../stored.ts";

interface Contents {
  version: number | null;
  stats: { table: string; count: number }[];
}

/**
 * Stores a document as it came, once it is known to be readable to its end. Rejects with what is
 * wrong with it, and nothing is stored then.
 */
export async function uploadDocument(exchange: Exchange, bytes: Bytes): Promise<Body<typeof uploadAnswer>> {
  const compressed = hasGzipMagic(bytes);
  const { version, stats } = await readContents(bytesSource(bytes), compressed);
  const key = newKey("sync");
  const { size } = await exchange.bucket.put(objectName(key), bytes, {
    contentType: compressed ? "application/gzip" : "application/json",
    metadata: version === null ? {} : { version: String(version) },
  });
  return {
    success: true,
    syncKey: key,
    version,
    uploadedTables: stats.map(({ table }) => table),
    stats,
    bytes: size,
    nextStep: syncStep(exchange.base, key),
  };
}

/** How every gzip file begins (RFC 1952). */
export function hasGzipMagic(bytes: Bytes): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function readContents(source: ByteSource, compressed: boolean): Promise<Contents> {
  return (compressed ? await readArchive(source) : null) ?? readPlain(source);
}

/** Every frame is read and checked; null for a gzip by others, which has no index. */
async function readArchive(source: ByteSource): Promise<Contents | null> {
  const { header, frames, readFrames } = await openArchive(source);
  for await (const _ of readFrames(frames));
  return { version: header.version, stats: countFrames(frames) };
}

async function readPlain(source: ByteSource): Promise<Contents> {
  const { version = null } = await readDocumentOutline(source);
  const counts = new Map<string, number>();
  for await (const { table, rows } of readDocument(source)) {
    counts.set(table, (counts.get(table) ?? 0) + rows.length);
  }
  return { version, stats: [...counts].map(([table, count]) => ({ table, count })) };
}
