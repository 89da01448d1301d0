import type { Printer } from "../printing/printer.ts";

/** How far a command has come: what it says when it is interrupted. */
export interface Checkpoint {
  /** The latest step, and the last text of its progress bar. */
  step: { label: string; text: string } | null;
  /** The run whose bytes are at an app, and the words that name the app: with both it can be completed from anywhere. */
  run: { key: string; words: readonly string[] } | null;
  /** What the command has chosen where no argument was given: with it another command line means the same. */
  argument: string | null;
  /** The words that name the app which the command asks; none where it asks none. */
  app: readonly string[];
  /** The same command resumes where this one stops; else it starts over. */
  resumable: boolean;
}

export function createCheckpoint(): Checkpoint {
  return { step: null, run: null, argument: null, app: [], resumable: false };
}

/** The printer; each step that it shows is also kept in the checkpoint. */
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
