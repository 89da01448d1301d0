import { WorkflowEntrypoint } from "cloudflare:workers";
import { isUndoKey, objectName, parseKey } from "../../bucket/keys.ts";
import { removeLedger } from "../../bucket/ledger.ts";
import type { Bucket } from "../../bucket/port.ts";
import { r2Bucket } from "../../bucket/r2.ts";
import { withRetry } from "../../bucket/retry.ts";
import { bucketSource } from "../../bucket/source.ts";
import { createBudget } from "../../budget.ts";
import { d1Database } from "../../database/d1.ts";
import type { Database } from "../../database/port.ts";
import type { BackgroundRun } from "../../operations/background.ts";
import { bucketImages } from "../../operations/bucket-images.ts";
import { guardRun, THE_APP } from "../../operations/caller.ts";
import { type FerryEvent, tellHost } from "../../operations/events.ts";
import { ALLOWANCES, type Platform } from "../../operations/platforms.ts";
import { record } from "../../operations/record.ts";
import { countBucketOperations, createUsageMeter } from "../../operations/usage.ts";
import { advanceRun } from "../../sync/advance-run.ts";
import { isRefusal } from "../../sync/run/index.ts";
import { findBucket, findDatabase } from "../bindings.ts";
import { type Advanced, advanceOnce, driveToEnd, type WorkflowStepLike } from "./drive.ts";

export type { BackgroundRun } from "../../operations/background.ts";
export type { WorkflowStepLike } from "./drive.ts";

export interface FerryWorkflowOptions<Env = unknown> {
  /** @default D1 through the binding DB */
  database?(env: Env): Database;
  /** @default R2 through the binding DATA_SYNC */
  bucket?(env: Env): Bucket;
  /** Decides how much one step does. @default "workers-paid" */
  platform?: Platform;
  /** As the option of `createFerry`: told how the runs ended that it drove. @default nobody is told */
  onEvent?(event: FerryEvent, env: Env): unknown;
}

/** A class to export from the Worker's entry, and to name in wrangler.json. */
export type FerryWorkflowClass<Env = unknown> = new (
  context: unknown,
  env: Env,
) => {
  run(event: { payload: BackgroundRun }, step: WorkflowStepLike): Promise<Advanced>;
};

/**
 * A workflow that drives a sync to its end with nobody watching. Each step is one bounded invocation of
 * the run, whose state is in the database: whoever else drives it meanwhile does no harm. Errors that
 * pass are tried again; a refusal ends it with the run's reason. Rows are deleted only as far as
 * `expectDeletes` says.
 */
export function ferryWorkflow<Env = Readonly<Record<string, unknown>>>(
  options: FerryWorkflowOptions<Env> = {},
): FerryWorkflowClass<Env> {
  const {
    database = (env: Env) => d1Database(findDatabase(env as Record<string, unknown>, "DB")),
    bucket = (env: Env) => r2Bucket(findBucket(env as Record<string, unknown>, "DATA_SYNC")),
    platform = "workers-paid",
  } = options;
  return class extends WorkflowEntrypoint<Env> {
    run({ payload }: { payload: BackgroundRun }, step: WorkflowStepLike): Promise<Advanced> {
      const { env } = this;
      const key = payload.syncKey;
      return driveToEnd(step, async () => {
        const { sharesCalls, ...allowance } = ALLOWANCES[platform];
        const budget = createBudget(allowance);
        const meter = createUsageMeter();
        const objects = withRetry(countBucketOperations(bucket(env), () => sharesCalls && budget.spend(1)));
        let rejected: "refused" | "failed" | undefined;
        const onRejected = (how: "refused" | "failed") => {
          rejected = how;
        };
        const advanced = await advanceOnce(
          payload,
          () => bucketSource(objects, objectName(parseKey(key))),
          (source, { caller = THE_APP, ...asked }) => {
            const guard = guardRun(caller, { key });
            const images = bucketImages(objects, guard.owner);
            return advanceRun(database(env), source, key, { ...asked, budget, guard, onRejected, images });
          },
        );
        // Nobody asks for the upload again whose document is synced; what stays waits for a prune.
        if (advanced.outcome === "completed") {
          await removeLedger(objects, parseKey(key)).catch(() => undefined);
        }
        const { caller = THE_APP } = payload;
        const tell = tellHost((event) => options.onEvent?.(event, env));
        await recordRun({ caller, meter, from: null, bucket: objects, tell }, { key, advanced, rejected });
        return advanced;
      });
    }
  };
}

/** For the bindings DB and DATA_SYNC on a paid plan. Others: `ferryWorkflow({ … })`. */
export const FerryWorkflow: FerryWorkflowClass = ferryWorkflow();

type RecordedBy = Parameters<typeof record>[0];

interface DrivenRun {
  key: string;
  advanced: Advanced;
  /** How it ended where it was rejected; undefined where the call came to no run. */
  rejected: "refused" | "failed" | undefined;
}

/** Writes down how the run ended that it drove. */
async function recordRun(by: RecordedBy, { key, advanced, rejected }: DrivenRun): Promise<void> {
  const did = isUndoKey(key) ? "undo" : "sync";
  if (advanced.outcome === "completed") {
    const { totalTables, totalRecords } = advanced.progress;
    const counts = { tables: totalTables, rows: totalRecords };
    await record(by, { did, outcome: "completed", key, counts });
  } else if (advanced.outcome === "refused") {
    const outcome = rejected ?? (isRefusal(advanced) ? "refused" : "failed");
    await record(by, { did, outcome, key, code: advanced.code });
  }
}
