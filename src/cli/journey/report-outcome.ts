import type { Dependencies } from "../commands/dependencies.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { commandLine } from "../options/command-line.ts";
import type { App } from "../places/app.ts";
import { type Place, placeName } from "../places/place.ts";
import { count, duration, plural } from "../printing/numbers.ts";
import { resultLines, skippedRows } from "../printing/results.ts";
import type { JourneyOutcome } from "./plan-and-apply.ts";
import { stagedRowsNote } from "./staged-rows.ts";

export interface Finished {
  /** Absent for a run that was begun elsewhere. */
  from?: Place;
  to: Place;
  key: string;
  outcome: JourneyOutcome;
  apps: { source?: App; target?: App };
  /** The archive's size. */
  bytes?: number;
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
export function reportOutcome(finished: Finished, { world, printer }: Dependencies): ExitCode {
  const { from, to, key, outcome, apps } = finished;
  const { landing } = outcome;
  const ms = world.now() - finished.startedAt;
  const skipped = skippedRows(landing.results);
  const code = outcome.end === "declined" ? EXIT.usage : skipped > 0 ? EXIT.refused : EXIT.done;

  if (outcome.end === "dry run") printer.done("A dry run: nothing was changed");
  if (outcome.end === "declined") printer.warn("Not confirmed: nothing was changed");
  // What a push has staged is cleared away; a run that was begun elsewhere is not this command's to drop.
  const kept = from === undefined && (outcome.end === "dry run" || outcome.end === "declined");
  if (kept && outcome.plan !== null) printer.line(stagedRowsNote(key, outcome.plan, placeName(to)));
  if (outcome.end === "handed over") {
    printer.done(`Handed over to the workflow of ${placeName(to)}, which drives it to its end. How it goes:`);
    printer.line(commandLine(["status", key, "--url", placeName(to)]));
  }
  if (outcome.end === "completed") {
    printer.line();
    printer.lines(resultLines(landing.results ?? {}).map((line) => `  ${line}`));
    printer.line();
    if (skipped > 0)
      printer.warn(`${plural(skipped, "row was", "rows were")} left out because of a conflict`);
    const version = landing.version === null ? "" : ` version ${count(landing.version)}`;
    const verified = landing.verified ? "read back and verified" : "not read back";
    printer.done(`${placeName(to)} holds${version || " it"}, ${verified}, in ${duration(ms)}`);
  }

  printer.result({
    success: outcome.end !== "declined",
    status: STATUS[outcome.end],
    ...(outcome.end === "handed over" ? { driver: "workflow" } : {}),
    ...(from === undefined ? {} : { from: placeName(from) }),
    to: placeName(to),
    syncKey: key,
    version: landing.version,
    plan: outcome.plan,
    results: landing.results,
    verified: landing.verified,
    skipped,
    notes: [...(finished.exportNotes ?? []), ...landing.notes],
    ...(finished.bytes === undefined ? {} : { bytes: finished.bytes }),
    seconds: ms / 1000,
    usage: {
      ...(apps.source === undefined ? {} : { source: apps.source.usage }),
      ...(apps.target === undefined ? {} : { target: apps.target.usage }),
    },
  });
  return code;
}
