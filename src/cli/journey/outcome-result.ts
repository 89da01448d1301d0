import type { ComparedPlaces } from "../../diff/index.ts";
import { keptCount, type Merged } from "../bases/three-way.ts";
import type { TransferFlags } from "../options/run-options.ts";
import { undoCommand } from "../options/undo-command.ts";
import { type App, wordsFor } from "../places/app.ts";
import { type Place, placeName } from "../places/place.ts";
import { skippedRows } from "../printing/results.ts";
import type { RunOutcome } from "../targets/target.ts";
import type { JourneyOutcome } from "./target-run.ts";

/* What `--json` prints when a run has ended; docs/cli.md describes the fields. */

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

export interface Nothing extends Required<Pick<Finished, "from" | "to" | "apps" | "startedAt">> {
  flags: Pick<TransferFlags, "dryRun" | "onEdit" | "base">;
  found: ComparedPlaces;
  merged: Merged;
}

export function resultOf(finished: Finished, ms: number): object {
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

export function resultOfNothing({ from, to, flags, found, merged, apps }: Nothing, ms: number): object {
  return {
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
  };
}

/** How the run is undone that a command completed; null where there is nothing to undo. */
export function undoOf({ to, key, outcome, apps }: Finished): { key: string; command: string } | null {
  const { undo } = outcome.run;
  if (outcome.end !== "completed" || undo === null) return null;
  if (to.kind !== "app") return { key: undo, command: undoCommand(key, ["--to", placeName(to)]) };
  if (apps.target === undefined) return null;
  return { key: undo, command: undoCommand(key, wordsFor(apps.target)) };
}
