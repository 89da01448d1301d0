import type { FerryError } from "../../errors.ts";
import { commandLine } from "../options/command-line.ts";
import type { Failure } from "../printing/printer.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { isFinal } from "./final-error.ts";

/** What a command says that ends early: how far it came, what happens without it, and how to resume. */
export interface Interruption {
  failure: Failure;
  /** Printed below it; the last one is the command to type. */
  lines: string[];
}

/** Of a command that Ctrl-C ended. */
export function describeInterruption(argv: readonly string[], checkpoint: Checkpoint): Interruption {
  const { details, lines } = howToResume(argv, checkpoint);
  const error = `Interrupted${whileDoing(checkpoint)}`;
  const meanwhile =
    "  The app does nothing more by itself, except finish the request in progress. What was done is kept.";
  return {
    failure: { error, code: "INTERRUPTED", details },
    lines: checkpoint.run === null ? lines : [meanwhile, ...lines],
  };
}

/** Of a run that an error stopped, or of any command whose day is used up; null where nothing is left to resume. */
export function describeStop(
  argv: readonly string[],
  checkpoint: Checkpoint,
  error: FerryError,
): (Pick<Interruption, "lines"> & { details: Record<string, unknown> }) | null {
  const left = checkpoint.run !== null || error.code === "DAILY_LIMIT";
  if (!left || isFinal(error) || error.code === "CONFIRMATION_REQUIRED") return null;
  const { details, lines } = howToResume(argv, checkpoint);
  const stopped = `  It stopped${whileDoing(checkpoint)}. What was done is kept.`;
  return { details, lines: [stopped, ...lines] };
}

function howToResume(
  [command = "", ...rest]: readonly string[],
  { step, run, argument, resumable }: Checkpoint,
) {
  const same = commandLine([command, ...(argument === null ? [] : [argument]), ...rest]);
  const details = { ...(step === null ? {} : { step: step.label, progress: step.text }), command: same };
  if (run === null) {
    const lines = [resumable ? "  To resume, run the same command again:" : "  To start over:", same];
    return { details, lines };
  }
  const takeOver = commandLine(["sync", run.key, ...run.words]);
  const again = argument === null ? "run the same command again" : "run";
  const here = [`  To resume here, ${again}:`, same];
  const lines = ["  To resume from anywhere:", takeOver, ...(takeOver === same ? [] : here)];
  return { details: { ...details, syncKey: run.key, takeOver }, lines };
}

/** " while applying: 3,000 of 73,000 rows", or nothing. */
function whileDoing({ step }: Checkpoint): string {
  if (step === null) return "";
  const doing = step.label.charAt(0).toLowerCase() + step.label.slice(1);
  return ` while ${doing}${step.text === "" ? "" : `: ${step.text}`}`;
}
