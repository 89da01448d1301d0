import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";

/** What the sqlite3 shell does, where there is none: `node node-sqlite.ts dump|load DATABASE`. */
const [action, path] = process.argv.slice(2);
const database = new DatabaseSync(path as string);
if (action === "dump") dump();
else await load();
database.close();

function dump(): void {
  writeSync(1, "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n");
  const objects = database
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'")
    .all() as { type: string; name: string; sql: string }[];
  for (const { name, sql } of objects.filter(({ type }) => type === "table")) {
    writeSync(1, `${sql.replaceAll("\n", " ")};\n`);
    dumpRows(name);
  }
  for (const { sql } of objects.filter(({ type }) => type !== "table")) {
    writeSync(1, `${sql.replaceAll("\n", " ")};\n`);
  }
  writeSync(1, "COMMIT;\n");
}

function dumpRows(table: string): void {
  const columns = database.prepare("SELECT name FROM pragma_table_info(?)").all(table) as { name: string }[];
  // A newline in a text would end the line.
  const values = columns.map(({ name }) => `replace(quote("${name}"), char(10), '''||char(10)||''')`);
  const insert = `INSERT INTO "${table}" VALUES(`;
  let lines = "";
  const rows = database.prepare(`SELECT ${values.join(" || ',' || ")} AS line FROM "${table}"`);
  for (const { line } of rows.iterate() as Iterable<{ line: string }>) {
    lines += `${insert}${line});\n`;
    if (lines.length < 65_536) continue;
    writeSync(1, lines);
    lines = "";
  }
  writeSync(1, lines);
}

async function load(): Promise<void> {
  let batch = "";
  for await (const line of createInterface({ input: process.stdin })) {
    batch += `${line}\n`;
    if (batch.length < 65_536) continue;
    database.exec(batch);
    batch = "";
  }
  database.exec(batch);
}
