import { DatabaseSync } from "node:sqlite";
import { quote } from "../../src/database/sql/syntax.ts";
import type { ByHandInput } from "../worker/by-hand.ts";
import type { TaskWork } from "./task.ts";

/** Rows that are inserted: each takes as long as the one before. */
export const BY_HAND_ROWS = 1_000;

/** Rows of the largest table, one statement each, as people write it. */
export const byHandTask: TaskWork = async ({ worker, part }, { seed }) => {
  const body = JSON.stringify(firstRows(seed as string));
  const response = await part("inserts", () => fetch(`${worker.url}/by-hand`, { method: "POST", body }));
  if (!response.ok) throw new Error(`The rows were refused: ${await response.text()}`);
  return undefined;
};

function firstRows(path: string): ByHandInput {
  const database = new DatabaseSync(path, { readOnly: true });
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .all() as { name: string }[];
  const count = (name: string) =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${quote(name)}`).get()?.n);
  const [table] = tables.map(({ name }) => name).sort((a, b) => count(b) - count(a)) as [string];
  const rows = database.prepare(`SELECT * FROM ${quote(table)} LIMIT ?`).all(BY_HAND_ROWS);
  database.close();
  return { table, rows: rows as ByHandInput["rows"] };
}
