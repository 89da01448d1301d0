import type { Block, Line, WholeLine } from "./layout/block.ts";

/**
 * How a command speaks. Lines for people go to stderr, the result to stdout: `result` and `failure`
 * are called once, at the end, and only the JSON printer writes them there.
 */
export interface Printer {
  /** Something a person should know. */
  line(line?: Line | WholeLine): void;
  lines(blocks: readonly Block[]): void;
  /** A step that is finished. */
  done(text: string): void;
  warn(text: string): void;
  /** Printed with `--quiet` as well: the plan to confirm. */
  important(blocks: readonly Block[]): void;
  /** Starts a progress bar. */
  progress(label: string): Progress;
  result(value: object): void;
  failure(failure: Failure): void;
}

export interface Progress {
  /** `fraction` null: not known yet. `text` says it in words: "3.1 of 9.8 MB". */
  update(fraction: number | null, text: string): void;
  /** Removes the bar. Twice is fine. */
  end(): void;
}

export interface Failure {
  error: string;
  code: string;
  hint?: string | undefined;
  details?: Record<string, unknown> | undefined;
}
