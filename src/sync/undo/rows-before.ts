import type { Cell, Key, Range, Row, Rowid } from "../../archive/types.ts";
import type { Budget } from "../../budget.ts";
import type { Database } from "../../database/port.ts";
import type { LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { rowSize } from "../../database/sql/row-size.ts";
import { evaluate, packScalars, type Scalar } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import { frameTable } from "../../frames/frame-table.ts";
import { type RangeRows, readRange, textLength } from "../../frames/read-range.ts";
import { scanRanges } from "../../frames/scan-ranges.ts";
import { isListed } from "../compare/index.ts";
import { FRAME_BYTES } from "../export/index.ts";
import type { StagedTable } from "../stage/index.ts";
import { ANYWHERE, type ImagePiece } from "./image-piece.ts";

/*
 * The rows that a plan writes over or deletes, whole, as they are now: a column that nothing writes may have changed
 * since the plan was made, and one of them that is gone by now is no longer there to be brought back.
 */

/** A table, and where its listed keys are. */
export interface ListedTable {
  table: LiveTable;
  lists: readonly StagedTable[];
  /** Whether they are deleted. */
  deleted: boolean;
}

/** Tables that are measured at once. */
const MEASURED = 20;

/** How large the listed rows of the next tables are, bytes: a statement for several. Null where they are not allowed. */
export async function measureRows(
  database: Database,
  tables: readonly ListedTable[],
  allows: (statements: number) => boolean,
): Promise<number[] | null> {
  const scalars = tables.slice(0, MEASURED).map(sizeOf);
  if (!allows(packScalars(scalars).length)) return null;
  const { values } = await evaluate(database, scalars);
  return values.map(Number);
}

function sizeOf(listed: ListedTable): Scalar {
  const { table } = listed;
  const size = rowSize(frameTable(table).columns);
  return (params) =>
    `SELECT ifnull(sum(bytes), 0) FROM (SELECT ${size} AS bytes FROM ${quote(table.name)} WHERE ${whereListed(listed)(params)} LIMIT -1)`;
}

function whereListed({ table, lists }: Pick<ListedTable, "table" | "lists">): (params: Params) => string {
  return (params) => isListed(lists, quote(table.name), params);
}

/** Where the reading of a table goes on. */
interface BeforePlace {
  after: Key;
  /** What is known of the ranges behind it, and not read yet. */
  ranges: Range[];
  more: boolean;
}

export interface RowsBeforeOptions {
  /** The measured size, bytes. */
  bytes: number;
  budget: Budget;
  /** True while so many statements and bytes more may be had. */
  allows(statements: number, bytes: number): boolean;
  /** @default the beginning */
  from: BeforePlace | null;
}

/** The listed rows, a frame a piece, until they or the budget end. */
export async function* rowsBefore(
  database: Database,
  listed: ListedTable,
  { bytes, budget, allows, from }: RowsBeforeOptions,
): AsyncGenerator<ImagePiece, void, void> {
  const table = frameTable(listed.table);
  const where = whereListed(listed);
  const frameBytes = Math.min(FRAME_BYTES, budget.bytes);
  const start = { ranges: [{ after: null, through: null }], after: null, more: false };
  let { ranges, after, more }: BeforePlace =
    from ?? (bytes <= frameBytes ? start : { ranges: [], after: null, more: true });
  while (more || ranges.length > 0) {
    if (!allows(3, Math.min(bytes, frameBytes))) return;
    if (ranges.length === 0)
      ({ ranges, more } = await scanRanges(database, table, { after, frameBytes, where }));
    const [range, ...rest] = ranges as [Range, ...Range[]];
    const found = await readRange(database, table, { range, where });
    const count = found.lines.length;
    const read = withKeys(found, listed.table);
    budget.spend(0, textLength(read.lines));
    [ranges, after] = [rest, range.through];
    const next = more || ranges.length > 0 ? { ranges, after, more } : undefined;
    yield {
      frames: framesOf(listed, read),
      rows: read.lines.length,
      nullKeys: count - read.lines.length,
      next,
    };
  }
}

function framesOf({ table, deleted }: ListedTable, { lines, rowids }: RangeRows): ImagePiece["frames"] {
  if (lines.length === 0) return [];
  const rows = lines.length;
  const beside = { ...(rowids === null ? {} : { rowids }), ...(deleted ? { deleted } : {}) };
  return [{ table: table.name, rows, keys: rows, ...ANYWHERE, text: lines.join(",\n"), ...beside }];
}

/** A declared key may hold NULLs, where a mirror deletes such a row: by its key nobody finds it again. */
function withKeys({ lines, rowids }: RangeRows, table: LiveTable): RangeRows {
  if (!mayLackKeys(table)) return { lines, rowids };
  const kept = lines.map((line) => {
    const row = JSON.parse(line) as Row;
    return table.key.columns.every((name) => (row[name] as Cell) !== null);
  });
  return {
    lines: lines.filter((_, i) => kept[i]),
    rowids: rowids === null ? null : (rowids.filter((_, i) => kept[i]) as Rowid[]),
  };
}

function mayLackKeys({ key, columns, withoutRowid, rowidAlias }: LiveTable): boolean {
  if (key.kind === "rowid" || withoutRowid || rowidAlias !== null) return false;
  return columns.some(({ primaryKey, notNull }) => primaryKey > 0 && !notNull);
}
