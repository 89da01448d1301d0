import { OBJECT_PREFIX } from "../bucket/keys.ts";
import type { Bucket } from "../bucket/port.ts";
import { CALLS_BEYOND_SMALLEST, SAFE_CALLS, watchedDatabase } from "../budget.ts";
import { FerryError } from "../errors.ts";
import type { Invocation } from "./invocation.ts";

/*
 * What sync/run/allowance.ts is to syncs: where an app does not say on which plan it runs, a request that takes more
 * calls than the plan has can write nothing down any more, so it is written down before. An export writes
 * nothing into the database that it reads; the bucket keeps it, for all exports of the app: that one goes
 * beyond what every plan allows, or that one ended well beyond what the smallest does.
 */

const NOTE = `${OBJECT_PREFIX}allowance`;

const CALLS = "calls";

/** Milliseconds. A request may be lost for other reasons, and a plan be changed: then it is tried anew. */
const VALID_MS = 24 * 3_600_000;

type Known = "reaching" | "many" | null;

/** Does an export's work with as many calls as the app is known to have, and keeps what it learns of them. */
export async function withinAllowance<T>(
  invocation: Invocation,
  work: (invocation: Invocation) => Promise<T>,
): Promise<T> {
  const { budget, bucket } = invocation;
  if (!budget.mayFallBack) return work(invocation);
  const known = await readKnown(bucket);
  if (known === "many") return work(invocation);
  if (known === "reaching") {
    budget.fallBack();
    return work(invocation);
  }
  let reached = false;
  const database = watchedDatabase(invocation.database, async (statements) => {
    if (reached || budget.spent + statements <= SAFE_CALLS) return;
    reached = true;
    await write(bucket, "reaching");
  });
  // What cannot be written now, because the calls are used up or the bucket is away, stays as it is: then the next
  // request takes fewer.
  const learn = async (learnt: Known) => {
    if (reached) await write(bucket, learnt).catch(() => undefined);
  };
  try {
    const done = await work({ ...invocation, bucket, database });
    await learn(budget.spent > CALLS_BEYOND_SMALLEST ? "many" : null);
    return done;
  } catch (error) {
    if (!isUsedUp(error)) await learn(null);
    throw error;
  }
}

const isUsedUp = (error: unknown): boolean =>
  error instanceof FerryError && error.details?.failure === "used up";

async function readKnown(bucket: Bucket): Promise<Known> {
  const note = await bucket.head(NOTE);
  if (note === null || Date.now() - note.uploaded.getTime() > VALID_MS) return null;
  const calls = note.metadata[CALLS];
  return calls === "reaching" || calls === "many" ? calls : null;
}

async function write(bucket: Bucket, known: Known): Promise<void> {
  if (known === null) return bucket.delete([NOTE]);
  await bucket.put(NOTE, new Uint8Array(0), { metadata: { [CALLS]: known } });
}
