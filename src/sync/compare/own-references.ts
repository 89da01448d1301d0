import { type Affinity, affinityOf } from "../../database/affinity.ts";
import type { Statement } from "../../database/port.ts";
import type { ForeignKey, LiveSchema, LiveTable } from "../../database/schema.ts";
import { Params } from "../../database/sql/params.ts";
import { joinBalanced, quote } from "../../database/sql/syntax.ts";
import { foldCase } from "../../names.ts";
import { type IncomingRows, type ShapeSql, shapeSql } from "../stage/index.ts";
import { defaultsOf } from "./defaults.ts";
import { isOrphan } from "./orphans.ts";
import { foreignKeysOf } from "./outside-keys.ts";

/*
 * References of a table to itself, among rows that are to be written. The rows are staged as JSON, so a parent is found by
 * an index that SQLite makes for the statement; it bounds how many rows a statement may look at.
 */

/** The foreign keys of a table to itself, columns as the table calls them. */
export function ownReferences(
  table: LiveTable,
  options: { schema: LiveSchema; made: boolean },
): ForeignKey[] {
  const named = (name: string) => columnNamed(table, name)?.name ?? name;
  return foreignKeysOf(table, options)
    .filter(({ parent, parentColumns }) => parent === table.name && parentColumns.length > 0)
    .map((key) => ({
      ...key,
      columns: key.columns.map(named),
      parentColumns: key.parentColumns.map(named),
    }));
}

function columnNamed({ columns }: LiveTable, name: string) {
  return columns.find((column) => foldCase(column.name) === foldCase(name));
}

export interface ReferencesAsked {
  /** Rows that point, and rows that they may point to; listed rows of one table. */
  children: IncomingRows;
  parents: IncomingRows;
  key: ForeignKey;
  /** The run makes the table. */
  made: boolean;
  /** Only whether there is one at all; "forward": whether one is to a row behind the one that points, both being of one slice. @default all */
  any?: "forward" | "all" | undefined;
}

/** Rows of one part whose references one answer has: a value of D1 has 2,000,000 bytes. */
const ROWS_AT_ONCE = 10_000;

/**
 * References to rows that are not there yet: for some rows of a part `[seq, part, "n seq part n,…"]`, each the row's number in
 * its part, its parent's place and its number there. Null where the rows can have none.
 */
export function selectReferences(asked: ReferencesAsked): Statement | null {
  const { children, parents, key, made, any } = asked;
  const { table } = children.staged;
  if (!key.parentColumns.every((name) => parents.shape.columns.includes(name))) return null;
  const params = new Params();
  const child = placed(children, params);
  const parent = placed(parents, params);
  const pointing = { cell: (name: string) => `c.r${key.columns.indexOf(name)}` };
  const kinds = key.columns.map((name, i) => ({
    own: affinityIn(table, name),
    parent: affinityIn(table, key.parentColumns[i] as string),
  }));
  const childCells = key.columns.map((name, i) => {
    const { own, parent: of } = kinds[i] as (typeof kinds)[number];
    return `${child.cell(name)} AS r${i}, ${asStored(asStored(child.cell(name), own), of)} AS k${i}`;
  });
  const parentCells = key.parentColumns.map(
    (name, i) => `${asStored(parent.cell(name), (kinds[i] as (typeof kinds)[number]).parent)} AS k${i}`,
  );
  const collations = collationsOf(table, key.parentColumns);
  // A document may give many rows one value, and each of its children all of them: one is enough to see that it waits.
  const isKey = key.parentColumns.every((name) => table.key.columns.includes(name));
  const grouped = collations.map((collation, i) => `k${i} COLLATE ${quote(collation)}`);
  const once =
    isKey && table.key.columns.length === key.parentColumns.length ? "" : ` GROUP BY ${grouped.join(", ")}`;
  const same = key.columns.map((_, i) => `p.k${i} COLLATE ${quote(collations[i] as string)} = c.k${i}`);
  const set = key.columns.map((name) => `${pointing.cell(name)} IS NOT NULL`);
  const wanted = [
    made ? joinBalanced(set, "AND") : isOrphan(key, pointing),
    ...(any === "forward" ? ["(c.seq, c.part, c.n) < (p.seq, p.part, p.n)"] : []),
  ];
  const [found, end] =
    any === undefined
      ? [
          "c.seq, c.part, group_concat(concat_ws(' ', c.n, p.seq, p.part, p.n), ',')",
          `GROUP BY c.seq, c.part, c.n / ${ROWS_AT_ONCE}`,
        ]
      : ["1", "LIMIT 1"];
  return {
    sql: `SELECT ${found}
      FROM (SELECT s.seq AS seq, s.part AS part, s.n AS n, ${childCells.join(", ")} FROM ${child.from} LIMIT -1) AS c
      CROSS JOIN (SELECT s.seq AS seq, s.part AS part, s.n AS n, ${parentCells.join(", ")} FROM ${parent.from}${once} LIMIT -1) AS p
        ON ${same.join(" AND ")}
      WHERE ${wanted.join(" AND ")} ${end}`,
    params: params.values,
  };
}

