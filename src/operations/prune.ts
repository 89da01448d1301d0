import type { Body, pruneAnswer } from "../api/answers/index.ts";
import type { PruneRequest } from "../api/requests.ts";
import { type FerryKey, keyTime, kindOf } from "../bucket/keys.ts";
import { countedDatabase } from "../budget.ts";
import { plural } from "../numbers.ts";
import {
  findStaleRuns,
  type RunTimes,
  readRunTimes,
  removeStaleRun,
  type StaleOptions,
  type StaleRun,
} from "../sync/run/index.ts";
import type { Invocation } from "./invocation.ts";
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

/** Rows as they were before a sync: somebody may want to undo it who looks at the rows once a month. */
const IMAGES_AGE = 30 * DAY;

/** What all archives of such rows may take together, bytes; the newest one stays in any case. */
const IMAGES_BYTES = 1_000_000_000;

/** Calls that one removal may take, to the database and to the bucket. */
const CALLS = 8;

/**
 * Removes what nobody goes on with: documents, exports and uploads in the bucket, what old syncs are undone from,
 * staged rows and old records in the database. Never what a driver works on, and never rows of the tables or the history.
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
  const objects = await readKeptObjects(bucket);
  const excess = beyondRoom(objects);
  const imagesBefore = now - Math.max(olderThanMs, IMAGES_AGE);
  for (const kept of objects) {
    // To look at an upload's parts, or whether an export is busy, takes calls as well.
    if (!budget.allows(CALLS)) {
      more = true;
      break;
    }
    const touchedAt = Math.max(kept.touchedAt, times.get(kept.key)?.touchedAt ?? 0);
    const before = isImages(kept) ? imagesBefore : limits.before;
    if ((touchedAt > before && !excess.has(kept.key)) || isBusy(kept, times, now)) continue;
    const bytes = await bytesKept(bucket, kept);
    stale.push({
      tell: { key: kept.key, bytes, ageMs: now - touchedAt, ...nature(kept, times, excess) },
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

/** Rows as they were before a sync, whole. */
function isImages({ key, document }: KeptObjects): boolean {
  return kindOf(key) === "undo" && document !== null;
}

/** The oldest of such archives, where all of them take too much. */
function beyondRoom(objects: readonly KeptObjects[]): ReadonlySet<FerryKey> {
  const images = objects.filter(isImages).sort((a, b) => b.touchedAt - a.touchedAt);
  let bytes = 0;
  const excess = images.filter(({ document }, i) => {
    bytes += document?.size ?? 0;
    return i > 0 && bytes > IMAGES_BYTES;
  });
  return new Set(excess.map(({ key }) => key));
}

function isBusy({ key, paused }: KeptObjects, times: RunTimes, now: number): boolean {
  if (times.get(key)?.locked) return true;
  return paused !== null && exportBusyUntil(paused) > now;
}

/** What it is, and why nobody needs it. */
function nature(
  kept: KeptObjects,
  times: RunTimes,
  excess: ReadonlySet<FerryKey>,
): Pick<Pruned, "kind" | "reason"> {
  const { key, document, paused } = kept;
  const kind = kindOf(key);
  if (isImages(kept)) {
    const reason = excess.has(key)
      ? `what older syncs are undone from takes more than ${plural(IMAGES_BYTES, "byte")}`
      : "a sync that nobody has undone for long is undone from it";
    return { kind, reason };
  }
  if (document !== null) {
    const status = times.get(key)?.status;
    if (status === "completed") return { kind, reason: "its sync into this database is completed" };
    if (status !== undefined) return { kind, reason: `its sync into this database stopped: ${status}` };
    return { kind, reason: kind === "export" ? "an export that was left here" : "never synced" };
  }
  if (kind === "undo") return { kind, reason: "rows as they were before a sync, not finished" };
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
  const what = `${plural(pruned.length, "thing")}, ${plural(bytes, "byte")}`;
  if (dryRun) return `Would remove ${what}. Nothing is changed yet.`;
  return `Removed ${what}.${more ? " There is more: run the same call again." : ""}`;
}
