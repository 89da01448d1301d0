import type { Body, syncAnswer } from "../api/answers/index.ts";
import type { CallOptions, RunOptions } from "../api/run-options.ts";
import type { ByteSource } from "../archive/types.ts";
import type { FerryKey } from "../bucket/keys.ts";
import { removeLedger } from "../bucket/ledger.ts";
import type { Bucket } from "../bucket/port.ts";
import { FerryError } from "../errors.ts";
import { advanceRun } from "../sync/advance-run.ts";
import type { RunReport } from "../sync/run/index.ts";
import { readRun } from "../sync/run/index.ts";
import { handOver } from "./background.ts";
import { bucketImages } from "./bucket-images.ts";
import { guardRun } from "./caller.ts";
import type { Invocation } from "./invocation.ts";
import { tellPlan, tellProgress, tellResults } from "./messages.ts";
import { detailPlan } from "./planned-rows.ts";
import { noteRun } from "./record.ts";

export type Synced = Body<typeof syncAnswer>;

/** A run that one request drives, or hands over. */
export interface DrivenRun {
  key: FerryKey;
  /** What the bucket has under the key. */
  source: ByteSource;
  options: RunOptions & CallOptions;
  /** The app's workflow drives it. @default false */
  background?: boolean | undefined;
  /** The run whose changes this one takes back. @default none */
  undoes?: string | undefined;
  /** Begins a completed run anew. @default false: it is refused */
  again?: boolean;
}

/** Drives a run whose document is in the bucket, as far as this request may go. */
export async function driveFromBucket(invocation: Invocation, run: DrivenRun): Promise<Synced> {
  const { bucket, database, budget, caller, facts } = invocation;
  const { key, source, options, undoes, again, background = false } = run;
  if (background) return handOverRun(invocation, run);
  const guard = guardRun(caller, { key, dryRun: options.dryRun });
  const onRejected = (how: "refused" | "failed") => {
    facts.outcome = how;
  };
  const images = bucketImages(bucket, guard.owner);
  const settings = { ...options, undoes, again, budget, guard, onRejected, images };
  const report = await advanceRun(database, source, key, settings).catch(async (error) => {
    if (isCompletion(error, key)) await forgetReceipt(bucket, key);
    throw error;
  });
  if (report.status === "completed") {
    await noteRun(invocation, report);
    await forgetReceipt(bucket, key);
  }
  const synced = describe(report, options);
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
async function handOverRun(
  { database, workflow, caller }: Invocation,
  { key, undoes, options: { dryRun, ...options } }: DrivenRun,
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
  await handOver(workflow, {
    ...options,
    syncKey: key,
    caller,
    ...(undoes === undefined ? {} : { undoes }),
  });
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
    undo: null,
    undoes: undoes ?? null,
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
    ...(report.unchanged ? { unchanged: true } : {}),
    verified,
    verification,
    progress,
    duration: (report.completedAt ?? Date.now()) - report.startedAt,
    undo: status === "completed" ? (report.images.at(-1)?.key ?? null) : null,
    undoes: report.undoes,
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
