import { FerryError, retold } from "../errors.ts";
import type { JsonCursor } from "./cursor.ts";
import { CLOSE_ARRAY, COMMA, OPEN_OBJECT } from "./letters.ts";
import { MAX_NAME_BYTES, MAX_NAMES, MAX_VALUES } from "./limits.ts";
import { readRows } from "./row-parse.ts";
import { type RowScan, scanRows } from "./row-scan.ts";
import type { Row } from "./types.ts";

/** A place between two chunks of a document, to go on from; plain JSON. */
export interface DocumentPosition {
  /** Into the text, unpacked where the file is gzip. */
  byte: number;
  /** The table that is being read, or was last. */
  table: string;
  /** Rows of it that were read. */
  index: number;
  /** Its list is behind us. */
  closed: boolean;
  /** The tables met so far, `table` among them. */
  tables: string[];
  strictTags: boolean;
}

/** Some rows of one table that stand together. A table without rows is one chunk without rows. */
export interface DocumentChunk {
  table: string;
  rows: Row[];
  /** Where the first row begins in the text, bytes. */
  byte: number;
  /** Index of the first row in its table. */
  index: number;
  /** Length of the rows in the text, bytes. */
  bytes: number;
  /** To go on behind this chunk. */
  position: DocumentPosition;
}

/** A document that is being read. */
export interface Reading {
  cursor: JsonCursor;
  chunkBytes: number;
  tables: string[];
  strictTags: boolean;
  /** Whether the document's own `format` decides about its tags. */
  believesFormat: boolean;
  /** What one row may have, bytes, an escape of its texts counted as one. */
  maxRowBytes: number;
}

/** A row of D1's 2,000,000 bytes, each of them escaped, is shorter than this; bytes. */
const MAX_ROW_BYTES = 16 * 1024 * 1024;

/** From before a table's first row, or from behind row `done`, to behind its list. */
export async function* readTable(
  reading: Reading,
  table: string,
  done: number,
): AsyncGenerator<DocumentChunk, void, void> {
  const { cursor, strictTags } = reading;
  const { window } = cursor;
  const here = (index: number): DocumentPosition => {
    return { byte: window.offset, table, index, closed: false, tables: [...reading.tables], strictTags };
  };
  const where = `in the rows of ${JSON.stringify(table)}`;
  for (let index = done; ; ) {
    if ((await cursor.peek()) === CLOSE_ARRAY) {
      const byte = window.offset;
      window.start++;
      if (index === 0)
        yield { table, rows: [], byte, index, bytes: 0, position: { ...here(0), closed: true } };
      return;
    }
    if (index > 0) await cursor.take(COMMA, `or "]" ${where}`);
    if ((await cursor.peek()) !== OPEN_OBJECT) {
      throw withTable(
        await cursor.unexpected(`an object as row ${index + 1} of ${JSON.stringify(table)}`),
        table,
        index,
      );
    }
    const byte = window.offset;
    const scan = await findRows(reading, table, index);
    const bytes = scan.end - window.start;
    const rows = readRows(window.bytes, scan, { table, index, byte, strictTags });
    window.start = scan.end;
    yield { table, rows, byte, index, bytes, position: here(index + rows.length) };
    index += rows.length;
  }
}

/** The whole rows within `chunkBytes`, or the first row alone when it is longer. */
async function findRows(reading: Reading, table: string, index: number): Promise<RowScan> {
  const { cursor, chunkBytes, maxRowBytes } = reading;
  const { window } = cursor;
  for (let length = chunkBytes; ; length = Math.min(2 * length, MAX_ROW_BYTES)) {
    const more = await window.fill(length);
    const { bytes, start } = window;
    const limit = Math.min(window.end, start + length);
    const scan = scanRows(bytes, { start, limit, most: length === chunkBytes ? Infinity : 1 });
    if (scan.rows > 0) return scan;
    const row = `row ${index + 1} of ${JSON.stringify(table)}`;
    if (scan.tooDeep)
      throw withTable(cursor.invalid(`${row} is nested too deeply`, window.offset), table, index);
    if (scan.tooMany)
      throw withTable(
        cursor.invalid(
          `${row} has more than ${MAX_NAMES} names or ${MAX_VALUES} values, or a name of more than ${MAX_NAME_BYTES} bytes`,
          window.offset,
        ),
        table,
        index,
      );
    if (!more) throw withTable(cursor.truncated(`the end of ${row}`), table, index);
    if (scan.openBytes > maxRowBytes || length >= MAX_ROW_BYTES)
      throw withTable(
        tooLarge(row, { byte: window.offset, most: Math.min(maxRowBytes, MAX_ROW_BYTES) }),
        table,
        index,
      );
  }
}

function tooLarge(row: string, { byte, most }: { byte: number; most: number }): FerryError {
  const message = `${row} is longer than ${most} bytes, or a quote or a bracket is missing in it`;
  return new FerryError("ROW_TOO_LARGE", message, { details: { byte } });
}

/** The same error, with the row it is about. */
function withTable(error: FerryError, table: string, index: number): FerryError {
  return retold(error, { details: { ...error.details, table, row: index + 1 } });
}
