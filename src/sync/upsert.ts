import type { Statement } from "../database/port.ts";
import type { ForeignKey, LiveTable } from "../database/schema.ts";
import { quote } from "../database/sql.ts";
import { differs } from "./compare.ts";
import { type ConflictRules, withoutConflict } from "./conflicts.ts";
import { openCell } from "./open-keys.ts";
import { Params } from "./params.ts";
import { hasKey, keyMatches, type StagedShape, type StagedTable, shapeSql } from "./staged.ts";
import type { Mode } from "./types.ts";

/**
 * Inserts the rows of one shape, and in every mode but `insert` updates those that are there and differ.
 * In `open` foreign keys the rows point only to what is there already.
 */
export function upsertStatement(
  rules: ConflictRules,
  staged: StagedTable,
  shape: StagedShape,
  open: readonly ForeignKey[] = [],
): Statement {
  const { run, mode, onConflict } = rules;
  const { table } = staged;
  const params = new Params();
  const ragged = shape.ragged === true && hasKey(staged, shape);
  const sql = shapeSql(run, staged, shape, params, (column) => absentValue(table, column, ragged));
  // What a row lacks stays as it is, and the upsert can only be told so as a value.
  const own = ragged ? ` LEFT JOIN ${quote(table.name)} AS own ON ${keyMatches("own", table, sql)}` : "";
  const skip = onConflict === "skip" ? ` AND ${withoutConflict(staged, shape, rules, params)}` : "";
  const insert = `INSERT INTO ${quote(table.name)} AS live (${shape.columns.map(quote).join(", ")})
    SELECT ${shape.columns.map((name) => openCell(sql, open, name)).join(", ")} FROM ${sql.from}${own} WHERE 1${skip}`;
  return { sql: `${insert} ${onKeyConflict(table, shape, mode)}`, params: params.values };
}

/** What a row gets in a column that its document does not give: what is there, else the default. */
function absentValue({ columns, key }: LiveTable, name: string, ragged: boolean): string {
  const dflt = columns.find((column) => column.name === name)?.default ?? "NULL";
  if (!ragged) return `(${dflt})`;
  return `iif(own.${quote(key.columns[0] as string)} IS NULL, (${dflt}), own.${quote(name)})`;
}

function onKeyConflict(table: LiveTable, shape: StagedShape, mode: Mode): string {
  const { columns: key } = table.key;
  if (!hasKey({ table }, shape)) return "";
  const target = `ON CONFLICT (${key.map(quote).join(", ")})`;
  // A key's own columns are set too: its collation may take different texts for the same key.
  const isColumn = (name: string) => table.columns.some((column) => column.name === name);
  const set = shape.columns.filter((name) => isColumn(name) && !isRowid(table, name));
  if (mode === "insert" || set.length === 0) return `${target} DO NOTHING`;
  const different = differs(table, shape, (column) => `live.${column}`, {
    cell: (name) => `excluded.${quote(name)}`,
    converted: true,
  });
  return `${target} DO UPDATE SET ${set.map((name) => `${quote(name)} = excluded.${quote(name)}`).join(", ")} WHERE ${different}`;
}

function isRowid(table: LiveTable, name: string): boolean {
  if (table.withoutRowid || table.key.columns.length !== 1 || table.key.columns[0] !== name) return false;
  const isInteger = ({ name: own, type }: { name: string; type: string }) =>
    own === name && type.toUpperCase() === "INTEGER";
  return table.key.kind === "rowid" || table.columns.some(isInteger);
}
