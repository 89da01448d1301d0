import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { runProgram } from "../measure/program.ts";

const SEED = fileURLToPath(new URL("../../examples/community-pulse/scripts/seed.js", import.meta.url));

/** The example app's database at a scale, as a SQLite file. One that is there already is taken. */
export async function seedSqlite(path: string, scale: number): Promise<void> {
  if (existsSync(path)) return;
  const partial = `${path}.partial`;
  await rm(partial, { force: true });
  await runProgram(process.execPath, [SEED, "--sqlite", partial, "--scale", String(scale)]);
  await rename(partial, path);
}

/** A new database at `path` with the tables of another, and no rows. */
export async function copySchema(from: string, path: string): Promise<void> {
  await rm(path, { force: true });
  const source = new DatabaseSync(from, { readOnly: true });
  const target = new DatabaseSync(path);
  const objects = source
    .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid")
    .all() as { sql: string }[];
  for (const { sql } of objects) target.exec(sql);
  source.close();
  target.close();
}
