import type { ComparedPlaces } from "../../diff/index.ts";
import { count, duration, plural } from "../../numbers.ts";
import { tellVerification } from "../../sync/run/index.ts";
import { keptCount, type Merged } from "../bases/three-way.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { commandLine } from "../options/command-line.ts";
import type { TransferFlags } from "../options/run-options.ts";
import { undoCommand } from "../options/undo-command.ts";
import { type App, wordsFor } from "../places/app.ts";
import { type Place, placeName } from "../places/place.ts";
import { nothingToDo } from "../printing/difference.ts";
import { indented } from "../printing/layout/block.ts";
import { mergedLines } from "../printing/merged.ts";
import { leftText } from "../printing/plan.ts";
import { leftIn } from "../printing/plan-table.ts";
import { printable } from "../printing/printable.ts";
import { changesLine, isAsPlanned, resultLines, skippedRows } from "../printing/results.ts";
import type { RunOutcome } from "../targets/target.ts";
import type { Session } from "./session.ts";
import { stagedRowsNote } from "./staged-rows.ts";
import type { JourneyOutcome } from "./target-run.ts";

export interface Finished {
  /** Absent for a run that was started elsewhere. */
  from?: Place;
  to: Place;
  key: string;
  outcome: JourneyOutcome;
  apps: { source?: App; target?: App };
  /** The key of the run whose changes it took back. Absent for a run that is no undo. */
  undone?: string;
  /** The archive's size. */
  bytes?: number;
  /** How the places differed, where only that was sent, and what was decided about it. */
  compared?: { found: ComparedPlaces; merged: Merged } | undefined;
  /** What the export left out. */
  exportNotes?: string[];
  /** Milliseconds since 1970. */
  startedAt: number;
}

const STATUS: Readonly<Record<JourneyOutcome["end"], string>> = {
  "dry run": "planned",
  declined: "declined",
  "handed over": "processing",
  completed: "completed",
};

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

export interface Nothing extends Required<Pick<Finished, "from" | "to" | "apps" | "startedAt">> {
  flags: Pick<TransferFlags, "dryRun" | "onEdit" | "base">;
  found: ComparedPlaces;
  merged: Merged;
}

/** Says that nothing was to be done, and answers the exit code. */
export function reportNothing(
  { from, to, flags, found, merged, apps, startedAt }: Nothing,
  { world, printer }: Pick<Session, "world" | "printer">,
): ExitCode {
  const ms = world.now() - startedAt;
  printer.lines(mergedLines(merged, flags));
  printer.done(
    `${nothingToDo(found, placeName(to), keptCount(merged) + merged.conflictRows)}, in ${duration(ms)}`,
  );
  printer.result({
    success: true,
    status: flags.dryRun ? "planned" : "completed",
    from: placeName(from),
    to: placeName(to),
    version: null,
    plan: null,
    results: null,
    unchanged: true,
    undo: null,
    compared: { tables: found.tables },
    merge: mergeOf(merged),
    notes: found.notes,
    seconds: ms / 1000,
    usage: usageOf(apps),
  });
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
  printer.done(`Nothing to do: ${placeName(to)} has ${all} already, in ${duration(ms)}`);
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

/** How the run is undone that a command completed; null where there is nothing to undo. */
function undoOf({ to, key, outcome, apps }: Finished): { key: string; command: string } | null {
  const { undo } = outcome.run;
  if (outcome.end !== "completed" || undo === null) return null;
  if (to.kind !== "app") return { key: undo, command: undoCommand(key, ["--to", placeName(to)]) };
  if (apps.target === undefined) return null;
  return { key: undo, command: undoCommand(key, wordsFor(apps.target)) };
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

/** The fields that docs/cli.md describes. */
function resultOf(finished: Finished, ms: number): object {
  const { from, to, key, outcome, apps, bytes, exportNotes = [], compared, undone } = finished;
  const { version, results, unchanged, verified, verification, notes }: RunOutcome = outcome.run;
  return {
    success: outcome.end !== "declined",
    status: STATUS[outcome.end],
    ...(outcome.end === "handed over" ? { driver: "workflow" } : {}),
    ...(from === undefined ? {} : { from: placeName(from) }),
    to: placeName(to),
    syncKey: key,
    version,
    plan: outcome.plan,
    results,
    ...(unchanged ? { unchanged } : {}),
    verified,
    verification,
    skipped: skippedRows(results),
    ...(undone === undefined ? {} : { undoes: undone }),
    undo: undoOf(finished),
    notes: [...exportNotes, ...notes],
    ...(bytes === undefined ? {} : { bytes }),
    ...(compared === undefined
      ? {}
      : { compared: { tables: compared.found.tables }, merge: mergeOf(compared.merged) }),
    seconds: ms / 1000,
    usage: usageOf(apps),
  };
}

/** What the last exchange decided; `since` is null where none is known. */
function mergeOf({ since, kept, keptRows, conflicts, conflictRows, unknownRows }: Merged): object {
  return {
    since: since === null ? null : new Date(since).toISOString(),
    kept: { rows: keptCount({ keptRows }), samples: kept },
    conflicts: { rows: conflictRows, samples: conflicts },
    unknown: { rows: unknownRows },
  };
}

function usageOf({ source, target }: Finished["apps"]): object {
  return {
    ...(source === undefined ? {} : { source: source.usage }),
    ...(target === undefined ? {} : { target: target.usage }),
  };
}
