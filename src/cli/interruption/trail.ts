import type { Printer } from "../printing/printer.ts";

/** How far a command has come, for the one who interrupts it. */
export interface Trail {
  /** The step that was begun last, and what its bar said last. */
  step: { label: string; text: string } | null;
  /** The run whose bytes are at an app: anybody drives it to its end with this key. */
  run: { key: string; address: string } | null;
  /** The same command goes on where this one stopped; else it begins again. */
  goesOn: boolean;
}

export function createTrail(): Trail {
  return { step: null, run: null, goesOn: false };
}

/** The printer, each step of which is noted on the way. */
export function noting(printer: Printer, trail: Trail): Printer {
  return {
    ...printer,
    progress(label) {
      const bar = printer.progress(label);
      trail.step = { label, text: "" };
      return {
        update(fraction, text) {
          trail.step = { label, text };
          bar.update(fraction, text);
        },
        end: () => bar.end(),
      };
    },
  };
}
