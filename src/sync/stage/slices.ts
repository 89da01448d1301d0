import type { Database } from "../../database/port.ts";
import { FRAMES, HOLDS_GONE } from "../run/index.ts";
import type { PartPlace, Slice, StagedShape, StagedTable } from "./staged-rows.ts";

/**
 * Work over staged rows, cut so that a statement or a transaction carries a bounded part of it,
 * whatever the run's size. A slice is some parts that follow each other, of one table and one shape.
 */
export interface TableSlice extends Slice {
  table: string;
  /** As `_ferry_frames.shape` has it. */
  shape: string;
  bytes: number;
  rows: number;
}

export interface StagedPart extends PartPlace {
  table: string;
  shape: string;
  bytes: number;
  rows: number;
}

export interface PartsToRead {
  /** Those that hold keys without a row, and not those with rows. @default false */
  gone?: boolean;
}

/** The staged parts of a run that hold rows, in the order they were staged; one statement. */
export async function readParts(
  database: Database,
  run: string,
  { gone = false }: PartsToRead = {},
): Promise<StagedPart[]> {
  const rows = await database.query({
    sql: `SELECT tbl, shape, seq, part, bytes, row_count FROM ${FRAMES}
      WHERE run = ?1 AND row_count > 0 AND ${gone ? "" : "NOT "}${HOLDS_GONE} ORDER BY seq, part`,
    params: [run],
  });
  return (rows as [string, string, number, number, number, number][]).map(
    ([table, shape, seq, part, bytes, count]) => ({ table, shape, seq, part, bytes, rows: count }),
  );
}

export interface SliceLimits {
  /** Bytes of staged rows in a slice, unless one part alone has more. */
  bytes: number;
  /** Rows of a table in a slice, unless one part alone has more. @default Infinity */
  rows?: (table: string) => number;
}

/** Joins parts that follow each other in `parts` to slices. */
export function cutSlices(
  parts: readonly StagedPart[],
  { bytes, rows = () => Infinity }: SliceLimits,
): TableSlice[] {
  const slices: TableSlice[] = [];
  let last: TableSlice | undefined;
  for (const { table, shape, seq, part, ...own } of parts) {
    const place = { seq, part };
    const joins =
      last?.table === table &&
      last.shape === shape &&
      last.bytes + own.bytes <= bytes &&
      last.rows + own.rows <= rows(table);
    if (joins && last !== undefined) {
      last.through = place;
      last.bytes += own.bytes;
      last.rows += own.rows;
    } else {
      last = { table, shape, from: place, through: place, ...own };
      slices.push(last);
    }
  }
  return slices;
}

/** The table with nothing but a slice of its rows, or of its keys without one. */
export function narrowTable(
  table: StagedTable,
  { shape, from, through, bytes, rows }: TableSlice,
): StagedTable {
  const narrow = (shapes: readonly StagedShape[]) =>
    shapes
      .filter(({ text }) => text === shape)
      .map((found) => ({ ...found, slice: { from, through }, bytes, rows }));
  const [shapes, gone] = [narrow(table.shapes), narrow(table.gone)];
  const counts = gone.length === 0 ? { rows, goneKeys: 0 } : { rows: 0, goneKeys: rows };
  return { ...table, shapes, gone, ...counts, whole: table.whole ?? table.shapes };
}

/** The table with the rows of some frames, whatever their shapes. */
export function narrowToFrames(table: StagedTable, firstSeq: number, lastSeq: number): StagedTable {
  const slice = {
    from: { seq: firstSeq, part: 0 },
    through: { seq: lastSeq, part: Number.MAX_SAFE_INTEGER },
  };
  const narrow = (shapes: readonly StagedShape[]) => shapes.map((shape) => ({ ...shape, slice }));
  return { ...table, shapes: narrow(table.shapes), gone: narrow(table.gone), whole: table.shapes };
}
