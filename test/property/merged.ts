import { DatabaseSync } from "node:sqlite";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { literal, quote } from "../../src/database/sql/syntax.ts";
import type { Mode } from "../../src/sync/run/options.ts";
import type { Example } from "./example.ts";
import { type Look, look } from "./look.ts";

export interface MergeOf {
  /** Makes the tables, and what belongs to them; its rows are not looked at. */
  example: Example;
  /** SQLite files with the rows of both sides. */
  source: string;
  target: string;
  mode: Mode;
  keyless: "refuse" | "append";
  /** Whether a table takes part. */
  takes(table: string): boolean;
}

interface Shape {
  name: string;
  columns: string[];
  /** Each as an expression over a row of the target (`a`) and one of the source (`b`): both are the same row. */
  sameKey: string;
  /** The rowid, where nothing else tells its rows apart. */
  keyless: string | null;
  /** Its rows are compared: D1's hundred terms hold each column, and the class of each without a type. */
  comparable: boolean;
}

/**
 * What a target has to hold after a sync, put together row by row in an empty database that keeps all
 * its constraints; null when they refuse it, and the sync has to be refused as well.
 */
export async function merged(of: MergeOf): Promise<Look | null> {
  const { example, source, target, mode, takes } = of;
  const model = new DatabaseSync(":memory:");
  try {
    for (const sql of [...example.tables, ...example.indexes]) model.exec(sql);
    model.exec(`ATTACH ${literal(source)} AS s; ATTACH ${literal(target)} AS t`);
    const shapes = readShapes(model);
    const appends = (shape: Shape) =>
      of.keyless === "append" &&
      mode !== "mirror" &&
      takes(shape.name) &&
      shape.keyless !== null &&
      shape.comparable;
    const merges = (shape: Shape) => mode === "merge" && takes(shape.name) && !appends(shape);
    if (shapes.some((shape) => merges(shape) && wouldReplace(model, shape))) return null;
    try {
      model.exec("BEGIN; PRAGMA defer_foreign_keys = on");
      for (const shape of shapes) {
        const fill = appends(shape) ? appended(model, shape) : fillStatements(shape, mode, takes(shape.name));
        model.exec(fill.join(";"));
      }
      liftSequences(model, takes);
      model.exec("COMMIT");
    } catch (error) {
      // A smaller example may lack the table that another one points to, which is no answer.
      if (/no such table|foreign key mismatch/.test(String(error))) throw error;
      return null;
    }
    for (const sql of example.rest) model.exec(sql);
    return await look(sqliteDatabase(model));
  } finally {
    model.close();
  }
}

/** True where a row of the source has the rowid of another one of the target. */
function wouldReplace(model: DatabaseSync, { name, columns, sameKey, keyless }: Shape): boolean {
  if (keyless === null) return false;
  const differ = columns
    .map(quote)
    .map(
      (column) =>
        `(a.${column} COLLATE BINARY IS NOT b.${column} OR typeof(a.${column}) <> typeof(b.${column}))`,
    );
  const sql = `SELECT 1 FROM t.${quote(name)} AS a JOIN s.${quote(name)} AS b ON ${sameKey} WHERE ${differ.join(" OR ")}`;
  return model.prepare(sql).get() !== undefined;
}

/** The target's rows, and each of the source's as often as they lack it; into an empty table with its rowid. */
function appended(model: DatabaseSync, { name, columns, keyless }: Shape): string[] {
  const table = quote(name);
  const copy = (from: string, list: string, where = "") =>
    `INSERT INTO main.${table} (${list}) SELECT ${list} FROM ${from}.${table} ${where}`;
  const all = columns.map(quote).join(", ");
  if (model.prepare(`SELECT 1 FROM t.${table}`).get() === undefined) return [copy("s", all)];
  const own = columns.slice(1).map(quote);
  const same = own
    .map(
      (column) => `a.${column} COLLATE BINARY IS b.${column} AND typeof(a.${column}) = typeof(b.${column})`,
    )
    .join(" AND ");
  const nth = `SELECT count(*) FROM s.${table} AS a WHERE ${same} AND a.${keyless} <= b.${keyless}`;
  const times = `SELECT count(*) FROM t.${table} AS a WHERE ${same}`;
  return [copy("t", all), copy("s", own.join(", "), `AS b WHERE (${nth}) > (${times}) ORDER BY ${keyless}`)];
}