/** True where all of the keys point to the column by which the rows are known, so that the rows' order says enough. */
export function pointToKey({ key }: LiveTable, keys: readonly ForeignKey[]): boolean {
  return (
    key.columns.length === 1 &&
    keys.every(({ parentColumns: [column, ...others] }) => column === key.columns[0] && others.length === 0)
  );
}

/** Of each part of rows whose keys `pointToKey`: its place, the least and the largest key, and how many rows point ahead or have other keys than integers. */
export function selectKeyRanges(rows: IncomingRows, keys: readonly ForeignKey[]): Statement {
  const params = new Params();
  const { table } = rows.staged;
  const { from, cell } = placed(rows, params);
  const columns = keys.map((key) => key.columns[0] as string);
  const cells = columns.map((name, i) => `${cell(name)} AS c${i}`);
  const ahead = columns.flatMap((_, i) => [
    `typeof(s.c${i}) NOT IN ('integer', 'null')`,
    `ifnull(s.c${i} > s.k, 0)`,
  ]);
  return {
    sql: `SELECT s.seq, s.part, min(s.k), max(s.k), sum(${joinBalanced(["typeof(s.k) <> 'integer'", ...ahead], "OR")})
      FROM (SELECT s.seq AS seq, s.part AS part, ${cell(table.key.columns[0] as string)} AS k, ${cells.join(", ")} FROM ${from} LIMIT -1) AS s
      GROUP BY s.seq, s.part ORDER BY s.seq, s.part`,
    params: params.values,
  };
}

/** Rows with their places. What a row does not give is its column's default. */
function placed(rows: IncomingRows, params: Params): Pick<ShapeSql, "from" | "cell"> {
  const absent = defaultsOf(rows.staged.table);
  const sql = shapeSql({ ...rows, absent, placed: true }, params);
  return { from: sql.from, cell: (name) => (sql.has(name) ? sql.cell(name) : absent(name)) };
}

function affinityIn(table: LiveTable, name: string): Affinity {
  const column = columnNamed(table, name);
  return column === undefined ? "none" : affinityOf(column.type, table);
}

/**
 * A value as a column of an affinity has it. A number that a text writes otherwise than JSON does, such as 007, is left a text: what
 * refers to it would then be refused by the guard of its transaction.
 */
function asStored(cell: string, affinity: Affinity): string {
  if (affinity === "none") return cell;
  if (affinity === "text")
    return `CASE WHEN typeof(${cell}) IN ('integer', 'real') THEN CAST(${cell} AS TEXT) ELSE ${cell} END`;
  return `CASE WHEN typeof(${cell}) = 'text' AND ${cell} GLOB '[-0-9]*' AND json_valid(${cell}) THEN CAST(${cell} AS NUMERIC) ELSE ${cell} END`;
}

/** By which SQLite compares what points to the columns with them. */
function collationsOf(table: LiveTable, columns: readonly string[]): string[] {
  const index = table.uniqueIndexes.find(
    (one) =>
      !one.partial &&
      one.columns.length === columns.length &&
      columns.every((name) => one.columns.includes(name)),
  );
  return columns.map((name) => {
    const at = index?.columns.indexOf(name) ?? -1;
    return (at < 0 ? table.keyCollations?.get(name) : index?.collations[at]) ?? "BINARY";
  });
}
