import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../migrations/", import.meta.url);

/** The migration files in order, each as its statements. Ours end every statement with ";" and a newline. */
export function readMigrations() {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, statements: splitStatements(readFileSync(new URL(name, FOLDER), "utf8")) }));
}

const splitStatements = (sql) =>
  sql
    .split(/;\s*\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
