import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { runProgram } from "../measure/program.ts";

const SEED = fileURLToPath(new URL("../../examples/community-pulse/scripts/seed.js", import.meta.url));

/** Rows of the example app's data at scale 1: seven tables, 15 indexes on the widest. */
export const COMMUNITY_ROWS = 25_537;

/** Tables that an export leaves out unless they are asked for: no import would have them. */
const LEFT_OUT = ["sessions", "users"];

/** The example app's database with about so many rows, as a SQLite file. One that is there already is taken. */
export async function seedCommunity(path: string, rows: number): Promise<void> {
  if (existsSync(path)) return;
  const scale = Math.max(1, Math.round(rows / COMMUNITY_ROWS));
  const partial = `${path}.partial`;
  await rm(partial, { force: true });
  await runProgram(process.execPath, [SEED, "--sqlite", partial, "--scale", String(scale)]);
  const database = new DatabaseSync(partial);
  for (const name of LEFT_OUT) database.exec(`DROP TABLE ${name}`);
  database.close();
  await rename(partial, path);
}
