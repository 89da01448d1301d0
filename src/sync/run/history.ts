import type { Database, Statement } from "../../database/port.ts";
import { HISTORY, RUNS } from "./control-tables.ts";

/** One table at one version, as it was recorded when it was applied. */
export interface HistoryEntry {
  seedName: string;
  seedVersion: number;
  recordCount: number;
  /** As the table keeps it: milliseconds since 1970, or the app's own text. */
  appliedAt: number | string;
}

/**
 * Records one row a table. Counts are what the run's results, made in the same transaction, say.
 * `replaced` says that rows of this version may be there, which a forced sync writes anew.
 */
export function historyStatements(run: string, version: number, now: number, replaced: boolean): Statement[] {
  const results = `FROM ${RUNS} AS run, json_each('[' || run.results || ']') AS entry WHERE run.key = ?1`;
  const table = "entry.value ->> 1";
  const forget: Statement = {
    sql: `DELETE FROM ${HISTORY} WHERE seed_version = CAST(?2 AS INTEGER) AND seed_name IN (SELECT ${table} ${results})`,
    params: [run, version],
  };
  const record: Statement = {
    sql: `INSERT INTO ${HISTORY} (seed_name, seed_version, record_count, applied_at)
        SELECT ${table}, CAST(?2 AS INTEGER),
          sum(iif(entry.value ->> 0 = 'rows', (entry.value ->> 2) - ifnull(entry.value ->> 5, 0), 0)), CAST(?3 AS INTEGER)
        ${results} GROUP BY ${table}`,
    params: [run, version, now],
  };
  return replaced ? [forget, record] : [record];
}

/** The history, newest version first. Empty when the database has none. */
export async function readHistory(database: Database): Promise<HistoryEntry[]> {
  const known = await database.query({
    sql: "SELECT 1 FROM sqlite_schema WHERE name = ?1",
    params: [HISTORY],
  });
  if (known.length === 0) return [];
  const rows = await database.query({
    sql: `SELECT seed_name, seed_version, record_count, applied_at FROM ${HISTORY} ORDER BY seed_version DESC, seed_name`,
  });
  return (rows as [string, number, number, number | string][]).map(
    ([seedName, seedVersion, recordCount, appliedAt]) => ({
      seedName,
      seedVersion,
      recordCount,
      appliedAt,
    }),
  );
}
