import type { Body, syncAnswer } from "../api/answers.ts";
import { requireKey } from "../api/input.ts";
import type { SyncRequest } from "../api/requests.ts";
import type { CallOptions, RunOptions } from "../api/run-options.ts";
import { type FerryKey, objectName } from "../bucket/keys.ts";
import { removeLedger } from "../bucket/ledger.ts";
import type { Bucket } from "../bucket/port.ts";
import { bucketSource } from "../bucket/source.ts";
import { FerryError } from "../errors.ts";
import { advanceRun } from "../sync/advance-run.ts";
import type { RunReport } from "../sync/run/index.ts";
import { readRun } from "../sync/run/index.ts";
import { handOver } from "./background.ts";
import { bucketImages } from "./bucket-images.ts";
import { guardRun } from "./caller.ts";
import type { Invocation } from "./invocation.ts";
import { tellPlan, tellProgress, tellResults } from "./messages.ts";
import { requireOwnKey } from "./ownership.ts";
import { detailPlan } from "./planned-rows.ts";
import { noteRun } from "./record.ts";

type Synced = Body<typeof syncAnswer>;

/** Imports a document from the bucket, as far as this request may go. */
export async function syncFromBucket(invocation: Invocation, input: SyncRequest): Promise<Synced> {
  const { bucket, database, budget, caller, facts } = invocation;
  const key = requireKey(input, "syncKey", "exportKey");
  await requireOwnKey(invocation, key);
  const source = await bucketSource(bucket, objectName(key));
  if (source === null) throw unknownKey(key);
  const { syncKey: _s, exportKey: _e, background, ...options } = input;
  if (background) return syncInBackground(invocation, key, options);
  const guard = guardRun(caller, { key, dryRun: input.dryRun });
  const onRejected = (how: "refused" | "failed") => {
    facts.outcome = how;
  };
  const images = bucketImages(bucket, guard.owner);
  const how = { ...options, budget, guard, onRejected, images };
  const report = await advanceRun(database, source, key, how).catch(async (error) => {
    if (isCompletion(error, key)) await forgetReceipt(bucket, key);
    throw error;
  });
  if (report.status === "completed") {
    await noteRun(invocation, report);
    await forgetReceipt(bucket, key);
  }
  const synced = describe(report, input);
  if (synced.status !== "planned" || synced.plan === undefined || report.plan === null) return synced;
  return { ...synced, plan: await detailPlan(invocation, key, report.plan) };
}

/** The run is completed, and an earlier call did not live to answer it. */
function isCompletion(error: unknown, key: string): boolean {
  return error instanceof FerryError && error.code === "ALREADY_SYNCED" && error.details?.syncKey === key;
}

/** Nobody asks for the upload again whose document is synced. What cannot be removed now waits for a prune. */
async function forgetReceipt(bucket: Bucket, key: FerryKey): Promise<void> {
  await removeLedger(bucket, key).catch(() => undefined);
}

/** Starts what drives the run, and answers where it stands now. */
async function syncInBackground(
  { database, workflow, caller }: Invocation,
  key: FerryKey,
  { dryRun, ...options }: RunOptions & CallOptions,
): Promise<Synced> {
  if (dryRun) {
    throw new FerryError(
      "INVALID_REQUEST",
      "A plan is for somebody who waits for it, and background is not",
      {
        hint: 'Leave out "dryRun" or "background".',
        details: { field: "background" },
      },
    );
  }
  await handOver(workflow, { ...options, syncKey: key, caller });
  const run = await readRun(database, key);
  const { status = "pending", version = null, results = null, verified = false, notes = [] } = run ?? {};
  const { verification = null } = run ?? {};
  return {
    success: true,
    syncKey: key,
    status: "processing",
    phase: status,
    version,
    results,
    verified,
    verification,
    progress: run?.progress ?? NOT_BEGUN,
    driver: "workflow",
    duration: run === null ? 0 : Date.now() - run.startedAt,
    message: "The app's workflow drives it to its end.",
    notes,
  };
}

const NOT_BEGUN = {
  tablesProcessed: 0,
  totalTables: null,
  currentTable: null,
  recordsProcessed: 0,
  totalRecords: null,
};

export function unknownKey(key: string): FerryError {
  return new FerryError("NOT_FOUND", "Sync data not found", {
    details: { syncKey: key },
  });
}

function describe(report: RunReport, { dryRun = false }: CallOptions): Synced {
  const { status: phase, plan, version, results, verified, verification, progress, notes } = report;
  const status = phase === "completed" ? phase : dryRun && isPlanned(report) ? "planned" : "processing";
  return {
    success: true,
    syncKey: report.key,
    status,
    phase,
    version,
    results,
    ...(plan === null ? {} : { plan }),
    verified,
    verification,
    progress,
    duration: (report.completedAt ?? Date.now()) - report.startedAt,
    message: tell(report, status),
    notes,
  };
}

/** Also a run that is being applied frame by frame: it goes by the plan that it has, and a dry run ends there. */
function isPlanned({ status, plan }: RunReport): boolean {
  return status === "planned" || (status === "applying" && plan !== null);
}

function tell(report: RunReport, status: Synced["status"]): string {
  if (status === "completed") return tellResults(report);
  if (status === "planned") {
    return report.status === "planned"
      ? tellPlan(report)
      : "Its rows are being applied by this plan already.";
  }
  return `${tellProgress(report)} Run the same call again to go on.`;
}
