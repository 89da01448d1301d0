/**
 * Every way a request or a command can be refused, with the HTTP status it answers.
 * The codes are permanent: programs branch on them, so one is never renamed, only added.
 */
const STATUS_BY_CODE = {
  /** The body is not JSON, or not the JSON it claims to be. */
  INVALID_JSON: 400,
  /** A field is missing or has the wrong shape. */
  INVALID_REQUEST: 400,
  UNKNOWN_OPERATION: 400,
  /** A key that d1-ferry never hands out. */
  INVALID_KEY: 400,
  PART_TOO_SMALL: 400,
  PART_SIZE_MISMATCH: 400,
  PART_MISSING: 400,
  ETAG_MISMATCH: 400,
  AUTHENTICATION_REQUIRED: 401,
  CROSS_ORIGIN: 403,
  /** Somebody known may not do this: `details.missing` names what their grant lacks, or `details.policy` the rule. */
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  UPLOAD_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  /** The version is in the history with the same content. */
  ALREADY_SYNCED: 409,
  /** The version is in the history with other content. */
  VERSION_TAKEN: 409,
  /** Another driver works on this run, or another run on this database. */
  RUN_LOCKED: 409,
  /** Incoming rows hold unique values that other live rows hold. */
  UNIQUE_CONFLICT: 409,
  /** Rows that the plan writes over are no longer as it saw them. */
  PLAN_STALE: 409,
  /** Rows were edited at the source and at the target. The command's; no app answers it. */
  EDIT_CONFLICT: 409,
  /** The run has nothing that could be undone, or not yet: `details.reason` says why. */
  NOT_UNDOABLE: 409,
  /** The plan deletes rows, and the number confirmed is not the number planned. */
  CONFIRMATION_REQUIRED: 409,
  LENGTH_REQUIRED: 411,
  CONTENT_TOO_LARGE: 413,
  ROW_TOO_LARGE: 413,
  /** A download was asked for bytes behind its end. */
  RANGE_NOT_SATISFIABLE: 416,
  /** The account has used up what D1's free plan reads or writes a day: `details.retryAfterSeconds` says when it starts anew. */
  DAILY_LIMIT: 429,
  /** The file ends early. */
  ARCHIVE_TRUNCATED: 422,
  /** Bytes do not match their checksum, or the index does not match the file. */
  ARCHIVE_CORRUPT: 422,
  /** Not a document d1-ferry can read: `details.byte` says where. */
  DOCUMENT_INVALID: 422,
  UNKNOWN_TABLE: 422,
  UNKNOWN_COLUMN: 422,
  /** A NOT NULL column without a default is absent. */
  MISSING_COLUMN: 422,
  /** A table or value that cannot be carried. */
  UNSUPPORTED: 422,
  /** A NOT NULL, CHECK or type constraint refused a row. */
  ROW_REFUSED: 422,
  FOREIGN_KEY: 422,
  /** The target did not hold, after the sync, what the archive holds. */
  VERIFICATION_FAILED: 500,
  DATABASE_ERROR: 500,
  /** The database has reached the size that its plan allows. */
  DATABASE_FULL: 507,
  /** The disk of a file that the command writes has no room. No app answers it. */
  DISK_FULL: 507,
  BUCKET_ERROR: 502,
  /** The other side cannot be reached or does not speak the protocol. */
  UNREACHABLE: 502,
  /** The other side answers, and gets nowhere. No app answers it. */
  NO_PROGRESS: 504,
  INTERNAL: 500,
  NOT_CONFIGURED: 503,
} as const;

export type ErrorCode = keyof typeof STATUS_BY_CODE;

/** Whether this version knows the code; another app's version may know others. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === "string" && Object.hasOwn(STATUS_BY_CODE, text);
}

export interface FerryErrorOptions {
  /** What to do next. Where that depends on how the caller called, `http/hints.ts` words it by `details.reason`. */
  hint?: string;
  /**
   * Facts for programs: rows, offsets, names. Never a secret. `reason` says which it is where a code has
   * several meanings: a few words in kebab-case, unique in the code base.
   */
  details?: Record<string, unknown>;
  /** Worth another try as it is. @default false */
  transient?: boolean;
  cause?: unknown;
}

/** The one error class of d1-ferry: what went wrong, a stable code, and what to do next. */
export class FerryError extends Error {
  override readonly name = "FerryError";
  readonly code: ErrorCode;
  /** HTTP status. */
  readonly status: number;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown> | undefined;
  readonly transient: boolean;

  constructor(code: ErrorCode, message: string, options: FerryErrorOptions = {}) {
    super(
      shortened(message, MESSAGE_LENGTH),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.status = STATUS_BY_CODE[code];
    this.hint = options.hint === undefined ? undefined : shortened(options.hint, MESSAGE_LENGTH);
    this.details = options.details;
    this.transient = options.transient ?? false;
  }

  /** The body of an error answer: `{error, code, hint?, details?}`. */
  toJSON(): { error: string; code: ErrorCode; hint?: string; details?: Record<string, unknown> } {
    return {
      error: this.message,
      code: this.code,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: boundedDetails(this.details) }),
    };
  }
}

/** The same error, with some of it told otherwise. */
export function retold(
  { code, message, hint, details, transient, cause }: FerryError,
  { message: told = message, ...change }: FerryErrorOptions & { message?: string },
): FerryError {
  const kept: FerryErrorOptions = { transient, cause };
  if (hint !== undefined) kept.hint = hint;
  if (details !== undefined) kept.details = details;
  return new FerryError(code, told, { ...kept, ...change });
}

/** Characters. A document may hold names of a megabyte, and an error says which it is about. */
const MESSAGE_LENGTH = 4_000;

const DETAIL_LENGTH = 2_000;

const DETAIL_ENTRIES = 1_000;

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** Without what is beyond any use to who reads it. */
function boundedDetails(details: Record<string, unknown>): Record<string, unknown> {
  const bounded = (value: unknown): unknown => {
    if (typeof value === "string") return shortened(value, DETAIL_LENGTH);
    if (Array.isArray(value)) return value.slice(0, DETAIL_ENTRIES).map(bounded);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).slice(0, DETAIL_ENTRIES);
    return Object.fromEntries(entries.map(([name, one]) => [shortened(name, DETAIL_LENGTH), bounded(one)]));
  };
  return bounded(details) as Record<string, unknown>;
}

/** Any thrown value as a FerryError; what is not one becomes `INTERNAL`, with its message. */
export function asFerryError(error: unknown): FerryError {
  if (error instanceof FerryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new FerryError("INTERNAL", message, { cause: error });
}

export interface RefusedOptions {
  /** Facts that the hint is made of, beside the reason. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * Makes errors of a table of reasons, each with its code. `details.reason` carries the reason; what to do
 * about it is worded by whoever knows how the caller called (`http/hints.ts`, `cli/printing/hints.ts`).
 */
export function createRefusal<Reason extends string>(codes: Readonly<Record<Reason, ErrorCode>>) {
  return (reason: Reason, message: string, { details, cause }: RefusedOptions = {}): FerryError =>
    new FerryError(codes[reason], message, { details: { ...details, reason }, cause });
}
