import type { Statement } from "../../../database/port.ts";
import type { ForeignKey, LiveTable } from "../../../database/schema.ts";
import { Params } from "../../../database/sql/params.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { type ConflictRules, cellOnceParentIsThere, differs, withoutConflict } from "../../compare/index.ts";
import type { Mode } from "../../run/index.ts";
import {
  hasKey,
  keyMatches,
  type StagedShape,
  type StagedTable,
  shapeSql,
  stagedCell,
} from "../../stage/index.ts";
import { wideInsertStatements } from "./wide-insert.ts";

export interface UpsertOptions {
  /** Columns that an INSERT may select. */
  maxColumns: number;
  /** Foreign keys in which the rows point only to what is there already. @default none */
  pendingKeys?: readonly ForeignKey[] | undefined;
}

/** Inserts the rows of one shape, and in every mode but `insert` updates those that are there and differ. */
export function upsertStatements(
  rules: ConflictRules,
  staged: StagedTable,
  shape: StagedShape,
  { maxColumns, pendingKeys = [] }: UpsertOptions,
): Statement[] {
  const upsert = { rules, staged, shape, pendingKeys };
  return shape.columns.length > maxColumns ? wideUpsert(upsert) : [upsertStatement(upsert)];
}

interface Upsert {
  rules: ConflictRules;
  staged: StagedTable;
  shape: StagedShape;
  pendingKeys: readonly ForeignKey[];
}

function upsertStatement({ rules, staged, shape, pendingKeys }: Upsert): Statement {
  const { table } = staged;
  const params = new Params();
  const ragged = shape.ragged === true && hasKey(staged, shape);
  const own = (column: string) => `own.${quote(column)}`;
  const sql = shapeSql(rules.run, staged, shape, params, absentValues(table, ragged ? own : null));
  // What a row lacks stays as it is, and the upsert can only be told so as a value.
  const joined = ragged ? ` LEFT JOIN ${quote(table.name)} AS own ON ${keyMatches("own", table, sql)}` : "";
  const insert = `INSERT INTO ${quote(table.name)} AS live (${shape.columns.map(quote).join(", ")})
    SELECT ${shape.columns.map((name) => cellOnceParentIsThere(sql, pendingKeys, name)).join(", ")} FROM ${sql.from}${joined} WHERE 1`;
  const skip = skipCondition(rules, staged, shape, params);
  return {
    sql: `${insert}${skip} ${onKeyConflict(table, shape, rules.mode, "live")}`,
    params: params.values,
  };
}

function wideUpsert({ rules, staged, shape, pendingKeys }: Upsert): Statement[] {
  const { table } = staged;
  const params = new Params();
  const row = (absent: (column: string) => string) => ({
    cell: (column: string) => stagedCell(shape, "NEW", column, absent),
  });
  const known = keyMatches(
    "own",
    table,
    row(() => "NULL"),
  );
  const own = (column: string) =>
    `(SELECT own.${quote(column)} FROM ${quote(table.name)} AS own WHERE ${known})`;
  const ragged = shape.ragged === true && hasKey(staged, shape);
  const incoming = row(absentValues(table, ragged ? own : null));
  const sql = shapeSql(rules.run, staged, shape, params);
  const select = `SELECT s.v, s.run FROM ${sql.from} WHERE 1${skipCondition(rules, staged, shape, params)}`;
  const values = shape.columns.map((name) => cellOnceParentIsThere(incoming, pendingKeys, name));
  return wideInsertStatements({
    select: { sql: select, params: params.values },
    insert: `INSERT INTO ${quote(table.name)} (${shape.columns.map(quote).join(", ")}) VALUES (${values.join(", ")})
      ${onKeyConflict(table, shape, rules.mode, quote(table.name))}`,
  });
}

function skipCondition(
  rules: ConflictRules,
  staged: StagedTable,
  shape: StagedShape,
  params: Params,
): string {
  return rules.onConflict === "skip" ? ` AND ${withoutConflict(staged, shape, rules, params)}` : "";
}

/** What a row gets in a column that its document does not give: what is there (`own`), else the default. */
function absentValues(
  { columns, key }: LiveTable,
  own: ((column: string) => string) | null,
): (name: string) => string {
  return (name) => {
    const dflt = columns.find((column) => column.name === name)?.default ?? "NULL";
    if (own === null) return `(${dflt})`;
    return `iif(${own(key.columns[0] as string)} IS NULL, (${dflt}), ${own(name)})`;
  };
}

/** `live` is what the statement calls the table. */
function onKeyConflict(table: LiveTable, shape: StagedShape, mode: Mode, live: string): string {
  const { columns: key } = table.key;
  if (!hasKey({ table }, shape)) return "";
  const target = `ON CONFLICT (${key.map(quote).join(", ")})`;
  // A key's own columns are set too: its collation may take different texts for the same key.
  const isColumn = (name: string) => table.columns.some((column) => column.name === name);
  const set = shape.columns.filter((name) => isColumn(name) && !isRowid(table, name));
  if (mode === "insert" || set.length === 0) return `${target} DO NOTHING`;
  const different = differs(table, shape, (column) => `${live}.${column}`, {
    cell: (name) => `excluded.${quote(name)}`,
    converted: true,
  });
  return `${target} DO UPDATE SET ${set.map((name) => `${quote(name)} = excluded.${quote(name)}`).join(", ")} WHERE ${different}`;
}

function isRowid(table: LiveTable, name: string): boolean {
  return table.key.kind === "rowid" ? table.key.columns.includes(name) : table.rowidAlias === name;
}
