import type { Database } from "../../src/database/port.ts";
import { quote } from "../../src/database/sql/syntax.ts";

/** Each table's rows, a text for each cell with its storage class: equal dumps are equal databases. */
export type Dump = Record<string, string[][]>;

const NOT_A_USERS = /^(_cf_|sqlite_|_ferry_|seed_history$)/;

/**
 * Every cell of every user table, in key order; rowids too where they identify the rows. Of D1's own tables, such as
 * the one that a session leaves, it may not even know the columns.
 */
export async function dumpTables(database: Database): Promise<Dump> {
  const tables = await database.query({
    sql: `SELECT l.name, l.wr, (SELECT json_group_array(x.name) FROM pragma_table_xinfo(l.name) x),
      (SELECT count(*) FROM pragma_table_xinfo(l.name) x WHERE x.pk > 0)
      FROM pragma_table_list l WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
      ORDER BY l.name`,
  });
  const dump: Dump = Object.create(null);
  for (const [name, withoutRowid, columns, keyed] of tables as [string, number, string, number][]) {
    if (NOT_A_USERS.test(name)) continue;
    const names = JSON.parse(columns) as string[];
    const cells = names.map((column) => exact(quote(column)));
    if (keyed === 0 && withoutRowid === 0 && !names.includes("rowid")) cells.unshift(exact("rowid"));
    const rows = await database.query({ sql: `SELECT ${slices(cells)} FROM ${quote(name)}` });
    dump[name] = (rows as string[][]).sort((a, b) => (a.join("\0") < b.join("\0") ? -1 : 1));
  }
  return dump;
}

/** Tables, indexes, triggers and views as SQLite keeps them, d1-ferry's own aside. */
export async function dumpSchema(database: Database): Promise<string[]> {
  const rows = await database.query({
    sql: "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema ORDER BY type, name",
  });
  return (rows as string[][]).filter(([, , table]) => !NOT_A_USERS.test(table!)).map((row) => row.join(" "));
}

function exact(column: string): string {
  return `typeof(${column}) || ' ' || CASE typeof(${column}) WHEN 'text' THEN hex(${column}) ELSE quote(${column}) END`;
}

/** Ten cells a result column, for a result may have 100 columns and an expression a depth of 100. */
function slices(cells: readonly string[]): string {
  const joined: string[] = [];
  for (let i = 0; i < cells.length; i += 10) {
    joined.push(`concat_ws(char(10), ${cells.slice(i, i + 10).join(", ")}) AS "s${i}"`);
  }
  return joined.join(", ");
}
