import { count, duration, plural } from "../../numbers.ts";
import { tellVerification } from "../../sync/run/index.ts";
import { keptCount } from "../bases/three-way.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { commandLine } from "../options/command-line.ts";
import { wordsFor } from "../places/app.ts";
import { placeName } from "../places/place.ts";
import { nothingToDo } from "../printing/difference.ts";
import { indented } from "../printing/layout/block.ts";
import { mergedLines } from "../printing/merged.ts";
import { leftText } from "../printing/plan.ts";
import { leftIn } from "../printing/plan-table.ts";
import { printable } from "../printing/printable.ts";
import { changesLine, isAsPlanned, resultLines, skippedRows } from "../printing/results.ts";
import type { RunOutcome } from "../targets/target.ts";
import { type Finished, type Nothing, resultOf, resultOfNothing, undoOf } from "./outcome-result.ts";
import type { Session } from "./session.ts";
import { stagedRowsNote } from "./staged-rows.ts";
import type { JourneyOutcome } from "./target-run.ts";

/** Says how it ended, to a person and to a program, and answers the exit code. */
export function reportOutcome(
  finished: Finished,
  { world, printer }: Pick<Session, "world" | "printer">,
): ExitCode {
  const { outcome } = finished;
  const ms = world.now() - finished.startedAt;
  if (outcome.end === "handed over") printHandOver(finished, printer);
  else if (outcome.run.unchanged) printNothingToDo(finished, ms, printer);
  else if (outcome.end === "completed") printCompleted(finished, ms, printer);
  else printUnchanged(finished, printer);
  printer.result(resultOf(finished, ms));
  if (outcome.end === "declined") return EXIT.usage;
  const left = outcome.end === "completed" && outcome.plan !== null ? leftIn(outcome.plan) : 0;
  return skippedRows(outcome.run.results) + left > 0 ? EXIT.refused : EXIT.done;
}

/** Says that nothing was to be done, and answers the exit code. */
export function reportNothing(
  nothing: Nothing,
  { world, printer }: Pick<Session, "world" | "printer">,
): ExitCode {
  const { to, flags, found, merged, startedAt } = nothing;
  const ms = world.now() - startedAt;
  printer.lines(mergedLines(merged, flags));
  printer.done(
    `${nothingToDo(found, placeName(to), keptCount(merged) + merged.conflictRows)}, in ${duration(ms)}`,
  );
  printer.result(resultOfNothing(nothing, ms));
  return EXIT.done;
}

type Printer = Session["printer"];

function printUnchanged({ from, to, key, outcome, apps, undone }: Finished, printer: Printer): void {
  if (outcome.kept) {
    printKept({ to, key, outcome, apps }, printer);
    return;
  }
  if (outcome.end === "dry run") printer.done(dryRunText(outcome.plan));
  else printer.warn("Not confirmed: nothing was changed");
  // What a push or an undo has staged is removed again; a run that was started elsewhere is not this command's to drop.
  if (from !== undefined || undone !== undefined || outcome.plan === null || apps.target === undefined)
    return;
  const words = wordsFor(apps.target);
  printer.line(stagedRowsNote({ key, plan: outcome.plan, address: placeName(to), words }));
}

function dryRunText(plan: JourneyOutcome["plan"]): string {
  return plan?.unchanged
    ? "A dry run: nothing was changed, and there is nothing to do"
    : "A dry run: nothing was changed";
}

function printKept(
  { to, key, outcome, apps }: Pick<Finished, "to" | "key" | "outcome" | "apps">,
  printer: Printer,
): void {
  printer.done(`Planned: nothing was changed, and the plan waits at ${placeName(to)}`);
  if (outcome.plan === null || apps.target === undefined) return;
  const words = wordsFor(apps.target);
  printer.line(stagedRowsNote({ key, plan: outcome.plan, address: placeName(to), words }));
}

function printHandOver({ to, key, apps }: Finished, printer: Printer): void {
  printer.done(`Handed over to the workflow of ${placeName(to)}, which finishes it. To see how far it is:`);
  if (apps.target !== undefined)
    printer.line({ whole: commandLine(["status", key, ...wordsFor(apps.target)]) });
}

function printNothingToDo({ to, outcome }: Finished, ms: number, printer: Printer): void {
  const { results } = outcome.run;
  const skipped = skippedRows(results);
  if (skipped > 0) printer.warn(`${plural(skipped, "row was", "rows were")} left out because of a conflict`);
  const rows = Object.values(results ?? {}).reduce((sum, one) => sum + one.unchanged, 0);
  const all = rows === 1 ? "the 1 row" : `all ${plural(rows, "row")}`;
  const why =
    rows === 0 ? `nothing else is left to send to ${placeName(to)}` : `${placeName(to)} has ${all} already`;
  printer.done(`Nothing to do: ${why}, in ${duration(ms)}`);
}

function printCompleted(finished: Finished, ms: number, printer: Printer): void {
  const { to, outcome } = finished;
  const { plan } = outcome;
  const { results, version } = outcome.run;
  const skipped = skippedRows(results);
  // The plan was shown, and a second table would only say the same.
  const saysPlan = plan !== null && isAsPlanned(plan, results ?? {});
  if (!saysPlan) printer.lines(["", ...indented(resultLines(results ?? {}), 2), ""]);
  if (skipped > 0) printer.warn(`${plural(skipped, "row was", "rows were")} left out because of a conflict`);
  const left = plan === null ? 0 : leftIn(plan);
  if (plan !== null && left > 0) {
    printer.warn(`${plural(left, "row was", "rows were")} left alone: ${leftText(plan)}`);
  }
  const { undone } = finished;
  const what = version === null ? "the rows" : `version ${count(version)}`;
  const but = left === 0 ? "" : ` but for ${plural(left, "row")}`;
  const holds = undone === undefined ? `holds ${what}` : `has undone ${undone}${but}`;
  const changes = changesLine(results ?? {});
  printer.done(`${placeName(to)} ${holds}, ${checkedText(outcome.run)}, in ${duration(ms)}: ${changes}`);
  const undo = undoOf(finished);
  if (undo !== null) printer.line({ whole: `Undo it: ${undo.command}` });
}

/** What was done to find out whether the rows are there. */
export function checkedText({
  verified,
  verification,
}: {
  verified: boolean;
  verification?: RunOutcome["verification"] | undefined;
}): string {
  if (verification) return printable(tellVerification(verification));
  return verified ? "verified" : "not read back";
}
