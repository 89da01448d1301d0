import type { Database } from "../../database/port.ts";
import type { ErrorCode } from "../../errors.ts";
import { FRAMES, RUNS } from "./control-tables.ts";
import { readResults } from "./describe-run.ts";
import type { Mode } from "./options.ts";
import type { RunDetails } from "./record.ts";
import type { RunStatus, TableResult } from "./report.ts";
import { hasWritten } from "./set-back.ts";
import { asStored } from "./status.ts";

/** A run as the history tells it. */
export interface PastRun {
  key: string;
  status: RunStatus;
  /** What it had staged was removed before it came to an end. */
  dropped: boolean;
  /** It did not end, and a part of its rows is in the tables. */
  partly: boolean;
  /** Whose it is; null where nobody said. */
  owner: string | null;
  /** Where its rows are from, as the archive says; null where it says nothing. */
  source: { engine: string; name?: string } | null;
  mode: Mode;
  version: number | null;
  /** What was counted in the transaction that wrote the rows; null where they are not all committed. */
  results: Record<string, TableResult> | null;
  code: ErrorCode | null;
  error: string | null;
  /** Milliseconds since 1970. */
  startedAt: number;
  completedAt: number | null;
  undoes: string | null;
  undoneBy: string | null;
}

/** The parts of a record that the history tells, by where they stand: a plan and its SQL are not read. */
const TOLD = {
  owner: "$.owner",
  source: "$.source",
  mode: "$.request.mode",
  version: "$.version",
  code: "$.error.code",
  error: "$.error.error",
  completedAt: "$.completedAt",
  undoes: "$.undoes",
  undoneBy: "$.undoneBy",
  earlier: "$.earlier",
} as const;

/** As JSON has them: null also where the record has no such part. */
type Told = Pick<PastRun, Exclude<keyof typeof TOLD, "earlier">> & Pick<RunDetails, "earlier">;

export interface PastRunsAsked {
  limit: number;
  /** Only theirs. @default everybody's */
  owner?: string | undefined;
}

/**
 * The newest runs that the database remembers, newest first; none in one that has not carried any. Two
 * statements, which read no staged rows.
 */
export async function readPastRuns(database: Database, { limit, owner }: PastRunsAsked): Promise<PastRun[]> {
  const known = await database.query({
    sql: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name IN (?1, ?2)",
    params: [RUNS, FRAMES],
  });
  if (known.length < 2) return [];
  const told = Object.entries(TOLD).map(([member, path]) => `'${member}', record -> '${path}'`);
  const rows = await database.query({
    sql: `SELECT key, status, applied, driver IS NULL, frames_through IS NOT NULL, started_at,
        iif(applied > 0, results, NULL), json_object(${told.join(", ")})
      FROM ${RUNS} WHERE ?2 IS NULL OR record ->> '$.owner' = ?2 ORDER BY started_at DESC, key LIMIT ?1`,
    params: [limit, owner ?? null],
  });
  return rows.map(readPastRun);
}

const ENDED: ReadonlySet<RunStatus> = new Set<RunStatus>(["completed", "refused", "failed"]);

function readPastRun([key, stored, applied, unowned, begun, startedAt, results, record]: unknown[]): PastRun {
  const { earlier, ...told } = JSON.parse(record as string) as Told;
  const status = asStored(stored as RunStatus, applied === 1);
  return {
    key: key as string,
    status,
    dropped: unowned === 1 && !ENDED.has(status),
    partly: (begun === 1 || hasWritten({ earlier: earlier ?? [] })) && applied === 0,
    results: results === null ? null : readResults(results as string, told.mode, earlier),
    startedAt: startedAt as number,
    ...told,
  };
}
