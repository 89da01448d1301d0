import { type FerryKey, objectName } from "../bucket/keys.ts";
import { readReceipt, readRecord } from "../bucket/ledger.ts";
import { ownerIn } from "../bucket/owner.ts";
import { readRun } from "../sync/run/index.ts";
import { may, requireOwner } from "./caller.ts";
import type { Invocation } from "./invocation.ts";
import { readExportOwner } from "./paused-export.ts";

/**
 * Rejects a key of which anything was begun by somebody else: `FORBIDDEN`. A key that nothing has passes.
 * Nothing is asked for a caller who manages, which most are: it takes five calls.
 */
export async function requireOwnKey(invocation: Invocation, key: FerryKey): Promise<void> {
  const { caller, database } = invocation;
  if (may(caller, "manage")) return;
  await requireOwnObjects(invocation, key);
  const run = await readRun(database, key);
  if (run !== null) requireOwner(caller, key, run.owner);
}

/** The same of what the bucket has alone. */
export async function requireOwnObjects({ caller, bucket }: Invocation, key: FerryKey): Promise<void> {
  if (may(caller, "manage")) return;
  const object = await bucket.head(objectName(key));
  if (object !== null) requireOwner(caller, key, ownerIn(object.metadata));
  const paused = await readExportOwner(bucket, key);
  if (paused !== null) requireOwner(caller, key, paused.owner);
  const upload = (await readRecord(bucket, key)) ?? (await readReceipt(bucket, key));
  if (upload !== null) requireOwner(caller, key, upload.owner);
}
