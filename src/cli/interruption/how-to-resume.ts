import type { FerryError } from "../../errors.ts";
import { commandLine } from "../options/command-line.ts";
import type { Failure } from "../printing/printer.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { isFinal } from "./final-error.ts";

/** What an interrupted command says: how far it came, what goes on without it, and how to go on. */
export interface Interruption {
  failure: Failure;
  /** Printed below it; the last one is the command to type. */
  lines: string[];
}

export function describeInterruption(argv: readonly string[], checkpoint: Checkpoint): Interruption {
  const { details, lines } = describeHowToResume(argv, checkpoint);
  const where = whereOf(checkpoint);
  const error = `Interrupted${where === "" ? "" : ` ${where}`}`;
  const atOnce =
    "  The app does nothing by itself: at most it ends the request that was under way. What is done is kept.";
  return {
    failure: { error, code: "INTERRUPTED", details },
    lines: checkpoint.run === null ? lines : [atOnce, ...lines],
  };
}

/** The same for a run that an error stopped; null where nothing is left to go on with. */
export function describeStop(
  argv: readonly string[],
  checkpoint: Checkpoint,
  error: FerryError,
): (Pick<Interruption, "lines"> & { details: Record<string, unknown> }) | null {
  if (checkpoint.run === null || isFinal(error) || error.code === "CONFIRMATION_REQUIRED") return null;
  const { details, lines } = describeHowToResume(argv, checkpoint);
  const where = whereOf(checkpoint);
  return {
    details,
    lines: [`  It stopped${where === "" ? "" : ` ${where}`}. What is done is kept.`, ...lines],
  };
}

function describeHowToResume(argv: readonly string[], { step, run, resumable }: Checkpoint) {
  const same = commandLine(argv);
  const details = { ...(step === null ? {} : { step: step.label, progress: step.text }), command: same };
  if (run === null) {
    const lines = [
      resumable ? "  The same command goes on where this one stopped:" : "  To begin again:",
      same,
    ];
    return { details, lines };
  }
  const takeOver = commandLine(["sync", run.key, "--url", run.address]);
  const here = ["  Here, the same command goes on where this one stopped:", same];
  const lines = ["  Anybody goes on, from anywhere:", takeOver, ...(takeOver === same ? [] : here)];
  return { details: { ...details, syncKey: run.key, takeOver }, lines };
}

/** "while applying: 3,000 of 73,000 rows", or nothing. */
function whereOf({ step }: Checkpoint): string {
  if (step === null) return "";
  return `while ${lowerFirst(step.label)}${step.text === "" ? "" : `: ${step.text}`}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
