import type { Trace } from "../trace/trace.ts";
import type { Grid } from "./grid.ts";
import { count } from "./numbers.ts";

/** One table a trace: JavaScript, then SQL, then what is neither. */
export function traceGrid({ seconds, javascript, sql, otherMs }: Trace): Grid {
  const share = (ms: number) => `${Math.round(ms / seconds / 10)} %`;
  const row = (name: string, ms: number, statements = "") => [name, count(ms), share(ms), statements];
  return {
    names: ["", "ms", "of all", "statements"],
    rows: [
      ...javascript.map(({ name, ms }) => row(`JavaScript: ${name}`, ms)),
      ...sql.map(({ name, ms, statements = 0 }) => row(`SQLite: ${name}`, ms, count(statements))),
      row("neither: commits, disk, bucket, HTTP, D1's own JavaScript", otherMs),
      row("all", seconds * 1000),
    ],
  };
}

export function traceTitle({ contender, rows }: Trace): string {
  return `${contender.label}, ${count(rows)} rows`;
}

export const TRACE_NOTE =
  "From two runs: SQLite by D1's own clock, JavaScript of the Worker by V8's profiler, every half millisecond.";
