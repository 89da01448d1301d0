import type { Body, statusAnswer } from "../api/answers/index.ts";
import { requireKey } from "../api/input.ts";
import type { StatusRequest } from "../api/requests.ts";
import { momentNotes } from "../archive/moment-notes.ts";
import { isArchive, openArchive } from "../archive/reader.ts";
import { type FerryKey, objectName } from "../bucket/keys.ts";
import type { Bucket, ObjectInfo } from "../bucket/port.ts";
import { bucketSource } from "../bucket/source.ts";
import { fileOf } from "../bucket/uploaded-file.ts";
import { createUploads } from "../bucket/uploads.ts";
import { FerryError } from "../errors.ts";
import { plural } from "../numbers.ts";
import type { KeptImages, RunReport, RunStatus } from "../sync/run/index.ts";
import { readRun } from "../sync/run/index.ts";
import { type Caller, isOpenTo, may } from "./caller.ts";
import { exportProgress } from "./export.ts";
import { keptToUndo } from "./find-undo.ts";
import type { Invocation } from "./invocation.ts";
import { countRows, tellEnd, tellPlan, tellProgress, tellResults } from "./messages.ts";
import { requireOwnKey } from "./ownership.ts";
import { readPausedExport } from "./paused-export.ts";
import { countsOf } from "./table-counts.ts";
import { unknownKey } from "./unknown-key.ts";

type Status = Body<typeof statusAnswer>["status"];

/**
 * Where a key stands: its run in the database, else its object in the bucket, else the export or
 * the upload that is still being written.
 */
export async function readStatus(
  invocation: Invocation,
  input: StatusRequest,
): Promise<Body<typeof statusAnswer>> {
  const { bucket, database, caller } = invocation;
  const key = requireKey(input, "syncKey", "exportKey");
  await requireOwnKey(invocation, key);
  const run = await readRun(database, key);
  const object = await bucket.head(objectName(key));
  if (run !== null) {
    const undo = await keptToUndo(database, run);
    const status = { ...fromRun(run), ...mergedFor(caller, run), undo: undo.map(tellKept) };
    return { status: { ...status, ...fileOf(key, object?.metadata ?? {}), bytes: object?.size ?? null } };
  }
  if (object !== null) return { status: await fromObject(bucket, key, object) };
  const unfinished = (await fromExport(bucket, key)) ?? (await fromUpload(bucket, key));
  if (unfinished === null) throw unknownKey(key);
  return { status: unfinished };
}

/** An archive of rows as they were, as a status tells it. */
export function tellKept({ key, bytes, rows }: KeptImages): NonNullable<Status["undo"]>[number] {
  return { key, bytes, rows };
}

/** What became of edits on both sides, and of the rows those that they may see. */
function mergedFor(caller: Caller, { merged }: RunReport): Pick<Status, "merged"> {
  if (merged === null) return {};
  const { conflicts } = merged;
  const first = may(caller, "read") ? conflicts.first.filter(({ table }) => isOpenTo(caller, table)) : [];
  return { merged: { ...merged, conflicts: { ...conflicts, first } } };
}

function fromRun(run: RunReport): Omit<Status, "bytes"> {
  const {
    status,
    version,
    mode,
    plan,
    progress,
    results,
    verified,
    verification,
    error,
    startedAt,
    completedAt,
    notes,
  } = run;
  return {
    syncKey: run.key,
    status: statusWord(status),
    phase: status,
    version,
    mode,
    progress,
    ...(plan === null ? {} : { plan }),
    results,
    ...(run.unchanged ? { unchanged: true } : {}),
    verified,
    verification,
    error: error?.error ?? null,
    ...(error === null ? {} : { code: error.code }),
    ...(error?.hint === undefined ? {} : { hint: error.hint }),
    ...(error?.details === undefined ? {} : { details: { ...error.details } }),
    startedAt,
    completedAt,
    undoes: run.undoes,
    undoneBy: run.undoneBy,
    message: tellRun(run),
    notes,
  };
}

/** Scripts wait until a run is "completed" or "failed": what was refused has failed, and its phase says more. */
export function statusWord(status: RunStatus): Exclude<RunStatus, "refused"> {
  return status === "refused" ? "failed" : status;
}

function tellRun(run: RunReport): string {
  if (run.status === "completed") return tellResults(run);
  if (run.status === "planned") return tellPlan(run);
  if (run.status === "failed" || run.status === "refused") return tellEnd(run.status, run.error?.error);
  return tellProgress(run);
}

async function fromObject(bucket: Bucket, key: FerryKey, object: ObjectInfo): Promise<Status> {
  const stats = await readStats(bucket, key);
  const rows = stats === null ? "" : ` ${countRows(stats.counts)}`;
  return {
    ...blank(key),
    status: "pending",
    version: stats?.version ?? versionOf(object),
    progress: {
      ...NO_PROGRESS,
      totalTables: stats?.counts.length ?? null,
      totalRecords: stats?.counts.reduce((sum, { count }) => sum + count, 0) ?? null,
    },
    ...fileOf(key, object.metadata),
    bytes: object.size,
    ...(stats === null ? {} : { moment: stats.moment, notes: momentNotes(stats.moment) }),
    message: `In the bucket${rows === "" ? "" : ":"}${rows}, not synced into this database yet.`,
  };
}

/** What an archive's index says; null for a plain document, which only tells by being read whole. */
async function readStats(bucket: Bucket, key: FerryKey) {
  const source = await bucketSource(bucket, objectName(key));
  if (source === null || !(await isArchive(source))) return null;
  try {
    const { header, tables, moment } = await openArchive(source);
    return { version: header.version, counts: countsOf(tables), moment };
  } catch (error) {
    // A damaged archive is still there; the sync says what is wrong with it.
    if (error instanceof FerryError && error.status === 422) return null;
    throw error;
  }
}

async function fromExport(bucket: Bucket, key: FerryKey): Promise<Status | null> {
  if (!key.startsWith("export-")) return null;
  const paused = await readPausedExport(bucket, key);
  if (paused === null) return null;
  return {
    ...blank(key),
    status: "exporting",
    version: paused.engine.version,
    progress: exportProgress(paused.engine),
    message: "Not finished.",
  };
}

async function fromUpload(bucket: Bucket, key: FerryKey): Promise<Status | null> {
  try {
    const { parts, createdAt, file } = await createUploads(bucket).status(key);
    const bytes = parts.reduce((sum, part) => sum + part.size, 0);
    return {
      ...blank(key),
      status: "uploading",
      ...file,
      startedAt: createdAt,
      bytes,
      message: `${plural(parts.length, "part")} in the bucket, the upload is not completed.`,
    };
  } catch (error) {
    if (error instanceof FerryError && error.code === "UPLOAD_NOT_FOUND") return null;
    throw error;
  }
}

const NO_PROGRESS = {
  tablesProcessed: 0,
  totalTables: null,
  currentTable: null,
  recordsProcessed: 0,
  totalRecords: null,
};

function blank(key: FerryKey) {
  return {
    syncKey: key,
    version: null,
    mode: null,
    progress: NO_PROGRESS,
    results: null,
    verified: false,
    verification: null,
    error: null,
    startedAt: null,
    completedAt: null,
    bytes: null,
    notes: [],
  };
}

function versionOf(object: ObjectInfo): number | null {
  const version = Number(object.metadata.version ?? Number.NaN);
  return Number.isSafeInteger(version) ? version : null;
}
