import type { Body, dropAnswer } from "../api/answers.ts";
import { requireKey } from "../api/input.ts";
import type { DropRequest } from "../api/requests.ts";
import { objectName, uploadPrefix } from "../bucket/keys.ts";
import { createUploads } from "../bucket/uploads.ts";
import { FerryError } from "../errors.ts";
import { dropRun, readRun } from "../sync/run/index.ts";
import type { Invocation } from "./invocation.ts";
import { requireOwnKey } from "./ownership.ts";
import { dropPausedExport } from "./paused-export.ts";

/**
 * Forgets a key: first its run with what it staged, then its object and unfinished parts. What was
 * synced stays in the tables and in the history.
 */
export async function dropKey(invocation: Invocation, input: DropRequest): Promise<Body<typeof dropAnswer>> {
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
  if (run !== null) await dropRun(database, key, { keepRecord: input.keepRecord });
  if (uploads.objects.length > 0) await createUploads(bucket).forget(key);
  if (object !== null) await bucket.delete([objectName(key)]);
  return { success: true, syncKey: key, message: "Forgotten. What it had synced stays in the database." };
}
