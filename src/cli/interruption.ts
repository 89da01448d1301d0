import { commandLine } from "./interrupt.ts";
import type { Failure } from "./printing/printer.ts";
import type { Trail } from "./trail.ts";

/** What an interrupted command says: how far it came, what goes on without it, and how to go on. */
export interface Interruption {
  failure: Failure;
  /** Printed below it; the last one is the command to type. */
  lines: string[];
}

export function tellInterruption(argv: readonly string[], { step, run, goesOn }: Trail): Interruption {
  const same = commandLine(argv);
  const details = { ...(step === null ? {} : { step: step.label, progress: step.text }), command: same };
  const error = `Interrupted${step === null ? "" : ` while ${lowerFirst(step.label)}${step.text === "" ? "" : `: ${step.text}`}`}`;
  if (run === null) {
    const lines = [goesOn ? "  The same command goes on where this one stopped:" : "  To begin again:", same];
    return { failure: { error, code: "INTERRUPTED", details }, lines };
  }
  const takeOver = commandLine(["sync", run.key, "--url", run.address]);
  const lines = [
    "  The app does nothing by itself: at most it ends the request that was under way. What is done is kept.",
    "  Anybody goes on, from anywhere:",
    takeOver,
    ...(takeOver === same ? [] : ["  Here, the same command goes on where this one stopped:", same]),
  ];
  return {
    failure: { error, code: "INTERRUPTED", details: { ...details, syncKey: run.key, takeOver } },
    lines,
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
