import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import type { ByteSource } from "../../archive/types.ts";
import { FerryError } from "../../errors.ts";
import { createBudget } from "../../sync/budget.ts";
import { advanceRun, dropRun } from "../../sync/run.ts";
import type { World } from "../dependencies.ts";
import { openSqlite } from "../places/sqlite.ts";
import { patiently } from "./patience.ts";
import type { Target } from "./target.ts";

/** Milliseconds a step may take, so that the bar moves and Ctrl-C is heard. */
const STEP_MS = 150;

export interface SqliteTargetOptions {
  /** Plan only: leave nothing in the file, and make none. */
  dryRun: boolean;
}

/**
 * The engine on a SQLite file, no server in between. A file that is not there is made, with the
 * archive's own tables, and removed again unless the run completes.
 */
export function sqliteTarget(
  path: string,
  source: ByteSource,
  world: Pick<World, "signal" | "now">,
  options: SqliteTargetOptions,
): Target {
  const create = !existsSync(path);
  const database = openSqlite(create && options.dryRun ? ":memory:" : path);
  let completed = false;
  return {
    name: create ? `${path} (a new file)` : path,
    host: basename(path),
    async advance(key, step) {
      const report = await patiently(key, world, () =>
        advanceRun(database, source, key, {
          ...step,
          ...(create ? { create } : {}),
          temporary: options.dryRun,
          budget: createBudget({ ms: STEP_MS }),
        }),
      );
      if (report.error !== null) {
        const { code, error, hint, details } = report.error;
        throw new FerryError(code, error, {
          ...(hint === undefined ? {} : { hint }),
          ...(details === undefined ? {} : { details }),
        });
      }
      completed = report.status === "completed";
      return {
        state: completed ? "completed" : report.status === "planned" && step.dryRun ? "planned" : "going",
        phase: report.status,
        version: report.version,
        plan: report.plan,
        results: report.results,
        verified: report.verified,
        progress: report.progress,
        notes: report.notes,
      };
    },
    async drop(key) {
      if (!options.dryRun) await dropRun(database, key);
    },
    async close() {
      database.close();
      if (!create || completed || options.dryRun) return;
      for (const suffix of ["", "-wal", "-shm", "-journal"]) await rm(path + suffix, { force: true });
    },
  };
}
