import type { Readable, Writable } from "node:stream";

/** The world as the command line sees it. Tests hand in their own. */
export interface World {
  env: Record<string, string | undefined>;
  cwd: string;
  stdin: Readable & { isTTY?: boolean };
  /** Results only: one JSON object with --json, or the archive with `-o -`. */
  stdout: Writable & { isTTY?: boolean };
  /** Everything a person reads. */
  stderr: Writable & { isTTY?: boolean; columns?: number };
  fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now(): number;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}
