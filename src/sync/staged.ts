import { D1_LIMITS } from "../database/limits.ts";
import type { Database } from "../database/port.ts";
import type { JsonEach, LiveSchema, LiveTable } from "../database/schema.ts";
import { findTable } from "../database/schema.ts";
import { quote } from "../database/sql.ts";
import { FRAMES } from "./control.ts";
import { Params } from "./params.ts";
import { decodeCell } from "./staged-cells.ts";

/** The columns of a staged frame's rows, by position. Frames of one table may differ: a plain document's rows do. */
export interface Shape {
  /** The live table's columns. */
  columns: string[];
  /** True when rows may lack some of the columns. @default false */
  ragged?: boolean;
}

export interface StagedShape extends Shape {
  /** As `_ferry_frames.shape` has it. */
  text: string;
  rows: number;
  bytes: number;
  /** Which codes some rows have at a position. */
  codes: ReadonlyMap<number, string>;
  each: JsonEach;
  /** Narrows the shape to some staged parts. */
  slice?: Slice;
  /** Narrows the shape to the rows up to this one, in the order they are staged. */
  through?: { seq: number; part: number; row: number };
}

/** A staged part's place in its run. */
export interface PartPlace {
  seq: number;
  part: number;
}

/** The parts from one to another, both included, in the order they are staged. */
export interface Slice {
  from: PartPlace;
  through: PartPlace;
}

/** What waits for one table. */
export interface StagedTable {
  table: LiveTable;
  shapes: StagedShape[];
  rows: number;
  /** All shapes of the table, where `shapes` is narrowed to a part of it. */
  whole?: StagedShape[];
}

export interface Staged {
  tables: StagedTable[];
  rows: number;
  /** Bytes of staged rows. */
  bytes: number;
}

/** What a run has staged, one statement. Tables in the order of their first frame. */
export async function readStaged(database: Database, schema: LiveSchema, run: string): Promise<Staged> {
  const rows = await database.query({
    sql: `SELECT tbl, shape, sum(row_count), sum(bytes), group_concat(DISTINCT codes) FROM ${FRAMES}
      WHERE run = ?1 GROUP BY tbl, shape ORDER BY min(seq), min(part)`,
    params: [run],
  });
  const tables = new Map<string, StagedTable>();
  let bytes = 0;
  for (const [name, text, count, size, codes] of rows as [string, string, number, number, string][]) {
    const table = findTable(schema.tables, name) as LiveTable;
    const staged = tables.get(name) ?? { table, shapes: [], rows: 0 };
    if (count > 0) {
      const shape = JSON.parse(text) as Shape;
      staged.shapes.push({
        ...shape,
        text,
        rows: count,
        bytes: size,
        codes: readCodes(codes),
        each: schema.each,
      });
    }
    staged.rows += count;
    bytes += size;
    tables.set(name, staged);
  }
  const list = [...tables.values()];
  return { tables: list, rows: list.reduce((sum, staged) => sum + staged.rows, 0), bytes };
}

/** "3x 3i 7x" → 3: "xi", 7: "x". */
function readCodes(text: string): Map<number, string> {
  const codes = new Map<number, string>();
  for (const [, position, code] of text.matchAll(/(\d+)([a-z])/g)) {
    const known = codes.get(Number(position)) ?? "";
    if (!known.includes(code as string)) codes.set(Number(position), known + code);
  }
  return codes;
}

/** True when the rows of a shape have the table's key. */
export function hasKey({ table }: Pick<StagedTable, "table">, { columns }: Shape): boolean {
  return table.key.columns.every((name) => columns.includes(name));
}

/** SQL over the staged rows of one table and shape: each row is `s`. */
export interface ShapeSql {
  /** Gives `s.v`, the row's JSON; `s.n`, its place in its part; `s.run`. */
  from: string;
  has(column: string): boolean;
  /** The staged value of a column. */
  cell(column: string): string;
}

/** `absent` is the SQL for a column that a row lacks. @default NULL */
export function shapeSql(
  run: string,
  { table }: StagedTable,
  shape: StagedShape,
  params: Params,
  absent: (column: string) => string = () => "NULL",
): ShapeSql {
  // LIMIT makes it a co-routine, which hands each row over once: else a row is made anew each time it is
  // named, and it is named once for each of its columns.
  const condition = `f.run = ${params.add(run)} AND ${sliceCondition(shape)}f.tbl = ${params.add(table.name)} AND f.shape = ${params.add(shape.text)}`;
  return {
    from: `(SELECT j.value AS v, j.key AS n, f.run AS run FROM ${FRAMES} AS f CROSS JOIN ${shape.each}(f.rows) AS j
      WHERE ${condition} LIMIT -1) AS s`,
    has: (column) => shape.columns.includes(column),
    cell: (column) => stagedCell(shape, "s", column, absent),
  };
}

/** The staged value of a column, in SQL that has the row as `row`: its JSON in `v`, and `run`. */
export function stagedCell(
  shape: Pick<StagedShape, "columns" | "codes">,
  row: string,
  column: string,
  absent: (column: string) => string,
): string {
  const position = shape.columns.indexOf(column);
  if (position < 0) throw new Error(`Shape without column ${column}`);
  return decodeCell(row, position, shape.codes.get(position) ?? "", absent(column));
}

function sliceCondition({ slice, through }: StagedShape): string {
  const some =
    slice === undefined
      ? ""
      : `(f.seq, f.part) >= (${slice.from.seq}, ${slice.from.part}) AND (f.seq, f.part) <= (${slice.through.seq}, ${slice.through.part}) AND `;
  if (through === undefined) return some;
  return `${some}(f.seq, f.part, j.key) <= (${through.seq}, ${through.part}, ${through.row}) AND `;
}

/** The SQL of a scalar subquery, its parameters added to `params`. */
export type Scalar = (params: Params) => string;

export interface ScalarGroup {
  /** Each in parentheses. */
  expressions: string[];
  params: Params;
}

/** Groups scalars so that each group fits one statement of D1, with room for what stands around it. */
export function packScalars(scalars: readonly Scalar[]): ScalarGroup[] {
  const groups: ScalarGroup[] = [];
  let length = Infinity;
  let group: ScalarGroup = { expressions: [], params: new Params() };
  for (const scalar of scalars) {
    // Half the limits, so that one more scalar, itself never that large, always fits.
    const full =
      group.expressions.length >= D1_LIMITS.columns / 2 ||
      group.params.values.length > D1_LIMITS.parameters / 2 ||
      length > D1_LIMITS.sqlBytes / 2;
    if (full) {
      group = { expressions: [], params: new Params() };
      groups.push(group);
      length = 0;
    }
    const expression = `(${scalar(group.params)})`;
    group.expressions.push(expression);
    length += expression.length;
  }
  return groups;
}

/** `left = right AND …` over a key, for joins: SQLite's own comparison, by the live column's collation. */
export function keyMatches(alias: string, table: LiveTable, sql: Pick<ShapeSql, "cell">): string {
  return table.key.columns.map((name) => `${alias}.${quote(name)} = ${sql.cell(name)}`).join(" AND ");
}
