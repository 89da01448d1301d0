import type { LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { quote } from "../../database/sql/syntax.ts";
import { FRAMES } from "../run/index.ts";
import { decodeCell } from "./decode-cell.ts";
import type { StagedShape, StagedTable } from "./staged-rows.ts";

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

/** `left = right AND …` over a key, for joins: SQLite's own comparison, by the live column's collation. */
export function keyMatches(alias: string, table: LiveTable, sql: Pick<ShapeSql, "cell">): string {
  return table.key.columns.map((name) => `${alias}.${quote(name)} = ${sql.cell(name)}`).join(" AND ");
}
