import type { ByteSource } from "../../archive/types.ts";
import { asFerryError, FerryError } from "../../errors.ts";
import type { BackgroundRun } from "../../operations/background.ts";
import type { RunProgress, RunStatus } from "../../sync/run/index.ts";

/** The part of a workflow's step that is used. */
export interface WorkflowStepLike {
  /** What the callback answers is kept, and answered again when the workflow is begun anew behind it. */
  do<T>(name: string, config: StepConfig, callback: () => Promise<T>): Promise<T>;
  /** `duration` in milliseconds. */
  sleep(name: string, duration: number): Promise<void>;
}

export interface StepConfig {
  retries: { limit: number; delay: string; backoff: "exponential" };
  timeout: string;
}

/** What one invocation came to. */
export type Advanced =
  | { outcome: "underway" | "completed"; status: RunStatus; progress: RunProgress }
  | { outcome: "waiting"; reason: string; ms: number }
  | { outcome: "refused"; reason: string; code: string };

/** Errors that pass are tried again, for about four minutes in all. */
const STEP: StepConfig = {
  retries: { limit: 7, delay: "2 seconds", backoff: "exponential" },
  timeout: "2 minutes",
};
/** Waits in a row for somebody else's lock, and answers in a row that show no progress. */
const MOST_WAITS = 60;
const PAUSE_MS = 2_000;

/**
 * Drives a run to its end, one bounded invocation a step. Answers what it came to; throws the run's own
 * reason where it is refused, which ends the workflow, since nobody is there to decide otherwise.
 */
export async function driveToEnd(
  step: WorkflowStepLike,
  advance: () => Promise<Advanced>,
): Promise<Extract<Advanced, { status: RunStatus }>> {
  let place = "";
  let still = 0;
  for (let n = 1; ; n++) {
    const advanced = await step.do(`advance ${n}`, STEP, advance);
    if (advanced.outcome === "completed") return advanced;
    if (advanced.outcome === "refused") throw new Error(`${advanced.reason} (${advanced.code})`);
    const now = JSON.stringify(advanced);
    still = now === place || advanced.outcome === "waiting" ? still + 1 : 0;
    place = now;
    if (still >= MOST_WAITS) {
      const reason = advanced.outcome === "waiting" ? advanced.reason : `The run stays at ${advanced.status}`;
      throw new Error(`${reason} Given up after ${still} tries; the run can be gone on with.`);
    }
    if (advanced.outcome === "waiting") await step.sleep(`wait ${n}`, advanced.ms);
    else if (still > 0) await step.sleep(`wait ${n}`, PAUSE_MS);
  }
}

/** One invocation of a run, its end told as a value; rejects only with what is worth another try. */
export async function advanceOnce(
  { syncKey, expectDeletes = 0, ...asked }: BackgroundRun,
  open: () => Promise<ByteSource | null>,
  advance: (
    source: ByteSource,
    options: Omit<BackgroundRun, "syncKey">,
  ) => Promise<{
    status: RunStatus;
    progress: RunProgress;
  }>,
): Promise<Advanced> {
  try {
    const source = await open();
    if (source === null) throw new FerryError("NOT_FOUND", `The bucket has no document of ${syncKey}`);
    const { status, progress } = await advance(source, { ...asked, expectDeletes });
    return { outcome: status === "completed" ? "completed" : "underway", status, progress };
  } catch (thrown) {
    return settled(asFerryError(thrown), syncKey);
  }
}

/** Milliseconds after which the platform counts anew what an invocation used. */
const USED_UP_MS = 30_000;

function settled(error: FerryError, key: string): Advanced {
  const { code, message, details } = error;
  if (code === "ALREADY_SYNCED" && details?.syncKey === key) {
    return { outcome: "completed", status: "completed", progress: NOTHING_LEFT };
  }
  if (code === "RUN_LOCKED" || code === "DAILY_LIMIT") {
    return { outcome: "waiting", reason: message, ms: Number(details?.retryAfterSeconds ?? 2) * 1000 };
  }
  if (details?.failure === "used up") return { outcome: "waiting", reason: message, ms: USED_UP_MS };
  if (error.transient) throw error;
  return { outcome: "refused", reason: message, code };
}

/** Of a run that somebody else completed. */
const NOTHING_LEFT: RunProgress = {
  tablesProcessed: 0,
  totalTables: 0,
  currentTable: null,
  recordsProcessed: 0,
  recordsApplied: 0,
  recordsVerified: 0,
  totalRecords: 0,
};
