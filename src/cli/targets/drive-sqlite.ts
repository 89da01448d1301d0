import type { ByteSource } from "../../archive/types.ts";
import { createBudget } from "../../budget.ts";
import type { SqliteDatabase } from "../../database/node-sqlite.ts";
import { readSchema } from "../../database/schema.ts";
import { advanceRun } from "../../sync/advance-run.ts";
import { readPlanDetails, withDetails } from "../../sync/plan/index.ts";
import { type AddedColumns, type RunReport, recordsIn } from "../../sync/run/index.ts";
import type { ImageStore } from "../../sync/undo/image-store.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { explainFileFailure } from "../places/sqlite-failure.ts";
import type { World } from "../world.ts";
import type { DriveOptions, DriveProgress, RunOutcome } from "./target.ts";
import { waitForLock } from "./wait-for-lock.ts";

/** Milliseconds of work between two looks at the bar and at Ctrl-C. */
const STEP_MS = 250;

export interface SqliteRun {
  database: SqliteDatabase;
  source: ByteSource;
  key: string;
  options: DriveOptions;
  /** For messages. */
  path: string;
  /** The database has no tables of its own. */
  empty: boolean;
  /** Where rows are kept as they were; null for nowhere. */
  images: ImageStore | null;
  /** The key of the run whose changes it takes back. */
  undoes: string | undefined;
  /** An undo has gone by the same rows before. */
  takenBefore: boolean;
  /** What the transaction has added that the connection holds; null where it holds none. */
  added: AddedColumns | null;
}

export interface DriveSqliteOptions {
  world: Pick<World, "signal" | "now">;
  onProgress(progress: DriveProgress): void;
}

/** Advances the run a step at a time until it is completed, or with `dryRun` planned. */
export async function driveSqlite(
  run: SqliteRun,
  { world, onProgress }: DriveSqliteOptions,
): Promise<RunOutcome> {
  const { database, source, key, options, path } = run;
  const images = run.images === null ? {} : { images: run.images };
  const added = run.added === null ? {} : { added: run.added };
  const { undoes, takenBefore } = run;
  const settings = {
    ...options,
    ...creation(run),
    ...images,
    ...added,
    undoes,
    takenBefore,
    temporary: true,
  };
  let position = "";
  let moved = true;
  for (;;) {
    throwIfInterrupted(world.signal);
    // Only a step that moves is cut short: a plan that takes longer would start over for ever.
    const budget = createBudget(moved ? { ms: STEP_MS } : {});
    const advance = () => advanceRun(database, source, key, { ...settings, budget });
    const report = await waitForLock(advance, { key, world }).catch((error: unknown) => {
      throw explainFileFailure(path, error);
    });
    const { status, progress } = report;
    if (status === "completed") return outcomeOf(report);
    if (options.dryRun && status === "planned") return withRows(database, outcomeOf(report), key);
    onProgress({ phase: status, records: recordsIn(status, progress), ...progress });
    const now = JSON.stringify([status, progress]);
    moved = now !== position;
    position = now;
  }
}

/** After a kill nothing would tell which tables were created and still lack their indexes: so all at once. */
function creation({ options, empty, added }: SqliteRun): Pick<DriveOptions, "create" | "atomic"> {
  const create = empty ? "all" : options.create;
  const isWhole = added !== null || (create !== undefined && create !== false);
  const atomic = isWhole && options.atomic === "never" ? "auto" : options.atomic;
  return { ...(create === undefined ? {} : { create }), ...(atomic === undefined ? {} : { atomic }) };
}

/** The outcome with some rows of its plan. */
async function withRows(database: SqliteDatabase, outcome: RunOutcome, run: string): Promise<RunOutcome> {
  const { plan } = outcome;
  if (plan === null) return outcome;
  const asked = { tables: Object.keys(plan.tables), samples: true };
  const details = await readPlanDetails(database, { schema: await readSchema(database), run }, asked);
  return { ...outcome, plan: withDetails(plan, details) };
}

function outcomeOf(report: RunReport): RunOutcome {
  const { version, plan, results, unchanged, verified, verification, notes, images } = report;
  const status = report.status === "completed" ? "completed" : "planned";
  const undo = status === "completed" ? (images.at(-1)?.key ?? null) : null;
  const common = { status, version, plan, results, verified, verification, notes, undo } as const;
  return { ...common, ...(unchanged ? { unchanged } : {}) };
}
