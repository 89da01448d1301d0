import type { FerryError } from "../errors.ts";

/** Exit codes, the same for every command. Printed by --help. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  differs: 4,
  locked: 5,
  tomorrow: 6,
  interrupted: 130,
  outputClosed: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    failed; nothing is left half done, and the message says where things stand
  2    wrong usage, or a confirmation is missing
  3    finished, but some rows were left out (--on-conflict skip), or left alone by an undo; or rows have
       moved since the plan, or were edited on both sides (--on-edit), and nothing was written
  4    the two places differ (verify, and diff --exit-code)
  5    another run is working on the database
  6    the rows of the day are used up (D1's free plan): run it again after midnight UTC
  130  interrupted; the last line is the command to resume with
  141  what reads the archive from stdout (-o -) stopped before its end`;

/** A command line that cannot be run: what is wrong, and what to type. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

export function exitForError(error: FerryError | UsageError): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  if (error.code === "DAILY_LIMIT") return EXIT.tomorrow;
  if (error.code === "PLAN_STALE" || error.code === "EDIT_CONFLICT") return EXIT.refused;
  return error.code === "RUN_LOCKED" ? EXIT.locked : EXIT.failed;
}
