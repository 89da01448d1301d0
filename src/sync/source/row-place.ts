import { type DocumentPosition, readDocument } from "../../archive/document.ts";
import type { ByteSource } from "../../archive/types.ts";
import { FerryError, retold } from "../../errors.ts";

/** Where a row stands in a document. */
export interface RowPlace {
  /** From 1, in its table. */
  row: number;
  /** In the text. */
  byte: number;
}

export interface RowToFind {
  /** Where in the document the counting begins; undefined at its start. */
  position: DocumentPosition | undefined;
  table: string;
  /** From 0, among the table's rows from there. */
  index: number;
}

/** Finds a row of a document by reading it row by row. */
export async function findRowPlace(
  source: ByteSource,
  { position, table, index }: RowToFind,
): Promise<RowPlace | null> {
  let left = index;
  const options = { chunkBytes: 1, ...(position === undefined ? {} : { position }) };
  for await (const chunk of readDocument(source, options)) {
    if (chunk.table !== table) continue;
    if (left < chunk.rows.length) return { row: chunk.index + left + 1, byte: chunk.byte };
    left -= chunk.rows.length;
  }
  return null;
}

/** The same error, with the index of the row in its frame. */
export function atIndex(error: unknown, index: number): unknown {
  return error instanceof FerryError ? withDetails(error, error.message, { index }) : error;
}

/** The same error, with the row's place in words, where `locate` finds it. */
export async function atPlace(
  error: unknown,
  table: string,
  locate: ((index: number) => Promise<RowPlace | null>) | undefined,
): Promise<unknown> {
  const index = error instanceof FerryError ? error.details?.index : undefined;
  if (!(error instanceof FerryError) || typeof index !== "number" || locate === undefined) return error;
  const place = await locate(index);
  if (place === null) return error;
  const message = `Row ${place.row} of ${JSON.stringify(table)} (byte ${place.byte}): ${error.message}`;
  return withDetails(error, message, { ...place });
}

function withDetails(error: FerryError, message: string, more: Record<string, unknown>): FerryError {
  const { index: _, ...known } = error.details ?? {};
  return retold(error, { message, details: { ...known, ...more } });
}
