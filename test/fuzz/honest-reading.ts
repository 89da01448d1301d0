import { DatabaseSync } from "node:sqlite";
import { isTagged } from "../../src/archive/cells.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { quote } from "../../src/database/sql/syntax.ts";
import { type Look, look } from "../property/look.ts";
import { TARGET } from "./subject.ts";

/**
 * What a target has to hold after a merge of this text, read by JSON.parse and written row by row; null
 * when the text cannot be read that way.
 */
export async function honestReading(text: string): Promise<Look | null> {
  const sqlite = new DatabaseSync(":memory:");
  try {
    for (const sql of TARGET) sqlite.exec(sql);
    const triggers = sqlite.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
    for (const { name } of triggers) sqlite.exec(`DROP TRIGGER ${name}`);
    sqlite.exec("BEGIN; PRAGMA defer_foreign_keys = on");
    const document = JSON.parse(text, keepDigits) as { data: Record<string, Record<string, unknown>[]> };
    for (const [table, rows] of Object.entries(document.data)) {
      for (const row of keyedFirst(table, rows)) write(sqlite, table, row);
    }
    sqlite.exec("COMMIT");
    for (const { sql } of triggers) sqlite.exec(sql as string);
    return await look(sqliteDatabase(sqlite));
  } catch {
    return null;
  } finally {
    sqlite.close();
  }
}

const KEYS: Record<string, string[]> = {
  authors: ["id"],
  posts: ["id"],
  pairs: ["a", "b"],
  keyless: ["rowid"],
  mine: ["id"],
};

/** A row without a key is added behind all others, and takes no key that one of them brings. */
function keyedFirst(table: string, rows: Record<string, unknown>[]): Record<string, unknown>[] {
  const key = KEYS[table.toLowerCase()] ?? [];
  const isKeyed = (row: Record<string, unknown>) => {
    const columns = Object.keys(row).map((name) => name.toLowerCase());
    return key.every((column) => columns.includes(column));
  };
  return [...rows.filter(isKeyed), ...rows.filter((row) => !isKeyed(row))];
}

function write(sqlite: DatabaseSync, table: string, row: Record<string, unknown>): void {
  const name = Object.keys(KEYS).find((known) => known === table.toLowerCase()) ?? table;
  const columns = Object.keys(row);
  const values = columns.map((column) => expression(row[column]));
  const set = columns.map((column) => `${quote(column)} = excluded.${quote(column)}`);
  const key = KEYS[name];
  if (columns.length === 0) throw new Error("A row of nothing");
  const known = key?.every((column) => columns.some((own) => own.toLowerCase() === column)) ?? false;
  // The rowid is no column to be set.
  const assigned = set.filter((assignment) => !assignment.startsWith('"rowid"'));
  const conflict = !known
    ? ""
    : `ON CONFLICT (${key!.join(", ")}) DO ${assigned.length === 0 ? "NOTHING" : `UPDATE SET ${assigned.join(", ")}`}`;
  sqlite
    .prepare(
      `INSERT INTO ${quote(name)} (${columns.map(quote).join(", ")}) VALUES (${values.map(({ sql }) => sql).join(", ")}) ${conflict}`,
    )
    .run(...values.map(({ value }) => value));
}

/** A cell as SQL and what is bound to it. */
function expression(cell: unknown): { sql: string; value: string | number | bigint | Uint8Array | null } {
  if (typeof cell === "bigint" || cell === null || typeof cell === "string") return { sql: "?", value: cell };
  if (typeof cell === "number") {
    return Number.isInteger(cell) && Number.isSafeInteger(cell)
      ? { sql: "?", value: BigInt(cell) }
      : { sql: "?", value: cell };
  }
  if (typeof cell === "boolean") return { sql: "?", value: cell ? 1n : 0n };
  const [[tag, value] = ["", null], ...more] = Object.entries(cell as object);
  // A malformed tag is an object like any other.
  if (more.length === 0 && typeof value === "string" && isTagged(cell)) {
    if (tag === "$int") return { sql: "?", value: BigInt(value) };
    if (tag === "$real") return { sql: "?", value: Number(value) };
    if (tag === "$blob") return { sql: "?", value: Buffer.from(value, "base64") };
    if (tag === "$text") return { sql: "CAST(? AS TEXT)", value: Buffer.from(value, "base64") };
  }
  return { sql: "?", value: JSON.stringify(cell, withDigits) };
}

/** What `keepDigits` made of a long integer, as it stood. */
function withDigits(_: string, value: unknown): unknown {
  const { rawJSON } = JSON as JSON & { rawJSON(text: string): unknown };
  return typeof value === "bigint" ? rawJSON(String(value)) : value;
}

/** JSON.parse rounds long integers, and says what stood there. */
function keepDigits(_: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? "";
  if (typeof value !== "number" || Number.isSafeInteger(value) || !/^-?\d+$/.test(source)) return value;
  return BigInt.asIntN(64, BigInt(source)) === BigInt(source) ? BigInt(source) : value;
}
