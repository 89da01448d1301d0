import type { Database, Value } from "../../src/database/port.ts";
import { literal, quote } from "../../src/database/sql/syntax.ts";

/** All that a database shows, each cell by its class and its bytes. Equal looks are equal databases. */
export interface Look {
  /** Rows of each table, and of each full-text table with text of its own, sorted. */
  tables: Record<string, string[]>;
  sequences: string[];
  /** Which rows each full-text table finds, by word. */
  found: Record<string, string>;
  schema: string[];
}

const OWN = /^(_cf_|_ferry_|seed_history$|sqlite_autoindex_seed_history|sqlite_sequence$)/;
const WORDS = ["apple", "pear", "plum", "a", "b", "nowhere"];
/** Of a result, which may have 100 columns; a cell takes two. */
const CELLS_PER_QUERY = 45;

export async function look(database: Database): Promise<Look> {
  const schema = (await database.query({
    sql: "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema ORDER BY type, name",
  })) as [string, string, string, string][];
  const list = (await database.query({
    sql: `SELECT l.name, l.type, l.wr, (SELECT json_group_array(json_array(x.name, x.pk)) FROM pragma_table_xinfo(l.name) x WHERE x.hidden <> 1)
      FROM pragma_table_list l WHERE l.schema = 'main' AND l.type IN ('table', 'virtual')
      AND l.name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY l.name`,
  })) as [string, string, number, string][];
  const seen: Look = { tables: Object.create(null), sequences: [], found: Object.create(null), schema: [] };
  seen.schema = schema
    .filter(([, name, table]) => !OWN.test(name) && !OWN.test(table))
    .map((row) => row.join(" "));
  for (const [name, type, withoutRowid, text] of list) {
    if (OWN.test(name) || name.startsWith("sqlite_")) continue;
    const columns = JSON.parse(text) as [string, number][];
    const names = columns.map(([column]) => quote(column));
    const keyed = columns.some(([, pk]) => pk > 0);
    // A full-text table has a hidden column of its own name.
    const rowid = freeRowid([name, ...columns.map(([column]) => column)]);
    if (withoutRowid === 0 && !keyed && rowid !== null) names.unshift(rowid);
    if (type === "virtual") seen.found[name] = await search(database, name, rowid ?? "oid");
    seen.tables[name] = await readRows(database, name, names);
  }
  if (list.some(([name]) => name === "sqlite_sequence")) {
    const rows = await database.query({
      sql: "SELECT name, CAST(seq AS TEXT) FROM sqlite_sequence WHERE seq <> 0 ORDER BY name",
    });
    seen.sequences = rows.filter(([name]) => !OWN.test(String(name))).map((row) => row.join(" "));
  }
  return seen;
}

function freeRowid(names: readonly string[]): string | null {
  const taken = new Set(names.map((name) => name.toLowerCase()));
  return ["rowid", "_rowid_", "oid"].find((name) => !taken.has(name)) ?? null;
}

async function search(database: Database, name: string, rowid: string): Promise<string> {
  const found = WORDS.map(
    (word) =>
      `(SELECT group_concat(id) FROM (SELECT ${rowid} AS id FROM ${quote(name)} WHERE ${quote(name)} MATCH ${literal(word)} ORDER BY id)) AS ${word}`,
  );
  const [row] = await database.query({ sql: `SELECT ${found.join(", ")}` });
  return JSON.stringify(row);
}

async function readRows(database: Database, table: string, cells: readonly string[]): Promise<string[]> {
  const rows: string[][] = [];
  for (let i = 0; i < cells.length; i += CELLS_PER_QUERY) {
    const slice = cells.slice(i, i + CELLS_PER_QUERY);
    const sql = `SELECT ${slice.flatMap((cell, n) => [`${shown(cell)} AS s${n}`, `${finite(cell)} AS r${n}`]).join(", ")} FROM ${quote(table)} NOT INDEXED`;
    // A full-text table knows no NOT INDEXED hint.
    const read = await database.query({ sql: sql.replace(/ NOT INDEXED$/, "") });
    for (const [n, row] of read.entries()) {
      rows[n] ??= [];
      for (let cell = 0; cell < slice.length; cell++)
        rows[n].push(`${row[2 * cell]}${bits(row[2 * cell + 1]!)}`);
    }
  }
  return rows.map((row) => row.join(" | ")).sort();
}

/** Class and bytes; of a REAL what no result carries: its infinity, its negative zero. */
function shown(cell: string): string {
  return `typeof(${cell}) || ' ' || CASE typeof(${cell}) WHEN 'null' THEN '' WHEN 'integer' THEN ${cell}
    WHEN 'real' THEN CASE WHEN ${cell} > 1.7976931348623157e308 THEN 'inf' WHEN ${cell} < -1.7976931348623157e308 THEN '-inf'
      WHEN ${cell} = 0 AND atan2(${cell}, -1) < 0 THEN '-0' ELSE '' END
    ELSE hex(${cell}) END`;
}

function finite(cell: string): string {
  return `CASE WHEN typeof(${cell}) = 'real' AND abs(${cell}) <= 1.7976931348623157e308 AND ${cell} <> 0 THEN ${cell} END`;
}

/** A double's bits, which leave nothing to how it is printed. */
function bits(value: Value): string {
  return typeof value === "number" ? new BigUint64Array(Float64Array.of(value).buffer)[0]!.toString(16) : "";
}
