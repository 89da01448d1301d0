import type { Printer } from "../printing/printer.ts";

/** How far a command has come, for the one who interrupts it. */
export interface Checkpoint {
  /** The step that was begun last, and what its bar said last. */
  step: { label: string; text: string } | null;
  /** The run whose bytes are at an app: anybody drives it to its end with this key. */
  run: { key: string; address: string } | null;
  /** The same command goes on where this one stopped; else it begins again. */
  resumable: boolean;
}

export function createCheckpoint(): Checkpoint {
  return { step: null, run: null, resumable: false };
}

/** The printer, each step of which is noted on the way. */
export function trackSteps(printer: Printer, checkpoint: Checkpoint): Printer {
  return {
    ...printer,
    progress(label) {
      const bar = printer.progress(label);
      checkpoint.step = { label, text: "" };
      return {
        update(fraction, text) {
          checkpoint.step = { label, text };
          bar.update(fraction, text);
        },
        end: () => bar.end(),
      };
    },
  };
}
