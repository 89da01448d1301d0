import { resolve } from "node:path";
import { commandLine } from "../options/command-line.ts";
import { runRequest } from "../options/run-options.ts";
import { writePlanFile } from "../workspace/plan-file.ts";
import { printRows } from "./print-rows.ts";
import type { Session } from "./session.ts";
import type { JourneyOutcome, TargetRun } from "./target-run.ts";

/** What `d1-ferry plan` does with a plan: prints its rows, and writes the file by which it can be applied. */
export async function keepPlan(
  run: TargetRun,
  outcome: JourneyOutcome,
  session: Session,
): Promise<JourneyOutcome> {
  const { target, key, flags } = run;
  const { keep } = flags;
  const { plan } = outcome;
  if (keep === undefined || plan === null) return outcome;
  if (keep.rows) await printRows(target.rows(key, plan), { json: keep.json ?? false }, session);
  if (target.kind === "sqlite" || keep.waits === false) return outcome;
  if (keep.output !== undefined) {
    const path = resolve(session.world.cwd, keep.output);
    const { mode = null } = runRequest(flags);
    await writePlanFile(path, { to: target.name, syncKey: key, mode, plan, createdAt: session.world.now() });
    session.printer.done(`Wrote the plan to ${keep.output}`);
    session.printer.line({ whole: `Apply it: ${commandLine(["apply", keep.output])}` });
  }
  return { ...outcome, kept: true };
}
