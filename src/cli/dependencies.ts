import type { Readable, Writable } from "node:stream";
import type { Printer } from "./printing/printer.ts";
import type { Settings } from "./settings.ts";
import type { Trail } from "./trail.ts";

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

/** What a command works with. */
export interface Dependencies {
  world: World;
  settings: Settings;
  printer: Printer;
  trail: Trail;
}
