import type { Body, dropAnswer } from "../api/answers/index.ts";
import { requireKey } from "../api/input.ts";
import type { DropRequest } from "../api/requests.ts";
import { isUndoKey, objectName, uploadPrefix } from "../bucket/keys.ts";
import { createUploads } from "../bucket/uploads.ts";
import { FerryError } from "../errors.ts";
import { plural } from "../numbers.ts";
import { dropRun, readRun, type TableResult, type WrittenRows } from "../sync/run/index.ts";
import { keptToUndo } from "./find-undo.ts";
import type { Invocation } from "./invocation.ts";
import { addResults } from "./messages.ts";
import { requireOwnKey } from "./ownership.ts";
import { dropPausedExport } from "./paused-export.ts";
import { tellKept } from "./status.ts";

type Dropped = Body<typeof dropAnswer>;

/**
 * Forgets a key: first its run with what it staged, then its object and unfinished parts. What was synced stays in the
 * tables and in the history, and so does the record of a run that can be undone. The rows that a run kept are no
 * object of their undo's: they stay until it is completed, they are pruned, or `keptRows` says so.
 */
export async function dropKey(invocation: Invocation, input: DropRequest): Promise<Dropped> {
  const { bucket, database } = invocation;
  const key = requireKey(input, "syncKey", "exportKey");
  await requireOwnKey(invocation, key);
  const run = await readRun(database, key);
  const object = await bucket.head(objectName(key));
  const uploads = await bucket.list({ prefix: uploadPrefix(key), limit: 1 });
  const paused = await dropPausedExport(bucket, key);
  if (run === null && object === null && uploads.objects.length === 0 && !paused) {
    throw new FerryError("NOT_FOUND", "Sync data not found");
  }
  const undo = run === null ? [] : await keptToUndo(database, run);
  if (run !== null) {
    await dropRun(database, key, { keepRecord: input.keepRecord === true || undo.length > 0 });
  }
  if (uploads.objects.length > 0) await createUploads(bucket).forget(key);
  const isKept = isUndoKey(key) && run?.status !== "completed" && input.keptRows !== true;
  if (object !== null && !isKept) await bucket.delete([objectName(key)]);
  // What a run in many transactions has written so far.
  const leaves = run === null || run.status === "completed" ? {} : run.written;
  return {
    success: true,
    syncKey: key,
    ...(Object.keys(leaves).length === 0 ? {} : { leaves }),
    ...(undo.length === 0 ? {} : { undo: undo.map(tellKept) }),
    message: isKept ? UNDO_STAYS : tell(leaves, undo.length > 0),
  };
}

const UNDO_STAYS = "Forgotten, as far as something was staged. The rows that were kept for the undo stay.";

function tell(leaves: NonNullable<Dropped["leaves"]>, undoable: boolean): string {
  const tables = Object.values(leaves);
  const can = undoable ? " It can be undone." : "";
  if (tables.length === 0) return `Forgotten. What it had synced stays in the database.${can}`;
  const { inserted, updated, deleted } = addUp(tables);
  return (
    `Forgotten before its end. What it had written stays in ${plural(tables.length, "table")}: ` +
    `${plural(inserted, "row")} inserted, ${updated} updated, ${deleted} deleted.${can}`
  );
}

function addUp(tables: readonly WrittenRows[]): TableResult {
  const whole = tables.map((table, i) => [i, { attempted: 0, unchanged: 0, skipped: 0, ...table }]);
  return addResults(Object.fromEntries(whole));
}
