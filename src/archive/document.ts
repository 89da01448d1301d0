import { FerryError } from "../errors.ts";
import { JsonCursor } from "./cursor.ts";
import { OPEN_ARRAY } from "./letters.ts";
import { addTable, memberNames } from "./members.ts";
import { openText } from "./open-text.ts";
import { type DocumentChunk, type DocumentPosition, type Reading, readTable } from "./table-rows.ts";
import { type ByteSource, FORMAT } from "./types.ts";

export { type DocumentOutline, readDocumentOutline } from "./outline.ts";
export type { DocumentChunk, DocumentPosition } from "./table-rows.ts";

export interface ReadDocumentOptions {
  /** Where to go on: the position of an earlier chunk. @default the beginning */
  position?: DocumentPosition;
  /** Text of one chunk, bytes; a single longer row is a chunk too. @default 1_000_000 */
  chunkBytes?: number;
  /**
   * Whether a malformed tag is an error and not an object like any other.
   * @default whether `"format":"d1-ferry/1"` stands before the rows
   */
  strictTags?: boolean;
  /** What the target takes in one row, bytes. @default unlimited */
  maxRowBytes?: number;
}

/** Bytes that a row's names, brackets and blanks may add to a byte and a half for each that it holds: base64 is 4/3. */
const AROUND_BYTES = 500_000;

/**
 * Reads the rows of a document, `{"data":{table:[row,…],…},…}`, in the order they stand in and in
 * the memory of one chunk, whatever the size of the document and its lines. What a chunk holds
 * depends only on the text and `chunkBytes`, also when reading goes on at a position. The whole
 * document is checked by the time the iteration ends.
 *
 * A boolean becomes 0 or 1, an integer beyond ±(2^53 − 1) a tagged cell, an object or array that is
 * no tagged cell its JSON text; of a name that a row has twice the last value counts. Rejects with
 * `DOCUMENT_INVALID` or `ARCHIVE_TRUNCATED` and the byte, `ROW_TOO_LARGE`, `ARCHIVE_CORRUPT`.
 */
export async function* readDocument(
  source: ByteSource,
  options: ReadDocumentOptions = {},
): AsyncGenerator<DocumentChunk, void, void> {
  const { position, chunkBytes = 1_000_000, maxRowBytes = Infinity } = options;
  const offset = position?.byte ?? 0;
  const cursor = new JsonCursor(openText(source, offset), offset);
  const strictTags = options.strictTags ?? position?.strictTags ?? false;
  const reading: Reading = {
    cursor,
    chunkBytes,
    tables: [...(position?.tables ?? [])],
    strictTags,
    believesFormat: options.strictTags === undefined,
    maxRowBytes: 1.5 * maxRowBytes + AROUND_BYTES,
  };
  try {
    if (position === undefined) await cursor.skipMark();
    else yield* readTables(reading, position);
    let hasData = position !== undefined;
    for await (const name of memberNames(cursor, "in the document", { entered: position !== undefined })) {
      if (name !== "data") {
        await readOther(reading, name);
        continue;
      }
      if (hasData) throw cursor.invalid('"data" is there twice', cursor.window.offset);
      hasData = true;
      yield* readTables(reading, null);
    }
    await cursor.takeEnd();
    if (!hasData) {
      throw new FerryError("DOCUMENT_INVALID", 'The document has no "data"', {
        hint: 'A document is {"data":{"table":[{"column":value}]}}.',
        details: { byte: cursor.window.offset },
      });
    }
  } finally {
    await cursor.window.close();
  }
}

async function readOther(reading: Reading, name: string): Promise<void> {
  const { cursor } = reading;
  if (name !== "format" || !reading.believesFormat) return cursor.checkValue(JSON.stringify(name));
  reading.strictTags = (await cursor.takeValue('"format"')) === FORMAT;
}

async function* readTables(
  reading: Reading,
  position: DocumentPosition | null,
): AsyncGenerator<DocumentChunk, void, void> {
  const { cursor, tables } = reading;
  if (position !== null && !position.closed) yield* readTable(reading, position.table, position.index);
  for await (const table of memberNames(cursor, 'in "data"', { entered: position !== null })) {
    addTable(cursor, tables, table);
    await cursor.take(OPEN_ARRAY, `before the rows of ${JSON.stringify(table)}`);
    yield* readTable(reading, table, 0);
  }
}
