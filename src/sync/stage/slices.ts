import type { Database } from "../../database/port.ts";
import { CHANGES, FRAMES, HOLDS_GONE, HOLDS_MADE } from "../run/index.ts";
import {
  hasKey,
  type List,
  type PartPlace,
  type Slice,
  type StagedShape,
  type StagedTable,
} from "./staged-rows.ts";

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
  /** Of listed rows: how many have a live row of their key. */
  updates: number;
}

export interface StagedPart extends PartPlace {
  table: string;
  shape: string;
  bytes: number;
  rows: number;
  updates: number;
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
    sql: `SELECT tbl, shape, seq, part, bytes, row_count, 0 FROM ${FRAMES}
      WHERE run = ?1 AND row_count > 0 AND ${gone ? HOLDS_GONE : `NOT ${HOLDS_GONE} AND NOT ${HOLDS_MADE}`} ORDER BY seq, part`,
    params: [run],
  });
  return rows.map(readPart);
}

/** The parts of one of a run's lists, in their order; one statement. */
export async function readListedParts(database: Database, run: string, list: List): Promise<StagedPart[]> {
  const rows = await database.query({
    sql: `SELECT tbl, shape, seq, part, sum(bytes), sum(row_count), sum(updates) FROM ${CHANGES} WHERE run = ?1 AND list = ?2
      GROUP BY seq, part, tbl, shape ORDER BY seq, part`,
    params: [run, list],
  });
  return rows.map(readPart);
}

function readPart(row: unknown[]): StagedPart {
  const [table, shape, ...counts] = row as [string, string, number, number, number, number, number];
  const [seq, part, bytes, rows, updates] = counts;
  return { table, shape, seq, part, bytes, rows, updates };
}

export interface SliceLimits {
  /** Bytes of staged rows in a slice, unless one part alone has more. */
  bytes: number;
  /** Rows of a table in a slice, unless one part alone has more. @default Infinity */
  rows?: (table: string) => number;
  /** Keeps parts of one number together, whatever they are: rows that point to each other in a circle are one. @default false */
  whole?: boolean;
}

/** What one of many transactions carries, in staged rows and in entries in tables and indexes: about a second. */
const TRANSACTION_BYTES = 8_000_000;

const TRANSACTION_WRITES = 50_000;

/** How one of many transactions is cut. The plan and the apply have to cut alike. */
export function transactionSlices(
  tables: readonly StagedTable[],
  sliceBytes = TRANSACTION_BYTES,
): SliceLimits {
  const indexes = new Map(tables.map(({ table }) => [table.name, table.indexCount]));
  return {
    bytes: sliceBytes,
    rows: (table) => TRANSACTION_WRITES / (1 + (indexes.get(table) ?? 0)),
    whole: true,
  };
}

/**
 * A table's parts in the order in which they are written. Rows without their table's key come last: the rowid that
 * they are given must not be one that comes in.
 */
export function keyedFirst(staged: StagedTable, parts: readonly StagedPart[]): StagedPart[] {
  const own = parts.filter(({ table }) => table === staged.table.name);
  const keyless = new Set(
    staged.shapes.filter((shape) => !hasKey({ staged, shape })).map(({ text }) => text),
  );
  return [
    ...own.filter(({ shape }) => !keyless.has(shape)),
    ...own.filter(({ shape }) => keyless.has(shape)),
  ];
}

/** Joins parts that follow each other in `parts` to slices. */
export function cutSlices(
  parts: readonly StagedPart[],
  { bytes, rows = () => Infinity, whole = false }: SliceLimits,
): TableSlice[] {
  const slices: TableSlice[] = [];
  let last: TableSlice | undefined;
  for (const { table, shape, seq, part, ...own } of parts) {
    const place = { seq, part };
    const fits = last !== undefined && last.bytes + own.bytes <= bytes && last.rows + own.rows <= rows(table);
    const joins =
      last?.table === table && last.shape === shape && (fits || (whole && last.through.seq === seq));
    if (joins && last !== undefined) {
      last.through = place;
      last.bytes += own.bytes;
      last.rows += own.rows;
      last.updates += own.updates;
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
  { shape, from, through, bytes, rows, updates }: TableSlice,
): StagedTable {
  const narrow = (shapes: readonly StagedShape[]) =>
    shapes
      .filter(({ text }) => text === shape)
      .map((found) => ({ ...found, slice: { from, through }, bytes, rows, updates }));
  const [shapes, gone] = [narrow(table.shapes), narrow(table.gone)];
  const counts = gone.length === 0 ? { rows, goneKeys: 0 } : { rows: 0, goneKeys: rows };
  return { ...table, shapes, gone, ...counts, whole: wholeOf(table) };
}

/** The table with what is listed at some places, of whatever shape. */
export function narrowToPlaces(table: StagedTable, { from, through }: Slice): StagedTable {
  return { ...table, shapes: table.shapes.map((shape) => ({ ...shape, slice: { from, through } })) };
}

/** The table with the rows of some frames, whatever their shapes. */
export function narrowToFrames(table: StagedTable, firstSeq: number, lastSeq: number): StagedTable {
  const slice = {
    from: { seq: firstSeq, part: 0 },
    through: { seq: lastSeq, part: Number.MAX_SAFE_INTEGER },
  };
  const narrow = (shapes: readonly StagedShape[]) => shapes.map((shape) => ({ ...shape, slice }));
  return { ...table, shapes: narrow(table.shapes), gone: narrow(table.gone), whole: wholeOf(table) };
}

function wholeOf({ whole, shapes, gone }: StagedTable): NonNullable<StagedTable["whole"]> {
  return whole ?? { shapes, gone };
}
