import type { Plan } from "../../sync/run/index.ts";
import { UsageError } from "../exit.ts";
import { commandLine } from "../options/command-line.ts";
import { bytes } from "../printing/numbers.ts";
import type { Target } from "../targets/target.ts";

/** What a run that is only planned keeps at an app, and the command that removes it. */
export function stagedRowsNote(key: string, { stagedBytes }: Plan, address: string): string {
  return `${bytes(stagedBytes)} of rows wait at ${address} to go on with; to remove them: ${dropCommand(key, address)}`;
}

export function dropCommand(key: string, address: string): string {
  return commandLine(["drop", key, "--url", address]);
}

/** A confirmation that is missing changes no table; what waits for it at an app is told all the same. */
export function withStagedRowsNote(error: unknown, key: string, plan: Plan, target: Target): unknown {
  if (!(error instanceof UsageError) || target.kind !== "app") return error;
  const hint = error.hint === undefined ? "" : `${error.hint}. `;
  return new UsageError(error.message, hint + stagedRowsNote(key, plan, target.name));
}
