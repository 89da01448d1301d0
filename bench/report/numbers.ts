import type { Spread } from "./figures.ts";

const NONE = "–";

export function count(value: number | null): string {
  return value === null ? NONE : Math.round(value).toLocaleString("en");
}

/** With as many digits as say something. */
export function figure(value: number | null): string {
  if (value === null) return NONE;
  if (value >= 100) return count(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** "1.72 (1.66–1.90)"; of one run only the one. */
export function spread(value: Spread | null): string {
  if (value === null) return NONE;
  const { median, least, most } = value;
  return least === most ? figure(median) : `${figure(median)} (${figure(least)}–${figure(most)})`;
}

/** The one figure of all runs; "45–47" says that they were not the same. */
export function constant(value: Spread | null): string {
  if (value === null) return NONE;
  return value.least === value.most ? count(value.least) : `${count(value.least)}–${count(value.most)}`;
}

export function megabytes(bytes: number | null): string {
  return bytes === null ? NONE : count(bytes / 1e6);
}

export function megabytesExact(bytes: number | null): string {
  return bytes === null ? NONE : figure(bytes / 1e6);
}
