import type { LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { quote } from "../../database/sql/syntax.ts";
import { CHANGES, FRAMES } from "../run/index.ts";
import { decodeCell } from "./decode-cell.ts";
import type { IncomingRows, StagedShape } from "./staged-rows.ts";

/** SQL over the staged rows of one table and shape: each row is `s`. */
export interface ShapeSql {
  /** Gives `s.v`, the row's JSON; `s.n`, its place in its part; `s.run`. */
  from: string;
  has(column: string): boolean;
  /** The staged value of a column. */
  cell(column: string): string;
  /** The hash of the row that was there before, NULL for none; absent where nobody said. */
  was?: string;
}

export interface ShapeRows extends IncomingRows {
  /** The SQL for a column that a row lacks. @default NULL */
  absent?: (column: string) => string;
  /** With `s.seq` and `s.part`, the row's part. @default false */
  placed?: boolean;
}

export function shapeSql(
  { staged: { run, table }, shape, absent = () => "NULL", placed = false }: ShapeRows,
  params: Params,
): ShapeSql {
  // LIMIT makes it a co-routine, which hands each row over once: else a row is made anew each time it is
  // named, and it is named once for each of its columns.
  const list = shape.list === undefined ? "" : `f.list = '${shape.list}' AND `;
  const condition = `f.run = ${params.add(run)} AND ${list}${sliceCondition(shape)}f.tbl = ${params.add(table.name)} AND f.shape = ${params.add(shape.text)}`;
  return {
    from: `(SELECT j.value AS v, j.key AS n, f.run AS run${placed ? ", f.seq AS seq, f.part AS part" : ""} FROM ${rowsIn(shape)} AS j
      WHERE ${condition} LIMIT -1) AS s`,
    has: (column) => shape.columns.includes(column),
    cell: (column) => stagedCell(shape, column, { row: "s", absent }),
    ...(shape.was ? { was: stagedWas(shape, "s") } : {}),
  };
}

/** A list has no rows of its own where it has all of a staged part. */
const LISTED = `ifnull(f.rows, (SELECT g.rows FROM ${FRAMES} AS g WHERE g.run = f.run AND g.seq = f.seq AND g.part = f.part))`;

function rowsIn({ list, each }: StagedShape): string {
  return list === undefined
    ? `${FRAMES} AS f CROSS JOIN ${each}(f.rows)`
    : `${CHANGES} AS f CROSS JOIN ${each}(${LISTED})`;
}

/** The cells of some columns in all of the rows, to look among: `… IN (${selectStaged(…)})`. */
export function selectStaged(rows: IncomingRows, columns: readonly string[], params: Params): string {
  const { cell, from } = shapeSql(rows, params);
  return `SELECT ${columns.map(cell).join(", ")} FROM ${from}`;
}

export interface CellPlace extends Required<Pick<ShapeRows, "absent">> {
  /** What the statement calls the row: its JSON is in `v`, and its run in `run`. */
  row: string;
}

/** The staged value of a column. */
export function stagedCell(
  shape: Pick<StagedShape, "columns" | "codes">,
  column: string,
  { row, absent }: CellPlace,
): string {
  const position = shape.columns.indexOf(column);
  if (position < 0) throw new Error(`Shape without column ${column}`);
  const codes = shape.codes.get(position) ?? "";
  return decodeCell({ row, position, codes, absent: absent(column) });
}

function stagedWas({ columns }: Pick<StagedShape, "columns">, row: string): string {
  return decodeCell({ row, position: columns.length, codes: "", absent: "NULL" });
}

function sliceCondition({ slice, through }: StagedShape): string {
  const some =
    slice === undefined
      ? ""
      : `(f.seq, f.part) >= (${slice.from.seq}, ${slice.from.part}) AND (f.seq, f.part) <= (${slice.through.seq}, ${slice.through.part}) AND `;
  if (through === undefined) return some;
  return `${some}(f.seq, f.part, j.key) <= (${through.seq}, ${through.part}, ${through.row}) AND `;
}

/** A key's columns of live rows, to be compared: by the key's collation. */
export function liveKey({ key, keyCollations }: LiveTable, alias?: string): string[] {
  return key.columns.map((name) => {
    const collation = keyCollations?.get(name);
    const column = alias === undefined ? quote(name) : `${alias}.${quote(name)}`;
    return collation === undefined ? column : `${column} COLLATE ${quote(collation)}`;
  });
}

/** `left = right AND …` over a key, for joins: SQLite's own comparison. */
export function keyMatches(alias: string, table: LiveTable, sql: Pick<ShapeSql, "cell">): string {
  const live = liveKey(table, alias);
  return table.key.columns.map((name, i) => `${live[i]} = ${sql.cell(name)}`).join(" AND ");
}
