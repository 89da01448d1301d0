import type { Body, pruneAnswer } from "../api/answers.ts";
import type { PruneRequest } from "../api/requests.ts";
import { type FerryKey, keyTime } from "../bucket/keys.ts";
import { countedDatabase } from "../budget.ts";
import {
  findStaleRuns,
  type RunTimes,
  readRunTimes,
  removeStaleRun,
  type StaleOptions,
  type StaleRun,
} from "../sync/run/index.ts";
import type { Invocation } from "./invocation.ts";
import { inWords } from "./messages.ts";
import { exportBusyUntil } from "./paused-export.ts";
import { bytesKept, type KeptObjects, readKeptObjects, removeKept } from "./stale-objects.ts";

type Pruned = Body<typeof pruneAnswer>["pruned"][number];

/** One thing to remove. `remove` answers false when somebody took it up in the meantime. */
interface Stale {
  tell: Pruned;
  remove(): Promise<boolean>;
}

const DAY = 24 * 60 * 60 * 1000;

const DEFAULT_AGE = 7 * DAY;

/** Records of runs are small, and the only trace of what went wrong. */
const RECORD_AGE = 90 * DAY;

/** Calls that one removal may take, to the database and to the bucket. */
const CALLS = 8;

/**
 * Removes what nobody goes on with: documents, exports and uploads in the bucket, staged rows and old
 * records in the database. Never what a driver works on, and never rows of the tables or the history.
 */
export async function pruneStale(
  invocation: Invocation,
  { olderThanMs = DEFAULT_AGE, dryRun = false }: PruneRequest = {},
): Promise<Body<typeof pruneAnswer>> {
  const { bucket, budget } = invocation;
  const database = countedDatabase(invocation.database, budget);
  const now = Date.now();
  const limits: StaleOptions = {
    now,
    before: now - olderThanMs,
    recordsBefore: now - Math.max(olderThanMs, RECORD_AGE),
  };
  const times = await readRunTimes(database, now);
  const runs = await findStaleRuns(database, limits);
  // Rows before documents: a run whose document is gone could not go on with them.
  const stale: Stale[] = runs.map((run) => ({
    tell: tellRun(run, now),
    remove: () => removeStaleRun(database, run, limits),
  }));
  let more = false;
  for (const kept of await readKeptObjects(bucket)) {
    // To look at an upload's parts, or whether an export is busy, takes calls as well.
    if (!budget.allows(CALLS)) {
      more = true;
      break;
    }
    const touchedAt = Math.max(kept.touchedAt, times.get(kept.key)?.touchedAt ?? 0);
    if (touchedAt > limits.before || isBusy(kept, times, now)) continue;
    const bytes = await bytesKept(bucket, kept);
    stale.push({
      tell: { key: kept.key, bytes, ageMs: now - touchedAt, ...nature(kept, times) },
      remove: () => removeKept(bucket, kept).then(() => true),
    });
  }

  const pruned: Pruned[] = [];
  for (const { tell, remove } of stale) {
    if (!dryRun && !budget.allows(CALLS)) {
      more = true;
      break;
    }
    if (dryRun || (await remove())) pruned.push(tell);
  }
  return { success: true, dryRun, pruned, more, message: tell({ pruned, dryRun, more }) };
}

function isBusy({ key, paused }: KeptObjects, times: RunTimes, now: number): boolean {
  if (times.get(key)?.locked) return true;
  return paused !== null && exportBusyUntil(paused) > now;
}

/** What it is, and why nobody needs it. */
function nature({ key, document, paused }: KeptObjects, times: RunTimes): Pick<Pruned, "kind" | "reason"> {
  const kind = key.startsWith("export-") ? "export" : "sync";
  if (document !== null) {
    const status = times.get(key)?.status;
    if (status === "completed") return { kind, reason: "its sync into this database is completed" };
    if (status !== undefined) return { kind, reason: `its sync into this database stopped: ${status}` };
    return { kind, reason: kind === "export" ? "an export that was left here" : "never synced" };
  }
  if (paused !== null) return { kind: "export", reason: "an export that was not finished" };
  return { kind: "upload", reason: "an upload that was not completed" };
}

function tellRun({ key, what, status, bytes, touchedAt }: StaleRun, now: number): Pruned {
  const since = touchedAt > 0 ? touchedAt : madeAt(key);
  const reason =
    what === "record"
      ? "an old record that no version of the history needs"
      : status === null
        ? "staged rows of a run that was dropped"
        : `staged rows of a run that stopped: ${status}`;
  return { key, kind: "run", bytes, ageMs: since > 0 ? now - since : 0, reason };
}

/** 0 for a key that a program made up. */
function madeAt(key: string): number {
  const time = keyTime(key as FerryKey);
  return Number.isFinite(time) ? time : 0;
}

function tell({ pruned, dryRun, more }: Omit<Body<typeof pruneAnswer>, "success" | "message">): string {
  if (pruned.length === 0) return "There is nothing to remove.";
  const bytes = pruned.reduce((sum, one) => sum + one.bytes, 0);
  const what = `${inWords(pruned.length, "thing")}, ${inWords(bytes, "byte")}`;
  if (dryRun) return `Would remove ${what}. Nothing is changed yet.`;
  return `Removed ${what}.${more ? " There is more: run the same call again." : ""}`;
}
