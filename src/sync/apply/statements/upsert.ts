import type { Statement } from "../../../database/port.ts";
import { hiddenRowid, isKnownByRowid, type LiveTable } from "../../../database/schema.ts";
import { Params } from "../../../database/sql/params.ts";
import { joinBalanced, quote } from "../../../database/sql/syntax.ts";
import {
  type ConflictRules,
  cellOnceParentIsThere,
  columnDiffers,
  defaultsOf,
  type KeyToRow,
} from "../../compare/index.ts";
import { hasKey, type IncomingRows, keyMatches, shapeSql, stagedCell } from "../../stage/index.ts";
import { appendStatement } from "./append.ts";
import { carriedRowid, type IncomingSql, takenLast } from "./carried-rowid.ts";
import { wideInsertStatements } from "./wide-insert.ts";

export interface UpsertOptions {
  /** Columns that an INSERT may select. */
  maxColumns: number;
  /** The columns that an update writes: an index is written only if one of its columns is. @default all of the rows */
  changed?: readonly string[] | undefined;
  /** Foreign keys that are left empty as long as the row that they point to is not there. @default none */
  emptyKeys?: readonly KeyToRow[] | undefined;
}

/** Inserts listed rows, and in every mode but `insert` updates those that are there. */
export function upsertStatements(
  rows: IncomingRows,
  rules: ConflictRules,
  { maxColumns, changed = rows.shape.columns, emptyKeys = [] }: UpsertOptions,
): Statement[] {
  if (rows.shape.appends === true) return [appendStatement(rows, maxColumns)];
  const upsert = { rows, rules, changed, emptyKeys };
  return rows.shape.columns.length > maxColumns ? wideUpsert(upsert) : [upsertStatement(upsert)];
}

interface Upsert {
  rows: IncomingRows;
  rules: ConflictRules;
  changed: readonly string[];
  emptyKeys: readonly KeyToRow[];
}

function upsertStatement(upsert: Upsert): Statement {
  const { rows } = upsert;
  const { table } = rows.staged;
  const { columns } = rows.shape;
  const params = new Params();
  const own = (column: string) => `own.${quote(column)}`;
  const ragged = isRagged(rows);
  const sql = shapeSql({ ...rows, absent: absentValues(table, ragged ? own : null) }, params);
  // What a row lacks stays as it is, and the upsert can only be told so as a value.
  const joined = ragged ? ` LEFT JOIN ${quote(table.name)} AS own ON ${keyMatches("own", table, sql)}` : "";
  const incoming = { ...sql, run: "s.run" };
  const insert = `INSERT OR ABORT INTO ${quote(table.name)} AS live (${columns.map(quote).join(", ")})
    SELECT ${columns.map((name) => incomingCell(upsert, incoming, name)).join(", ")} FROM ${sql.from}${joined} WHERE 1${inOrder(upsert, incoming)}`;
  return { sql: `${insert} ${onKeyConflict(upsert, "live")}`, params: params.values };
}

function wideUpsert(upsert: Upsert): Statement[] {
  const { rows } = upsert;
  const { table } = rows.staged;
  const { columns } = rows.shape;
  const params = new Params();
  const row = (absent: (column: string) => string) => ({
    cell: (column: string) => stagedCell(rows.shape, column, { row: "NEW", absent }),
  });
  const known = keyMatches(
    "own",
    table,
    row(() => "NULL"),
  );
  const own = (column: string) =>
    `(SELECT own.${quote(column)} FROM ${quote(table.name)} AS own WHERE ${known})`;
  const incoming = row(absentValues(table, isRagged(rows) ? own : null));
  const sql = shapeSql(rows, params);
  const select = `SELECT s.v, s.run FROM ${sql.from} WHERE 1`;
  const values = columns.map((name) => incomingCell(upsert, { ...incoming, run: "NEW.run" }, name));
  return wideInsertStatements({
    select: { sql: select, params: params.values },
    insert: `INSERT OR ABORT INTO ${quote(table.name)} (${columns.map(quote).join(", ")}) VALUES (${values.join(", ")})
      ${onKeyConflict(upsert, quote(table.name))}`,
  });
}

/** What a row gets in a column. */
function incomingCell({ rows: { staged }, emptyKeys }: Upsert, sql: IncomingSql, name: string): string {
  return hiddenRowid(staged.table) === name
    ? carriedRowid(staged, sql, name)
    : cellOnceParentIsThere(sql, emptyKeys, name);
}

function inOrder({ rows: { staged, shape } }: Upsert, sql: IncomingSql): string {
  const rowid = hiddenRowid(staged.table);
  if (rowid === null || !shape.columns.includes(rowid)) return "";
  return ` ORDER BY ${takenLast(carriedRowid(staged, sql, rowid))}`;
}

/** True where rows may lack some of the columns, and have a live row that keeps its own. */
function isRagged(rows: IncomingRows): boolean {
  return rows.shape.ragged === true && hasKey(rows);
}

/** What a row gets in a column that its document does not give: what is there (`own`), else the default. */
function absentValues(table: LiveTable, own: ((column: string) => string) | null): (name: string) => string {
  const defaultOf = defaultsOf(table);
  if (own === null) return defaultOf;
  const isNew = `${own(table.key.columns[0] as string)} IS NULL`;
  return (name) => `iif(${isNew}, ${defaultOf(name)}, ${own(name)})`;
}

/** `live` is what the statement calls the table. */
function onKeyConflict({ rows, rules: { mode }, changed }: Upsert, live: string): string {
  const { table } = rows.staged;
  const { columns: key } = table.key;
  if (!hasKey(rows)) return "";
  const target = `ON CONFLICT (${key.map(quote).join(", ")})`;
  // A key's own columns are set too: its collation may take different texts for the same key.
  const isColumn = (name: string) => table.columns.some((column) => column.name === name);
  const set = rows.shape.columns.filter(
    (name) => changed.includes(name) && isColumn(name) && !isRowid(table, name),
  );
  // What the app has put under a rowid since the plan is another row, and the guard sees it.
  const foreign = mode === "merge" && isKnownByRowid(table);
  if (mode === "insert" || foreign || set.length === 0) return `${target} DO NOTHING`;
  const excluded = { cell: (name: string) => `excluded.${quote(name)}` };
  const different = joinBalanced(
    set.flatMap((name) => columnDiffers(rows, name, { incoming: excluded, stored: live, converted: true })),
    "OR",
  );
  return `${target} DO UPDATE SET ${set.map((name) => `${quote(name)} = excluded.${quote(name)}`).join(", ")} WHERE ${different}`;
}

function isRowid(table: LiveTable, name: string): boolean {
  return table.key.kind === "rowid" ? table.key.columns.includes(name) : table.rowidAlias === name;
}
