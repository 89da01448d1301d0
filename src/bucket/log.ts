import * as v from "valibot";
import { OBJECT_PREFIX } from "./keys.ts";
import type { Bucket, ObjectInfo } from "./port.ts";

/*
 * The record: an empty object for each entry, which carries it in its metadata, so that one list shows a
 * thousand of them. Names sort the newest first. Nothing overwrites an entry, and no prune removes one.
 */

const LOG_PREFIX = `${OBJECT_PREFIX}log/`;

const ENTRY = "entry";

/** The last millisecond that a name can say, in the year 2286. */
const LAST_MS = 9_999_999_999_999;

export const logEntry = v.strictObject({
  at: v.pipe(v.number(), v.description("Milliseconds since 1970.")),
  who: v.pipe(v.string(), v.description("The grant's name, and what let it in: token:ci, app:ada.")),
  from: v.pipe(v.nullable(v.string()), v.description("The address that the platform saw it come from.")),
  did: v.pipe(v.string(), v.description("The call, by its name.")),
  key: v.nullable(v.string()),
  outcome: v.picklist(["completed", "failed", "refused"]),
  code: v.pipe(v.nullable(v.string()), v.description("Why it failed or was refused.")),
  missing: v.optional(v.pipe(v.array(v.string()), v.description("What the grant lacks."))),
  policy: v.optional(v.pipe(v.string(), v.description("The rule of the policy that ruled it out."))),
  version: v.nullable(v.number()),
  mode: v.nullable(v.string()),
  content: v.optional(
    v.pipe(
      v.string(),
      v.description("A hash of the rows of the archive or document: equal ones held the same."),
    ),
  ),
  plan: v.optional(
    v.pipe(v.string(), v.description("A hash of the plan, and of how it was to be carried out.")),
  ),
  rowsWritten: v.optional(
    v.pipe(v.number(), v.description("Of a sync: at the most, indexes counted, as D1 bills them.")),
  ),
  counts: v.pipe(v.record(v.string(), v.number()), v.description("Of all tables together.")),
  ms: v.pipe(v.number(), v.description("Milliseconds since the run, or the call, began.")),
  statements: v.pipe(v.number(), v.description("Of this last call.")),
  bucketOperations: v.number(),
});

export type LogEntry = v.InferOutput<typeof logEntry>;

export async function writeLogEntry(bucket: Bucket, entry: LogEntry): Promise<void> {
  const time = String(LAST_MS - entry.at).padStart(13, "0");
  const random = crypto.randomUUID().slice(0, 8);
  await bucket.put(`${LOG_PREFIX}${time}-${random}`, new Uint8Array(0), {
    metadata: { [ENTRY]: encodeURIComponent(JSON.stringify(entry)) },
  });
}

/** A page of entries, the newest first; no cursor is the end. */
export async function readLog(
  bucket: Bucket,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ entries: LogEntry[]; cursor?: string }> {
  const page = await bucket.list({ prefix: LOG_PREFIX, limit, ...(cursor === undefined ? {} : { cursor }) });
  const entries = page.objects.flatMap(entryOf);
  return page.cursor === undefined ? { entries } : { entries, cursor: page.cursor };
}

/** Nothing for what somebody else put there. */
function entryOf({ metadata }: ObjectInfo): LogEntry[] {
  try {
    const read = v.safeParse(logEntry, JSON.parse(decodeURIComponent(metadata[ENTRY] ?? "")));
    return read.success ? [read.output] : [];
  } catch {
    return [];
  }
}
