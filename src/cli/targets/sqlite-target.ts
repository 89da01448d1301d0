import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import type { ByteSource } from "../../archive/types.ts";
import { createBudget } from "../../budget.ts";
import { advanceRun } from "../../sync/advance-run.ts";
import type { RunReport } from "../../sync/run/index.ts";
import { recordsIn } from "../../sync/run/index.ts";
import { UsageError } from "../exit.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { explainFileFailure, isEmpty, openSqlite } from "../places/open-sqlite.ts";
import type { World } from "../world.ts";
import type { RunOutcome, Target } from "./target.ts";
import { waitForLock } from "./wait-for-lock.ts";

/** Milliseconds of staging between two looks at the bar and at Ctrl-C. */
const STEP_MS = 250;

export interface SqliteTargetOptions {
  /** Plan only: leave nothing in the file, and make none. */
  dryRun: boolean;
}

/**
 * The engine on a SQLite file, no server in between. A database without tables gets the archive's
 * own; a file that is not there is made, and removed again unless the run completes. Nothing of
 * d1-ferry stays in the file, and tables are made in one transaction: of a killed run it has all or none.
 */
export async function sqliteTarget(
  path: string,
  source: ByteSource,
  world: Pick<World, "signal" | "now">,
  { dryRun }: SqliteTargetOptions,
): Promise<Target> {
  const isNew = !existsSync(path);
  const database = openSqlite(isNew && dryRun ? ":memory:" : path);
  const empty = await isEmpty(database);
  // A copy holds what its source holds, also rows that point to nothing: SQLite files often do not
  // keep their foreign keys.
  if (empty) await database.query({ sql: "PRAGMA foreign_keys = off" });
  let completed = false;
  return {
    kind: "sqlite",
    name: isNew ? `${path} (a new file)` : path,
    host: basename(path),
    async drive(key, options, onProgress) {
      const create = options.create || empty;
      // Of a killed run nothing tells later which tables it made and had not given their indexes yet.
      const atomic = create && options.atomic === "never" ? "auto" : options.atomic;
      const settings = { ...options, create, atomic, temporary: true };
      let place = "";
      let moved = true;
      for (;;) {
        throwIfInterrupted(world.signal);
        // Only what moves is cut short: a plan that takes longer would be begun anew for ever.
        const budget = createBudget(moved ? { ms: STEP_MS } : {});
        const report = await waitForLock(key, world, () =>
          advanceRun(database, source, key, { ...settings, budget }),
        ).catch((error: unknown) => {
          throw explainFileFailure(path, error);
        });
        completed = report.status === "completed";
        if (completed || (options.dryRun && report.status === "planned")) return landingOf(report);
        onProgress({
          phase: report.status,
          records: recordsIn(report.status, report.progress),
          ...report.progress,
        });
        const now = JSON.stringify([report.status, report.progress]);
        moved = now !== place;
        place = now;
      }
    },
    // Its run lives in this connection alone: no other driver has begun it.
    async confirmedPlan() {
      return null;
    },
    async handOver() {
      throw new UsageError("--background is for apps: nothing else goes on without this command");
    },
    async completed() {
      return null;
    },
    async drop() {},
    async close() {
      database.close();
      if (!isNew || completed || dryRun) return;
      for (const suffix of ["", "-wal", "-shm", "-journal"]) await rm(path + suffix, { force: true });
    },
  };
}

function landingOf({ status, version, plan, results, verified, notes }: RunReport): RunOutcome {
  const landed = status === "completed" ? "completed" : "planned";
  return { status: landed, version, plan, results, verified, notes };
}
