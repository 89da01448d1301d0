import { bytes } from "../../numbers.ts";
import type { Plan } from "../../sync/run/index.ts";
import { UsageError } from "../exit.ts";
import { commandLine } from "../options/command-line.ts";

export interface StagedRun {
  key: string;
  plan: Plan;
  /** The app's. */
  address: string;
  /** How a command line names it. */
  words: readonly string[];
}

/** What a run that is only planned keeps at an app, and the command that removes it. */
export function stagedRowsNote({ key, plan, address, words }: StagedRun): string {
  return `${bytes(plan.stagedBytes)} of temporary rows stay at ${address}, to resume from; to remove them: ${dropCommand(key, words)}`;
}

export function dropCommand(key: string, words: readonly string[]): string {
  return commandLine(["drop", key, ...words]);
}

/** A missing confirmation changes no table, but the temporary rows stay: its hint says so. */
export function withStagedRowsNote(error: unknown, run: StagedRun): unknown {
  if (!(error instanceof UsageError)) return error;
  const hint = error.hint === undefined ? "" : `${error.hint}. `;
  return new UsageError(error.message, hint + stagedRowsNote(run));
}
