import { plural } from "../../numbers.ts";
import { UsageError } from "../exit.ts";
import type { ConfirmationFlags } from "../options/run-options.ts";

/** What is about to happen, and what the command line says to it. */
export interface ConfirmationCase extends ConfirmationFlags {
  /** Rows the plan deletes. */
  deletes: number;
  /** What has to be typed before rows are deleted: the target's host or file name. */
  host: string;
  /** Is there a person at a terminal? */
  interactive: boolean;
}

export type ConfirmationNeed = { ask: "nothing" } | { ask: "yes" } | { ask: "host" };

/**
 * Which answer a plan needs. Deletes need their number (`--confirm-delete`) or the host's name typed: `--yes`
 * is not enough. Another number refuses any plan, also one that deletes nothing. Without a terminal and without the flag
 * nobody is asked, and nobody answers for them.
 */
export function neededConfirmation(one: ConfirmationCase): ConfirmationNeed {
  const { deletes, confirmDelete, yes, interactive } = one;
  if (confirmDelete === deletes) return { ask: "nothing" };
  if (confirmDelete !== undefined) throw otherNumber(deletes, confirmDelete);
  if (deletes > 0) return neededForDeletes(one);
  if (yes) return { ask: "nothing" };
  if (interactive) return { ask: "yes" };
  throw noTerminal();
}

function neededForDeletes({ deletes, interactive }: ConfirmationCase): ConfirmationNeed {
  if (interactive) return { ask: "host" };
  throw new UsageError(
    `${whatItDeletes(deletes)}, and there is no terminal to confirm it; nothing was changed`,
    `Add --confirm-delete=${deletes}`,
  );
}

function otherNumber(deletes: number, confirmed: number): UsageError {
  return new UsageError(
    `${whatItDeletes(deletes)}, but --confirm-delete=${confirmed} confirms another number; nothing was changed`,
    `Look at the plan, then add ${deletes === 0 ? "--yes instead" : `--confirm-delete=${deletes}`}`,
  );
}

function whatItDeletes(deletes: number): string {
  return `The plan deletes ${deletes === 0 ? "no rows" : plural(deletes, "row")}`;
}

/** Refuses before any work is done where nobody could confirm in the end. `toSeeThePlan`: what shows it without a yes. */
export function refuseWithoutConfirmation(
  one: ConfirmationFlags & { interactive: boolean },
  toSeeThePlan = "--dry-run",
): void {
  if (!one.interactive && !one.yes && one.confirmDelete === undefined) throw noTerminal(toSeeThePlan);
}

function noTerminal(toSeeThePlan = "--dry-run"): UsageError {
  return new UsageError(
    "There is no terminal to confirm this on; nothing was changed",
    `Add --yes, or --confirm-delete=N if rows are deleted, or ${toSeeThePlan} to see the plan`,
  );
}
