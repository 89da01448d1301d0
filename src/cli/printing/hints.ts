import type { ErrorCode } from "../../errors.ts";
import { duration, moment } from "../../numbers.ts";
import type { Refusal } from "../../refusals.ts";
import { obstacleHint, TAKES_OURS } from "./obstacle-hints.ts";
import { PASSING } from "./passing-failures.ts";
import { nextVersionHint, REFUSAL_HINTS } from "./refusal-hints.ts";

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
  /** Whether the app at `address` is the one at LOCAL_API. */
  isLocal(address: string): boolean;
  /** The words that name the app which the command asks. @default none */
  app?: readonly string[] | undefined;
}

type Wording = (details: Record<string, unknown>, sources: HintSources) => string | undefined;

/** By code where it has no reason. Undefined where the details are not the ones that a hint is about. */
const HINTS: Partial<Record<ErrorCode, Wording>> = {
  ALREADY_SYNCED: ({ nextVersion, syncKey }) => {
    if (typeof nextVersion === "number") return nextVersionHint(nextVersion);
    return typeof syncKey === "string" ? "Add --force to apply it again" : undefined;
  },

  AUTHENTICATION_REQUIRED: ({ app, before, reason }, { credentials }) => {
    // It is this app's, and the app says what became of it.
    if (reason === "token-expired") return undefined;
    const own = typeof app === "string" ? credentials(app) : undefined;
    return own !== undefined && before === true
      ? `${own} Or something in front of the app wants a login of its own.`
      : own;
  },

  CONFIRMATION_REQUIRED: ({ deletes }) =>
    typeof deletes === "number" ? `Look at the plan, then add --confirm-delete=${deletes}` : undefined,

  FORBIDDEN: ({ reason, allowedBy }) =>
    reason === "not-their-own" && typeof allowedBy === "string"
      ? `Another token began it. Use that one; or in a push, pull or import start over with --fresh; or have "manage" added, in ${allowedBy}`
      : undefined,

  EDIT_CONFLICT: ({ reason, path, ...details }) => {
    if (reason === "base-unreadable")
      return `Remove ${String(path)}, or add --no-base: then what the target has otherwise is overwritten`;
    if (reason === "too-much") return "--no-base compares with the target alone; --full sends everything";
    if (reason === "sends-everything") return obstacleHint(details);
    return `${TAKES_OURS}; --on-edit=theirs keeps what the target has; or edit one side, and push again`;
  },

  UNREACHABLE: ({ app }, { isLocal }) =>
    typeof app === "string" && isLocal(app)
      ? "Start its development server, then run the same command again; or do without one: as a place, local is the database that it serves (--from local)"
      : undefined,

  DATABASE_ERROR: ({ failure }) => (typeof failure === "string" ? PASSING[failure] : undefined),

  DAILY_LIMIT: ({ again, retryAfterSeconds }) => {
    const at = typeof again === "string" ? Date.parse(again) : Number.NaN;
    if (Number.isNaN(at) || typeof retryAfterSeconds !== "number") return undefined;
    return `Run the same command again after ${moment(at)}, in ${duration(retryAfterSeconds * 1000)}; or take the account to a paid plan, and run it now`;
  },

  NO_PROGRESS: ({ progress }) =>
    progress === undefined
      ? undefined
      : "What was done is kept. d1-ferry status KEY shows where it stands, and d1-ferry drop KEY gives it up.",

  NOT_FOUND: ({ syncKey, status }) =>
    typeof syncKey === "string" && status === undefined
      ? "The app has no run, export or upload with this key: d1-ferry list shows what is there. An export of another app has to be uploaded here first."
      : undefined,

  VERSION_TAKEN: ({ nextVersion }) =>
    typeof nextVersion === "number" ? nextVersionHint(nextVersion) : undefined,
};

/** Of an undo that meets other tables than its run: it takes none of the options that leave tables out or make them. */
const UNDO_NEEDS =
  "An undo needs the tables and columns that the sync wrote: bring them back first, then run the same command again";

const NO_SOURCES: HintSources = { credentials: () => undefined, isLocal: () => false };

/** What to type after this error. The details may be an enemy's: where they are not what they should be, the error's own hint. */
export function hintFor(error: Hinted, sources = NO_SOURCES): string | undefined {
  try {
    return wordsFor(error, sources);
  } catch {
    return error.hint;
  }
}

function wordsFor({ code, hint, details = {} }: Hinted, sources: HintSources): string | undefined {
  const { reason, ofUndo } = details;
  if (ofUndo === true) return UNDO_NEEDS;
  if (typeof reason === "string" && Object.hasOwn(REFUSAL_HINTS, reason)) {
    return REFUSAL_HINTS[reason as Refusal](details, sources.app ?? []);
  }
  return wordingOf(code)?.(details, sources) ?? hint;
}

/** The codes of an app with a newer d1-ferry may be others. */
function wordingOf(code: string): Wording | undefined {
  return Object.hasOwn(HINTS, code) ? HINTS[code as ErrorCode] : undefined;
}
