import { verifiableTables, verificationOf } from "../compare/index.ts";
import type { RunContext } from "../run/index.ts";
import {
  adopt,
  type CountEntry,
  completeRun,
  endWell,
  enter,
  isOurs,
  loadRun,
  type RunRecord,
  readCounts,
  takenOver,
} from "../run/index.ts";
import type { ApplyRunInput } from "../stage/index.ts";
import { type VerifiedFrames, verifyFrames } from "./read-back.ts";

/**
 * Reads back an applied run, and completes it when all its frames are read. Stops with the budget;
 * `run.status` is then still "verifying".
 */
export async function verifyRun(
  context: RunContext,
  run: RunRecord,
  { source, staged }: Pick<ApplyRunInput, "source" | "staged">,
): Promise<void> {
  const { details } = run;
  const { mode } = details.request;
  const results = readCounts(JSON.parse(`[${run.results ?? ""}]`) as CountEntry[], mode);
  // Rows as they were stand beside what a run made of them: their transaction compared them.
  const schema = details.parts === "before-images" ? null : source.schema;
  const tables = verifiableTables(staged, { mode, schema, results });
  let verified: VerifiedFrames;
  try {
    verified = await verifyFrames(context, { source, tables, mode }, details.verifiedFrames);
  } catch (error) {
    // Whoever completes the run takes the staged rows away, by which its own are known.
    if (await isOurs(context)) throw error;
    return await followOther(context, run);
  }
  details.verifiedFrames += verified.frames;
  details.verifiedRows += verified.rows;
  const changed = new Map(details.changedSince);
  for (const [table, rows] of verified.changed) changed.set(table, (changed.get(table) ?? 0) + rows);
  if (changed.size > 0) details.changedSince = [...changed];
  if (details.verifiedFrames < source.index.length || !context.budget.allows(3)) return;
  details.verification = {
    ...verificationOf(staged, { mode, results }, tables),
    ...(changed.size === 0 ? {} : { changedSince: Object.fromEntries(changed) }),
  };
  details.verified = details.verification.unchecked.length === 0;
  details.completedAt = context.now();
  const { database, driver, budget } = context;
  endWell(run, budget);
  const completed = await completeRun(database, run, { driver, now: details.completedAt });
  if (!completed) return await followOther(context, run);
  enter(run, "completed");
}

/** Takes over how another driver completed the run. Rejects with `RUN_LOCKED` where it did not yet. */
async function followOther({ database, key }: RunContext, run: RunRecord): Promise<void> {
  const found = await loadRun(database, key);
  if (found?.status !== "completed") throw takenOver(key);
  adopt(run, found);
}
