import { asFerryError } from "../errors.ts";
import { PERMISSIONS } from "../grants.ts";
import type { Caller } from "./caller.ts";
import { createInvocation, type Resources } from "./invocation.ts";
import { pruneStale } from "./prune.ts";
import { record, recordAnswer } from "./record.ts";

/** The app's own schedule. No token and no user has such an id. */
const SCHEDULED: Caller = {
  id: "scheduled",
  grant: { name: "the schedule", may: PERMISSIONS },
  policy: {},
  allowedBy: "the app",
};

/**
 * One tick of a schedule: a prune, as far as one invocation may go; the next tick goes on. Written down is what removed
 * something. A failure is written down and rejects, so that the platform counts the tick as failed.
 */
export async function pruneOnSchedule(
  resources: Resources,
  options: { olderThanMs?: number | undefined },
): Promise<void> {
  const invocation = createInvocation(resources, { caller: SCHEDULED, from: null });
  try {
    const answer = await pruneStale(invocation, options);
    if (answer.pruned.length > 0) await recordAnswer(invocation, "prune", answer);
  } catch (thrown) {
    const { code } = asFerryError(thrown);
    await record(invocation, { did: "prune", outcome: "failed", code });
    throw thrown;
  }
}
