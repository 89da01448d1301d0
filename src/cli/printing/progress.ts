import type { Writable } from "node:stream";
import { duration } from "../../numbers.ts";
import { cutText } from "./layout/width.ts";
import { printable } from "./printable.ts";
import type { Progress } from "./printer.ts";

/** Characters of a bar, and of one in a narrow terminal. */
const WIDTH = 24;
const NARROW_WIDTH = 10;
const NARROW = 60;

/** Milliseconds between two drawings, and between two where nothing new is heard. */
const PAUSE = 80;
const TICK = 1000;

/** Milliseconds behind which a step says how long it takes: most do not last as long. */
const PATIENCE = 2000;

export const noProgress: Progress = { update() {}, end() {} };

/**
 * A bar that redraws one line of a terminal, with the time that is left, or where nobody knows that, the time that has
 * passed: it moves each second, whatever it stands for. Written here because the prompt library's own bars take
 * over Ctrl-C and leave with code 0, and a push that was interrupted has to say how to resume.
 */
export function progressBar(
  output: Writable & { columns?: number },
  label: string,
  now: () => number,
): Progress {
  const clock = createClock(now);
  let last = Number.NEGATIVE_INFINITY;
  let drawn = false;
  let shown: { fraction: number | null; text: string } = { fraction: null, text: "" };
  const draw = () => {
    const { fraction, text } = shown;
    const columns = output.columns || 80;
    const bar = fraction === null ? "" : drawBar(fraction, columns < NARROW ? NARROW_WIDTH : WIDTH);
    const parts = [label, bar === "" ? text : `${bar} ${text}`.trimEnd(), clock.told(fraction)];
    const line = parts.filter((part) => part !== "").join("  ");
    output.write(`\r\x1b[K${cutText(printable(line), columns - 1)}`);
    last = now();
    drawn = true;
  };
  const ticking = setInterval(() => {
    if (now() - last >= TICK) draw();
  }, TICK);
  ticking.unref();
  return {
    update(fraction, text) {
      shown = { fraction, text };
      clock.heard(fraction);
      if (now() - last >= PAUSE) draw();
    },
    end() {
      clearInterval(ticking);
      if (drawn) output.write("\r\x1b[K");
      drawn = false;
    },
  };
}

/** Tells the time of a step, by how far it has come since it was first heard of: an earlier command may have done a part. */
function createClock(now: () => number) {
  const started = now();
  let first: { fraction: number; at: number } | null = null;
  return {
    heard(fraction: number | null): void {
      if (fraction !== null) first ??= { fraction, at: now() };
    },
    told(fraction: number | null): string {
      const passed = now() - started;
      if (passed < PATIENCE) return "";
      if (fraction === null || first === null || fraction <= first.fraction) return wholeSeconds(passed);
      if (fraction >= 1) return "";
      const left = ((1 - fraction) * (now() - first.at)) / (fraction - first.fraction);
      return `${wholeSeconds(left)} left`;
    },
  };
}

/** Tenths of a second would only flicker. */
function wholeSeconds(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 10 ? `${seconds} s` : duration(seconds * 1000);
}

function drawBar(fraction: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}
