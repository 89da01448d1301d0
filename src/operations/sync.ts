import { requireKey } from "../api/input.ts";
import type { SyncRequest } from "../api/requests.ts";
import { isUndoKey, objectName } from "../bucket/keys.ts";
import { bucketSource } from "../bucket/source.ts";
import { driveFromBucket, type Synced } from "./drive-run.ts";
import type { Invocation } from "./invocation.ts";
import { requireOwnKey } from "./ownership.ts";
import { goOnWithUndo } from "./undo.ts";
import { unknownKey } from "./unknown-key.ts";

/** Imports a document from the bucket, as far as this request may go; by the key of an undo, goes on with that. */
export async function syncFromBucket(invocation: Invocation, input: SyncRequest): Promise<Synced> {
  const { bucket } = invocation;
  const { syncKey: _s, exportKey: _e, background, ...options } = input;
  const key = requireKey(input, "syncKey", "exportKey");
  if (isUndoKey(key)) return goOnWithUndo(invocation, { key, background, options });
  await requireOwnKey(invocation, key);
  const source = await bucketSource(bucket, objectName(key));
  if (source === null) throw unknownKey(key);
  return driveFromBucket(invocation, { key, source, options, background });
}
