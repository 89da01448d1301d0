import type { Database, Statement } from "../../database/port.ts";
import type { LiveSchema } from "../../database/schema.ts";

/**
 * d1-ferry's own tables in the target. They make a run resumable by anyone: its record, the
 * frames that wait to be applied, and the lists of rows that its plan is. Their constraints are its guards, for a failing statement is the
 * only thing that stops a D1 batch:
 * - a frame's key (run, seq, part) stages it once, also with two drivers
 * - `applied` may not pass 1: of two drivers that apply, the second is rolled back
 * - `frames_through` moves on from where the driver saw it: the same for a transaction of a few frames
 * - `remaining` must be 0: rows that differ after the apply roll it back
 * - `undeclared` must be 0: objects of the schema that changed, and that the run does not make
 * - `moved` must be 0: rows that the plan writes over, and that are no longer as it saw them
 * - `orphans` must be 0: rows that point to nothing. Left to the commit, a broken foreign key would
 *   cost the connection in workerd ("internal error") and not say what it is
 */
export interface ControlOptions {
  /** Keep them in the connection's temporary schema: nothing stays in the database, and nothing resumes. @default false */
  temporary?: boolean;
}

export const RUNS = "_ferry_runs";

export const FRAMES = "_ferry_frames";

/** What a plan does: the staged rows that it writes, and the live ones that it writes over. */
export const CHANGES = "_ferry_changes";

/** True in SQL for a row of `_ferry_frames` that holds keys without a row. */
export const HOLDS_GONE = "ifnull(shape ->> '$.gone', 0)";

/** True for one that holds what a run made of rows whose before-images these are. */
export const HOLDS_MADE = "ifnull(shape ->> '$.made', 0)";

/** Rows in it, keys without a row not among them. */
export const ROW_COUNT = `iif(${HOLDS_GONE}, 0, row_count)`;

/** Cells that are staged by themselves. */
export const CELLS = "_ferry_cells";

export const HISTORY = "seed_history";

export const GUARD_APPLIED = "ferry_applied_once";

export const GUARD_FRAME = "ferry_frame_applied_once";

export const GUARD_ORPHANS = "ferry_no_orphans";

export const GUARD_REMAINING = "ferry_nothing_remains";

export const GUARD_SCHEMA = "ferry_nothing_undeclared";

export const GUARD_PLAN = "ferry_nothing_moved";

/** What `frames_through` is set to, and refuses, where another driver has moved it. */
export const MOVED = "moved";

const RUNS_BODY = `(
  key TEXT PRIMARY KEY NOT NULL,
  status TEXT NOT NULL,
  record TEXT NOT NULL,
  results TEXT,
  applied INTEGER NOT NULL DEFAULT 0 CONSTRAINT ${GUARD_APPLIED} CHECK (applied <= 1),
  frames_through TEXT CONSTRAINT ${GUARD_FRAME} CHECK (frames_through IS NOT '${MOVED}'),
  remaining INTEGER NOT NULL DEFAULT 0 CONSTRAINT ${GUARD_REMAINING} CHECK (remaining = 0),
  orphans INTEGER NOT NULL DEFAULT 0 CONSTRAINT ${GUARD_ORPHANS} CHECK (orphans = 0),
  undeclared INTEGER NOT NULL DEFAULT 0 CONSTRAINT ${GUARD_SCHEMA} CHECK (undeclared = 0),
  moved INTEGER NOT NULL DEFAULT 0 CONSTRAINT ${GUARD_PLAN} CHECK (moved = 0),
  driver TEXT,
  lease_until INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
)`;

const FRAMES_BODY = `(
  run TEXT NOT NULL,
  seq INTEGER NOT NULL,
  part INTEGER NOT NULL,
  tbl TEXT NOT NULL,
  shape TEXT NOT NULL,
  codes TEXT NOT NULL,
  row_count INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  position TEXT NOT NULL,
  rows TEXT NOT NULL,
  UNIQUE (run, seq, part)
)`;

const CHANGES_BODY = `(
  run TEXT NOT NULL,
  list TEXT NOT NULL,
  seq INTEGER NOT NULL,
  part INTEGER NOT NULL,
  piece INTEGER NOT NULL,
  tbl TEXT NOT NULL,
  shape TEXT NOT NULL,
  codes TEXT NOT NULL,
  row_count INTEGER NOT NULL,
  updates INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  rows TEXT,
  UNIQUE (run, list, seq, part, piece)
)`;

const CELLS_BODY = `(
  run TEXT NOT NULL,
  id TEXT NOT NULL,
  piece INTEGER NOT NULL,
  value BLOB NOT NULL,
  UNIQUE (run, id, piece)
)`;

const HISTORY_BODY = `(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  seed_name TEXT NOT NULL,
  seed_version INTEGER NOT NULL,
  record_count INTEGER NOT NULL,
  applied_at INTEGER NOT NULL,
  UNIQUE (seed_name, seed_version)
)`;

const TABLES_AT_ONCE = 4;

/** The tables that hold what a run has waiting, by its key in `run`. */
export const WAITING = [FRAMES, CHANGES, CELLS] as const;

/** Makes the tables that are missing; what it ran is counted by the caller's wrapper. Returns statements sent. */
export async function ensureControlTables(
  database: Database,
  schema: LiveSchema,
  { temporary = false }: ControlOptions = {},
): Promise<number> {
  const missing: Statement[] = [];
  const create = (name: string, body: string) => {
    if (temporary) missing.push({ sql: `CREATE TEMP TABLE IF NOT EXISTS ${name} ${body}` });
    else if (!schema.tables.has(name)) missing.push({ sql: `CREATE TABLE IF NOT EXISTS ${name} ${body}` });
  };
  create(RUNS, RUNS_BODY);
  create(FRAMES, FRAMES_BODY);
  create(CHANGES, CHANGES_BODY);
  create(CELLS, CELLS_BODY);
  if (!temporary) create(HISTORY, HISTORY_BODY);
  // A few at a time: something in front of the database may refuse large batches.
  for (let i = 0; i < missing.length; i += TABLES_AT_ONCE)
    await database.batch(missing.slice(i, i + TABLES_AT_ONCE));
  return missing.length;
}

/** True when the database has carried a run before. */
export function hasControlTables(schema: LiveSchema): boolean {
  return [RUNS, FRAMES, CHANGES].every((name) => schema.tables.has(name));
}
