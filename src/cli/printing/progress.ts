import type { Writable } from "node:stream";
import { printable } from "./printable.ts";
import type { Progress } from "./printer.ts";

const WIDTH = 24;
/** Milliseconds between two drawings. */
const PAUSE = 80;

export const noProgress: Progress = { update() {}, end() {} };

/**
 * A bar that redraws one line of a terminal. Written here because the prompt library's own bars take
 * over Ctrl-C and leave with code 0, and a push that was interrupted has to say how to resume.
 */
export function progressBar(
  output: Writable & { columns?: number },
  label: string,
  now: () => number,
): Progress {
  let last = Number.NEGATIVE_INFINITY;
  let drawn = false;
  return {
    update(fraction, text) {
      const time = now();
      if (time - last < PAUSE) return;
      last = time;
      const bar = fraction === null ? "" : `${drawBar(fraction)} `;
      output.write(`\r\x1b[K${printable(`${label}  ${bar}${text}`).slice(0, (output.columns ?? 80) - 1)}`);
      drawn = true;
    },
    end() {
      if (drawn) output.write("\r\x1b[K");
      drawn = false;
    },
  };
}

function drawBar(fraction: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * WIDTH);
  return "█".repeat(filled) + "░".repeat(WIDTH - filled);
}
