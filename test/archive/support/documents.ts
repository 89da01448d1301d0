import { type DocumentChunk, type ReadDocumentOptions, readDocument } from "../../../src/archive/document.ts";
import type { ByteSource } from "../../../src/archive/types.ts";
import { textSource } from "./sources.ts";

export async function chunksOf(source: ByteSource, options?: ReadDocumentOptions): Promise<DocumentChunk[]> {
  const chunks: DocumentChunk[] = [];
  for await (const chunk of readDocument(source, options)) chunks.push(chunk);
  return chunks;
}

export async function rowsOf(text: string, options?: ReadDocumentOptions): Promise<Record<string, unknown>> {
  const tables: Record<string, unknown[]> = {};
  for (const { table, rows } of await chunksOf(textSource(text), options)) {
    tables[table] = [...(tables[table] ?? []), ...rows];
  }
  return tables;
}
