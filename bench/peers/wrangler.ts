import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ProgramRun, runProgram } from "../measure/program.ts";
import { DATABASE_ID } from "../worker/start.ts";

const WRANGLER = fileURLToPath(new URL("../../node_modules/wrangler/bin/wrangler.js", import.meta.url));

const QUIET = { WRANGLER_SEND_METRICS: "false", CI: "1", NO_COLOR: "1" };

/** A project of wrangler's in `folder`. Answers the directory of its state, which is not made. */
export async function createProject(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const database = { binding: "DB", database_name: DATABASE_ID, database_id: DATABASE_ID };
  const config = { name: "bench", compatibility_date: "2026-10-01", d1_databases: [database] };
  await writeFile(join(folder, "wrangler.json"), JSON.stringify(config));
  return join(folder, ".wrangler", "state", "v3");
}

/** `wrangler d1 export --local`, in a project's folder. */
export function wranglerExport(folder: string, sql: string): Promise<ProgramRun> {
  return wrangler(folder, ["export", DATABASE_ID, "--local", "--skip-confirmation", "--output", sql]);
}

/** `wrangler d1 execute --local --file`, in a project's folder. */
export function wranglerExecute(folder: string, sql: string): Promise<ProgramRun> {
  return wrangler(folder, ["execute", DATABASE_ID, "--local", "--yes", "--file", sql]);
}

/** `wrangler d1 execute --local --command "SELECT 1"`: its start and its end. */
export function wranglerSelect(folder: string): Promise<ProgramRun> {
  return wrangler(folder, ["execute", DATABASE_ID, "--local", "--yes", "--command", "SELECT 1"]);
}

function wrangler(folder: string, args: readonly string[]): Promise<ProgramRun> {
  return runProgram(process.execPath, [WRANGLER, "d1", ...args], { cwd: folder, env: QUIET });
}