function fillStatements({ name, columns, sameKey }: Shape, mode: Mode, taken: boolean): string[] {
  const table = quote(name);
  const list = columns.map(quote).join(", ");
  const copy = (from: string, where = "") =>
    `INSERT INTO main.${table} (${list}) SELECT ${list} FROM ${from}.${table} ${where}`;
  const others = `AS a WHERE NOT EXISTS (SELECT 1 FROM s.${table} AS b WHERE ${sameKey})`;
  const missing = `AS b WHERE NOT EXISTS (SELECT 1 FROM t.${table} AS a WHERE ${sameKey})`;
  if (!taken) return [copy("t")];
  if (mode === "mirror") return [copy("s")];
  return mode === "merge" ? [copy("t", others), copy("s")] : [copy("t"), copy("s", missing)];
}

function readShapes(model: DatabaseSync): Shape[] {
  const tables = model
    .prepare(
      `SELECT name, wr, type FROM pragma_table_list l WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all() as { name: string; wr: number; type: string }[];
  return tables.map(({ name, wr, type }) => {
    const all = model
      .prepare(
        "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?, 'main') WHERE hidden <> 1 ORDER BY cid",
      )
      .all(name) as {
      name: string;
      type: string;
      pk: number;
      hidden: number;
    }[];
    const columns = all.filter(({ hidden }) => hidden === 0);
    const collations = model
      .prepare(
        `SELECT x.name, x.coll FROM pragma_index_list(?, 'main') i JOIN pragma_index_xinfo(i.name, 'main') x WHERE i.origin = 'pk' AND x.key = 1`,
      )
      .all(name) as { name: string; coll: string }[];
    const names = columns.map((column) => column.name);
    const taken = new Set(all.map((column) => column.name.toLowerCase()));
    const rowid = ["rowid", "_rowid_", "oid"].find((own) => !taken.has(own));
    const key = columns.filter(({ pk }) => pk > 0).map((column) => column.name);
    const nulls = key.map((own) => `${quote(own)} IS NULL`).join(" OR ");
    const hasNulls =
      key.length > 0 && model.prepare(`SELECT 1 FROM s.${quote(name)} WHERE ${nulls}`).get() !== undefined;
    const untyped = all.filter((column) => column.type === "" || /BLOB/i.test(column.type));
    const comparable = all.length + untyped.length <= 98;
    const byRowid = (key.length === 0 || hasNulls) && wr === 0 && rowid !== undefined;
    if (byRowid)
      return {
        name,
        columns: [rowid, ...names],
        sameKey: `a.${quote(rowid)} = b.${quote(rowid)}`,
        keyless: key.length === 0 && type === "table" ? quote(rowid) : null,
        comparable,
      };
    const same = key.map((own) => {
      const collation = collations.find((one) => one.name === own)?.coll;
      return `a.${quote(own)} ${collation === undefined ? "" : `COLLATE ${collation}`} = b.${quote(own)}`;
    });
    return { name, columns: names, sameKey: same.join(" AND "), keyless: null, comparable };
  });
}

function liftSequences(model: DatabaseSync, takes: (table: string) => boolean): void {
  for (const side of ["t", "s"]) {
    const has = model.prepare(`SELECT 1 FROM ${side}.sqlite_schema WHERE name = 'sqlite_sequence'`).get();
    if (has === undefined) continue;
    const statement = model.prepare(`SELECT name, seq FROM ${side}.sqlite_sequence`);
    statement.setReadBigInts(true);
    for (const { name, seq } of statement.all() as { name: string; seq: bigint }[]) {
      if (side === "s" && !takes(name)) continue;
      const known = model.prepare("SELECT 1 FROM main.sqlite_sequence WHERE name = ?").get(name);
      if (known === undefined) model.prepare("INSERT INTO main.sqlite_sequence VALUES (?, ?)").run(name, seq);
      else model.prepare("UPDATE main.sqlite_sequence SET seq = max(seq, ?) WHERE name = ?").run(seq, name);
    }
  }
}
