import { isCancel, text } from "@clack/prompts";
import { UsageError } from "../exit.ts";
import { plural } from "../printing/numbers.ts";
import { printable } from "../printing/table.ts";
import type { World } from "../world.ts";
import { isInteractive } from "./interactive.ts";

/** What is about to happen and what the command line already said to it. */
export interface ConfirmationCase {
  /** Rows the plan deletes. */
  deletes: number;
  /** What has to be typed before rows are deleted: the target's host or file name. */
  host: string;
  /** Is there a person at a terminal? */
  interactive: boolean;
  yes?: boolean | undefined;
  confirmDelete?: number | undefined;
}

export type ConfirmationNeed = { ask: "nothing" } | { ask: "yes" } | { ask: "host" };

/**
 * Who has to say yes. Deletes need their number (`--confirm-delete`) or the host's name typed: `--yes`
 * is not enough. Without a terminal and without the flag nobody is asked and nobody answers for them.
 */
export function neededConfirmation(one: ConfirmationCase): ConfirmationNeed {
  if (one.deletes > 0) {
    const flag = `--confirm-delete=${one.deletes}`;
    if (one.confirmDelete === one.deletes) return { ask: "nothing" };
    if (one.confirmDelete !== undefined) {
      throw new UsageError(
        `The plan deletes ${plural(one.deletes, "row")}, and --confirm-delete=${one.confirmDelete} confirms another number; nothing was changed`,
        `Look at the plan, then add ${flag}`,
      );
    }
    if (one.interactive) return { ask: "host" };
    throw new UsageError(
      `The plan deletes ${plural(one.deletes, "row")}, and there is no terminal to confirm it; nothing was changed`,
      `Add ${flag}`,
    );
  }
  if (one.yes || one.confirmDelete !== undefined) return { ask: "nothing" };
  if (one.interactive) return { ask: "yes" };
  throw noTerminal();
}

/** Refuses before anything is moved where nobody could confirm in the end. */
export function refuseWithoutConfirmation(
  one: Pick<ConfirmationCase, "interactive" | "yes" | "confirmDelete">,
): void {
  if (!one.interactive && !one.yes && one.confirmDelete === undefined) throw noTerminal();
}

function noTerminal(): UsageError {
  return new UsageError(
    "There is no terminal to confirm this on; nothing was changed",
    "Add --yes, or --confirm-delete=N when rows are deleted, or --dry-run to see the plan",
  );
}

export type Answer = "yes" | "no" | "interrupted";

/** Asks at the terminal. Anything but the exact answer is a no, the end of the input (Ctrl-D) as well. */
export async function askForConfirmation(
  need: ConfirmationNeed,
  one: ConfirmationCase,
  world: Pick<World, "stdin" | "stderr" | "signal">,
): Promise<Answer> {
  if (need.ask === "nothing") return "yes";
  const host = printable(one.host);
  const message =
    need.ask === "yes"
      ? `Write to ${host}? Type y to go on`
      : `This deletes ${plural(one.deletes, "row")}. Type ${host} to go on`;
  const answer = await askForText(message, world);
  if (answer === null) return "no";
  if (isCancel(answer)) return "interrupted";
  const typed = (answer ?? "").trim();
  return (need.ask === "yes" ? /^y(es)?$/i.test(typed) : typed === one.host) ? "yes" : "no";
}

/** Asks for a y before something is removed. Without a terminal `--yes` has to say it. */
export async function confirmRemoval(
  question: string,
  yes: boolean | undefined,
  world: Pick<World, "stdin" | "stderr" | "signal">,
): Promise<Answer> {
  if (yes) return "yes";
  if (!isInteractive(world)) {
    throw new UsageError("There is no terminal to confirm this on; nothing was removed", "Add --yes");
  }
  const answer = await askForText(`${question} Type y to go on`, world);
  if (answer === null) return "no";
  if (isCancel(answer)) return "interrupted";
  return /^y(es)?$/i.test((answer ?? "").trim()) ? "yes" : "no";
}

const CTRL_D = "\x04";

/** What was typed; null when the input ended first, which the prompt by itself never notices. */
async function askForText(
  message: string,
  { stdin, stderr, signal }: Pick<World, "stdin" | "stderr" | "signal">,
): Promise<Awaited<ReturnType<typeof text>> | null> {
  const end = new AbortController();
  const stop = () => end.abort();
  const look = (typed: Buffer | string) => {
    if (typed.toString().includes(CTRL_D)) stop();
  };
  stdin.on("end", stop).on("data", look);
  try {
    const answer = await text({
      message,
      input: stdin,
      output: stderr,
      signal: AbortSignal.any([signal, end.signal]),
    });
    return end.signal.aborted && !signal.aborted ? null : answer;
  } finally {
    stdin.off("end", stop).off("data", look);
  }
}
