import type { Database, Statement } from "../../database/port.ts";
import { HISTORY, RUNS } from "./control-tables.ts";
import { ENTRY, RESULT_ENTRIES } from "./count-entry.ts";

/** One table at one version, as it was recorded when it was applied. */
export interface HistoryEntry {
  seedName: string;
  seedVersion: number;
  recordCount: number;
  /** As the table keeps it: milliseconds since 1970, or the app's own text. */
  appliedAt: number | string;
}

export interface RecordedVersion {
  run: string;
  /** Null for the one that the run's record has. */
  version: number | null;
  /** Milliseconds since 1970. */
  now: number;
  /** Rows of this version may be there, and are written anew, as a forced sync does. */
  replaced: boolean;
}

/**
 * In SQL, the version behind the highest of the history. One that an undo took out of the history is not given to other
 * rows: undoing the undo brings it back.
 */
export const NEXT_VERSION = `(SELECT ifnull(max(version), 0) + 1 FROM (SELECT max(seed_version) AS version FROM ${HISTORY}
    UNION ALL SELECT max(record ->> '$.version') FROM ${RUNS} WHERE record ->> '$.undoneBy' IS NOT NULL))`;

/** Has the run's record take the next version, in the transaction that writes its rows. */
export const TAKE_NEXT_VERSION = `record = json_set(record, '$.version', ${NEXT_VERSION})`;

/** The version that a run would take now. */
export async function readNextVersion(database: Database): Promise<number> {
  const [row] = await database.query({ sql: `SELECT ${NEXT_VERSION}` });
  return row?.[0] as number;
}

/** Removes what the history has of the tables of a run at a version. */
export function forgetHistory({ run, version }: { run: string; version: number }): Statement {
  const results = `FROM ${RESULT_ENTRIES} WHERE run.key = ?1`;
  return {
    sql: `DELETE FROM ${HISTORY} WHERE seed_version = CAST(?2 AS INTEGER) AND seed_name IN (SELECT ${ENTRY.table} ${results})`,
    params: [run, version],
  };
}

/** Records one row a table. Counts are what the run's results, made in the same transaction, say. */
export function historyStatements({ run, version, now, replaced }: RecordedVersion): Statement[] {
  const results = `FROM ${RESULT_ENTRIES} WHERE run.key = ?1`;
  const record: Statement = {
    sql: `INSERT INTO ${HISTORY} (seed_name, seed_version, record_count, applied_at)
        SELECT ${ENTRY.table}, CAST(ifnull(?2, run.record ->> '$.version') AS INTEGER),
          sum(iif(${ENTRY.kind} = 'rows', (${ENTRY.attempted}) - ifnull(${ENTRY.skipped}, 0), 0)), CAST(?3 AS INTEGER)
        ${results} GROUP BY ${ENTRY.table}`,
    params: [run, version, now],
  };
  return replaced && version !== null ? [forgetHistory({ run, version }), record] : [record];
}

/** A table at the highest version that the history has of it. */
export interface LiveVersion {
  table: string;
  version: number;
  /** As in the history. */
  appliedAt: number | string;
}

/** What is live: each table once, by its name. */
export function liveVersions(history: readonly HistoryEntry[]): LiveVersion[] {
  const highest = new Map<string, HistoryEntry>();
  for (const entry of history) {
    const known = highest.get(entry.seedName);
    if (known === undefined || entry.seedVersion > known.seedVersion) highest.set(entry.seedName, entry);
  }
  return [...highest.values()]
    .map(({ seedName, seedVersion, appliedAt }) => ({ table: seedName, version: seedVersion, appliedAt }))
    .sort((one, other) => (one.table < other.table ? -1 : 1));
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
