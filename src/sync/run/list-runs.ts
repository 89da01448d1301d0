import type { Database } from "../../database/port.ts";
import { readSchema } from "../../database/schema.ts";
import { FerryError } from "../../errors.ts";
import { byteAt } from "../source/index.ts";
import { FRAMES, hasControlTables, ROW_COUNT, RUNS, WAITING } from "./control-tables.ts";
import { reportOf } from "./describe-run.ts";
import { isHeld } from "./lease.ts";
import { rebuildLeft } from "./left-indexes.ts";
import type { RunReport } from "./report.ts";
import { SET_NOTHING_STAGED } from "./status.ts";
import { loadRun, loadRuns } from "./stored-runs.ts";

/** Where a run stands; null when the database knows no such run. */
export async function readRun(database: Database, key: string): Promise<RunReport | null> {
  if (!hasControlTables(await readSchema(database))) return null;
  const run = await loadRun(database, key);
  if (run === null) return null;
  const [row] = await database.query({
    sql: `SELECT sum(${ROW_COUNT}), count(DISTINCT tbl), (SELECT json_array(tbl, json(position)) FROM ${FRAMES} WHERE run = ?1 ORDER BY seq DESC, part DESC LIMIT 1)
      FROM ${FRAMES} WHERE run = ?1`,
    params: [key],
  });
  const [rows, tables, last] = row as [number | null, number, string | null];
  const [current, position] = JSON.parse(last ?? "[null, null]") as [string | null, unknown];
  return reportOf(run, { rows: rows ?? 0, bytes: byteAt(position), tables, current });
}

/** The runs that the database remembers, newest first, 100 at the most. */
export async function listRuns(database: Database): Promise<RunReport[]> {
  if (!hasControlTables(await readSchema(database))) return [];
  return (await loadRuns(database)).map((run) => reportOf(run));
}

export interface DropOptions {
  /** Keep what the run came to, its reason for failing above all; forget only what it staged. @default false */
  keepRecord?: boolean | undefined;
  /** Milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined;
}

/**
 * Forgets a run and what it staged. True when there was one. Rows it applied stay. Rejects with
 * `RUN_LOCKED` while a driver works on it.
 */
export async function dropRun(database: Database, key: string, options: DropOptions = {}): Promise<boolean> {
  const { keepRecord = false, now = Date.now } = options;
  const schema = await readSchema(database);
  if (!hasControlTables(schema)) return false;
  const run = await loadRun(database, key);
  const free = `key = ?1 AND NOT ${isHeld("?2")}`;
  const params = [key, now()];
  const ending = keepRecord
    ? `UPDATE ${RUNS} SET ${SET_NOTHING_STAGED} WHERE ${free}`
    : `DELETE FROM ${RUNS} WHERE ${free}`;
  const isFree = { sql: `EXISTS (SELECT 1 FROM ${RUNS} WHERE ${free})`, params };
  const results = await database.batch([
    ...rebuildLeft(run, schema, isFree),
    ...WAITING.map((table) => ({
      ...isFree,
      sql: `DELETE FROM ${table} WHERE run = ?1 AND ${isFree.sql}`,
    })),
    { sql: ending, params },
  ]);
  if ((results.at(-1)?.changes ?? 0) > 0) return true;
  if ((await loadRun(database, key)) === null) return false;
  throw new FerryError("RUN_LOCKED", "A driver works on this run. It was not dropped.", {
    hint: "Call again when it has stopped; one that died loses its lock after 10 s.",
    details: { syncKey: key, lockedBy: key },
  });
}
