import type { Database } from "../../database/port.ts";
import { literal } from "../../database/sql/syntax.ts";
import type { ErrorCode } from "../../errors.ts";
import { FRAMES, RUNS } from "./control-tables.ts";
import { readResults } from "./describe-run.ts";
import type { KeptImages } from "./kept-images.ts";
import type { Mode } from "./options.ts";
import type { RunDetails } from "./record.ts";
import type { LeftRows, RunStatus, TableResult } from "./report.ts";
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
  /** It is completed, and there was nothing to write. */
  unchanged: boolean;
  undoes: string | null;
  undoneBy: string | null;
  /** Rows that an undo left as they were: this run itself, or the one that took it back; null where there are none. */
  left: LeftRows | null;
  /** The archives of rows as they were before it, the oldest first. */
  images: KeptImages[];
  /** Nothing of it is staged, and nobody has gone on with it since. */
  unowned: boolean;
  /** It was asked to keep none. */
  keepsNone: boolean;
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
  unchanged: "$.unchanged",
  undoes: "$.undoes",
  undoneBy: "$.undoneBy",
  earlier: "$.earlier",
  images: "$.images",
  undo: "$.request.undo",
} as const;

/** As JSON has them: null also where the record has no such part. */
type Told = Pick<PastRun, Exclude<keyof typeof TOLD, "left" | "earlier" | "images" | "undo" | "unchanged">> &
  Pick<RunDetails, "earlier"> & {
    images: KeptImages[] | null;
    undo: boolean | null;
    unchanged: boolean | null;
  };

/** A run that nobody has to go on with. */
const ENDED: ReadonlySet<RunStatus> = new Set<RunStatus>(["completed", "refused", "failed"]);

export interface PastRunsAsked {
  limit: number;
  /** Only theirs. @default everybody's */
  owner?: string | undefined;
  /** Only these. @default all */
  keys?: readonly string[] | undefined;
  /** Only the one that keeps the archive of this key. @default all */
  keeping?: string | undefined;
  /** Only those that somebody could go on with: not at their end, and not dropped. @default all */
  open?: boolean | undefined;
  /** Only those behind the run of this key. @default from the newest on */
  before?: string | undefined;
}

/**
 * The newest runs that the database remembers, newest first; none in one that has not carried any. Two
 * statements, which read no staged rows.
 */
export async function readPastRuns(
  database: Database,
  { limit, owner, keys, keeping, open = false, before }: PastRunsAsked,
): Promise<PastRun[]> {
  const known = await database.query({
    sql: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name IN (?1, ?2)",
    params: [RUNS, FRAMES],
  });
  if (known.length < 2) return [];
  const told = Object.entries(TOLD).map(([member, path]) => `'${member}', record -> '${path}'`);
  const rows = await database.query({
    sql: `SELECT key, status, applied, driver IS NULL, frames_through IS NOT NULL, started_at,
        iif(applied > 0, results, NULL), json_object(${told.join(", ")}), iif(record ->> '$.undoneBy' IS NULL, record -> '$.plan.left',
          (SELECT undo.record -> '$.plan.left' FROM ${RUNS} AS undo WHERE undo.key = ${RUNS}.record ->> '$.undoneBy'))
      FROM ${RUNS} WHERE (?2 IS NULL OR record ->> '$.owner' = ?2)
        AND (?3 IS NULL OR key IN (SELECT value FROM json_each(?3)))
        AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(record, '$.images') AS i WHERE i.value ->> '$.key' = ?4))
        AND (?6 IS NULL OR (-started_at, key) > (SELECT -started_at, key FROM ${RUNS} WHERE key = ?6))
        AND (?5 = 0 OR driver IS NOT NULL AND status NOT IN (${[...ENDED].map(literal).join(", ")}))
      ORDER BY started_at DESC, key LIMIT ?1`,
    params: [
      limit,
      owner ?? null,
      keys === undefined ? null : JSON.stringify(keys),
      keeping ?? null,
      open ? 1 : 0,
      before ?? null,
    ],
  });
  return rows.map(readPastRun);
}

function readPastRun(row: unknown[]): PastRun {
  const [key, stored, applied, unowned, begun, startedAt, results, record, leftRows] = row;
  const { earlier, images, undo, unchanged, ...told } = JSON.parse(record as string) as Told;
  const status = asStored(stored as RunStatus, applied === 1);
  return {
    key: key as string,
    status,
    unowned: unowned === 1,
    dropped: unowned === 1 && !ENDED.has(status),
    partly: (begun === 1 || hasWritten({ earlier: earlier ?? [] })) && applied === 0,
    results: results === null ? null : readResults(results as string, told.mode, earlier),
    startedAt: startedAt as number,
    ...told,
    unchanged: unchanged === true,
    left: readLeft(leftRows as string | null),
    images: images ?? [],
    keepsNone: undo === false,
  };
}

/** Null where no row was left. */
function readLeft(text: string | null): LeftRows | null {
  const left = text === null ? null : (JSON.parse(text) as LeftRows);
  return left !== null && left.edited + left.held > 0 ? left : null;
}
