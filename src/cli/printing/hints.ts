import type { ErrorCode } from "../../errors.ts";
import { shellWord } from "../options/shell-word.ts";

/** As much of an error as its hint depends on. `hint` is how an app words it, for whoever calls its routes. */
export interface Hinted {
  code: string;
  hint?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** What the command knows and no error says. */
export interface HintSources {
  /** What is wrong with the credentials for the app at `address`; undefined where that is not known. */
  credentials(address: string): string | undefined;
}

type Wording = (details: Record<string, unknown>, sources: HintSources) => string | undefined;

/** Hints in the words of the command line. Undefined where the details are not the ones that a hint is about. */
const HINTS: Partial<Record<ErrorCode, Wording>> = {
  ALREADY_SYNCED: ({ nextVersion, syncKey }) =>
    nextVersionHint(nextVersion) ??
    (typeof syncKey === "string" ? "Add --force to apply it again" : undefined),

  AUTHENTICATION_REQUIRED: ({ app, before }, { credentials }) => {
    const own = typeof app === "string" ? credentials(app) : undefined;
    return own !== undefined && before === true
      ? `${own} Or something in front of the app wants a login of its own.`
      : own;
  },

  CONFIRMATION_REQUIRED: ({ deletes }) =>
    typeof deletes === "number" ? `Look at the plan, then add --confirm-delete=${deletes}` : undefined,

  NOT_FOUND: ({ syncKey, status }) =>
    typeof syncKey === "string" && status === undefined
      ? "The app has no run, export or upload with this key: d1-ferry list shows what is there. An export of another app has to be uploaded here first."
      : undefined,

  UNIQUE_CONFLICT: ({ conflictCount }) =>
    typeof conflictCount === "number"
      ? "Correct the rows in the source, or add --on-conflict skip or --on-conflict replace"
      : undefined,

  // A difference between the two schemas has a message of its own; a name that was mistyped has none.
  UNKNOWN_TABLE: ({ table, message }) =>
    typeof table === "string" && typeof message === "string" ? missingTablesHint([table]) : undefined,

  UNSUPPORTED: ({ table, others, reason }) => {
    if (reason === "schema-not-its-own")
      return "If you trust where the archive is from, make its schema at the target yourself, and go on without --create";
    return typeof table === "string" && typeof others === "number"
      ? `Add --mode mirror, or --exclude ${shellWord(table)}, or create the table with contentless_delete=1 on both sides`
      : undefined;
  },

  VERSION_TAKEN: ({ nextVersion }) => nextVersionHint(nextVersion),
};

const NO_SOURCES: HintSources = { credentials: () => undefined };

/** What to type after this error. */
export function hintFor({ code, hint, details }: Hinted, sources = NO_SOURCES): string | undefined {
  return wordingOf(code)?.(details ?? {}, sources) ?? hint;
}

/** The codes of an app with a newer d1-ferry may be others. */
function wordingOf(code: string): Wording | undefined {
  return Object.hasOwn(HINTS, code) ? HINTS[code as ErrorCode] : undefined;
}

export function missingTablesHint(tables: readonly string[]): string {
  const pronoun = tables.length === 1 ? "it" : "them";
  return `Run the target's migrations first, have ${pronoun} created (--create), or leave ${pronoun} out: --exclude ${shellWord(tables.join(","))}`;
}

function nextVersionHint(nextVersion: unknown): string | undefined {
  return typeof nextVersion === "number"
    ? `Add --version ${nextVersion}, the next free one, or --force`
    : undefined;
}
