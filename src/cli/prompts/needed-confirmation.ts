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
 * is not enough. Without a terminal and without the flag nobody is asked, and nobody answers for them.
 */
export function neededConfirmation(one: ConfirmationCase): ConfirmationNeed {
  if (one.deletes > 0) return neededForDeletes(one);
  if (one.yes || one.confirmDelete !== undefined) return { ask: "nothing" };
  if (one.interactive) return { ask: "yes" };
  throw noTerminal();
}

function neededForDeletes({ deletes, confirmDelete, interactive }: ConfirmationCase): ConfirmationNeed {
  if (confirmDelete === deletes) return { ask: "nothing" };
  const plan = `The plan deletes ${plural(deletes, "row")}`;
  const flag = `--confirm-delete=${deletes}`;
  if (confirmDelete !== undefined) {
    throw new UsageError(
      `${plan}, but --confirm-delete=${confirmDelete} confirms another number; nothing was changed`,
      `Look at the plan, then add ${flag}`,
    );
  }
  if (interactive) return { ask: "host" };
  throw new UsageError(`${plan}, and there is no terminal to confirm it; nothing was changed`, `Add ${flag}`);
}

/** Refuses before any work is done where nobody could confirm in the end. */
export function refuseWithoutConfirmation(one: ConfirmationFlags & { interactive: boolean }): void {
  if (!one.interactive && !one.yes && one.confirmDelete === undefined) throw noTerminal();
}

function noTerminal(): UsageError {
  return new UsageError(
    "There is no terminal to confirm this on; nothing was changed",
    "Add --yes, or --confirm-delete=N if rows are deleted, or --dry-run to see the plan",
  );
}
