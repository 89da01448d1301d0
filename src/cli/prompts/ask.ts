import { plural } from "../../numbers.ts";
import { UsageError } from "../exit.ts";
import { printable } from "../printing/printable.ts";
import type { World } from "../world.ts";
import { isInteractive } from "./interactive.ts";
import type { ConfirmationCase, ConfirmationNeed } from "./needed-confirmation.ts";

/** Loaded where something is asked: most commands ask nothing. */
const loadPrompts = () => import("@clack/prompts");
type Prompts = Awaited<ReturnType<typeof loadPrompts>>;

type Terminal = Pick<World, "stdin" | "stderr" | "signal">;

export type Answer = "yes" | "no" | "interrupted";

/** Asks at the terminal. Anything but the exact answer is a no, and so is the end of the input (Ctrl-D). */
export async function askForConfirmation(
  need: ConfirmationNeed,
  one: ConfirmationCase,
  terminal: Terminal,
): Promise<Answer> {
  if (need.ask === "nothing") return "yes";
  const host = printable(one.host);
  if (need.ask === "yes") return askYes(`Write to ${host}?`, terminal);
  const question = `This deletes ${plural(one.deletes, "row")}. Type ${host} to continue`;
  return ask(question, (typed) => typed === one.host, terminal);
}

/** Asks before something is removed. Without a terminal, only `--yes` confirms it. */
export function confirmRemoval(
  question: string,
  flags: { yes?: boolean },
  terminal: Terminal,
): Promise<Answer> {
  return confirmUnless(flags, { question, untouched: "nothing was removed" }, terminal);
}

/** Asks before files are written. Without a terminal, only `--yes` confirms it. */
export function confirmWriting(
  question: string,
  flags: { yes?: boolean },
  terminal: Terminal,
): Promise<Answer> {
  return confirmUnless(flags, { question, untouched: "nothing was written" }, terminal);
}

async function confirmUnless(
  { yes }: { yes?: boolean },
  { question, untouched }: { question: string; untouched: string },
  terminal: Terminal,
): Promise<Answer> {
  if (yes) return "yes";
  if (!isInteractive(terminal)) {
    throw new UsageError(`There is no terminal to confirm this on; ${untouched}`, "Add --yes");
  }
  return askYes(question, terminal);
}

/** Which of a few names; null when the input ended first. */
export async function askOneOf(
  message: string,
  names: readonly string[],
  terminal: Terminal,
): Promise<{ name: string } | "interrupted" | null> {
  const options = names.map((name) => ({ value: name, label: printable(name) }));
  const answer = await untilTheEnd(terminal, ({ select }, shown) => select({ message, options, ...shown }));
  if (answer === null) return null;
  return typeof answer === "symbol" ? "interrupted" : { name: answer };
}

function askYes(question: string, terminal: Terminal): Promise<Answer> {
  return ask(`${question} Type y to continue`, (typed) => /^y(es)?$/i.test(typed), terminal);
}

async function ask(
  message: string,
  confirms: (typed: string) => boolean,
  terminal: Terminal,
): Promise<Answer> {
  const answer = await untilTheEnd(terminal, ({ text }, shown) => text({ message, ...shown }));
  if (answer === null) return "no";
  if (typeof answer === "symbol") return "interrupted";
  return confirms((answer ?? "").trim()) ? "yes" : "no";
}

const CTRL_D = "\x04";

/** A question that one key answers: y or n, or return for the yes. The end of the input is a no. */
export async function askOneKey(message: string, terminal: Terminal): Promise<Answer> {
  const answer = await untilTheEnd(terminal, ({ confirm }, shown) =>
    confirm({ message, initialValue: true, ...shown }),
  );
  if (answer === null) return "no";
  if (typeof answer === "symbol") return "interrupted";
  return answer ? "yes" : "no";
}

interface Shown {
  input: World["stdin"];
  output: World["stderr"];
  signal: AbortSignal;
}

/** What a prompt answers, a symbol where it is interrupted; null when the input ended first, which it never notices itself. */
async function untilTheEnd<T>(
  { stdin, stderr, signal }: Terminal,
  prompt: (prompts: Prompts, shown: Shown) => Promise<T | symbol>,
): Promise<T | symbol | null> {
  const prompts = await loadPrompts();
  const end = new AbortController();
  const stop = () => end.abort();
  const look = (typed: Buffer | string) => {
    if (typed.toString().includes(CTRL_D)) stop();
  };
  stdin.on("end", stop).on("data", look);
  try {
    const answer = await prompt(prompts, {
      input: stdin,
      output: stderr,
      signal: AbortSignal.any([signal, end.signal]),
    });
    return end.signal.aborted && !signal.aborted ? null : answer;
  } finally {
    stdin.off("end", stop).off("data", look);
  }
}
