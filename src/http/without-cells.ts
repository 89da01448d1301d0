import { type ErrorCode, FerryError, retold } from "../errors.ts";
import { type Caller, may } from "../operations/caller.ts";
import { tellEnd } from "../operations/messages.ts";

/*
 * Who may plan and not read is told counts and names, and no cell of a row that is there. Facts of errors
 * are let through by their names, so that a new one is kept back until somebody thought of it.
 */

/** The body as this caller may see it. */
export function shownTo(caller: Caller, body: object): object {
  return may(caller, "read") ? body : withoutCells(body);
}

/** The error as this caller may see it. */
export function errorShownTo(caller: Caller, error: unknown): unknown {
  if (may(caller, "read") || !(error instanceof FerryError)) return error;
  const { code, details } = error;
  const message = messageWithoutCells(code, error.message);
  return retold(error, {
    message,
    ...(details === undefined ? {} : { details: factsWithoutCells(details) }),
  });
}

function withoutCells(body: object): object {
  const { plan, status, runs } = body as {
    plan?: object;
    status?: unknown;
    runs?: unknown;
  };
  return {
    ...body,
    ...(plan === undefined ? {} : { plan: planWithoutCells(plan) }),
    ...(isObject(status) ? { status: statusWithoutCells(status) } : {}),
    ...(!Array.isArray(runs)
      ? {}
      : {
          runs: runs.map((run: { error: string | null }) => ({
            ...run,
            error: run.error === null ? null : "Its status says why.",
          })),
        }),
  };
}

function planWithoutCells(plan: object): object {
  const { tables } = plan as { tables?: Record<string, object> };
  const counts = Object.entries(tables ?? {}).map(
    ([name, { samples: _, ...table }]: [string, { samples?: unknown }]) => [name, table],
  );
  return {
    ...plan,
    ...(tables === undefined ? {} : { tables: Object.fromEntries(counts) }),
    ...("conflicts" in plan ? { conflicts: [] } : {}),
  };
}

/** Of a run: why it failed stands beside what it did. */
function statusWithoutCells(status: Record<string, unknown>): object {
  const { plan, error, code, details, message, phase } = status;
  const failed = typeof error === "string" && typeof code === "string";
  const told = failed ? messageWithoutCells(code as ErrorCode, error) : error;
  return {
    ...status,
    ...(isObject(plan) ? { plan: planWithoutCells(plan) } : {}),
    ...(failed
      ? { error: told, message: tellEnd(phase === "refused" ? phase : "failed", told as string) }
      : { message }),
    ...(isObject(details) ? { details: factsWithoutCells(details) } : {}),
  };
}

/** What these say of single rows. */
const TELLING: Partial<Record<ErrorCode, string>> = {
  PLAN_STALE: "Rows that the plan writes over changed since it was made",
  UNIQUE_CONFLICT: "Rows bring unique values that other rows hold",
  FOREIGN_KEY: "Rows would point to rows that are not there",
  ROW_REFUSED: "A row was refused by a constraint",
  VERIFICATION_FAILED: "The target does not hold what the archive holds",
} as const;

function messageWithoutCells(code: ErrorCode, message: string): string {
  const plain = TELLING[code];
  if (plain === undefined) return message;
  const [state = ""] =
    /(No table was changed|Frames before it are applied and stay)[^.]*\.$/.exec(message) ?? [];
  return `${plain}; which, is told to who may read. ${state}`.trimEnd();
}

/** Names of facts that are never a cell. */
const PLAIN: ReadonlySet<string> = new Set([
  "addColumn",
  "allowedBy",
  "arrived",
  "binding",
  "child",
  "code",
  "column",
  "columns",
  "constraint",
  "differences",
  "failure",
  "field",
  "heldBack",
  "index",
  "keptBy",
  "known",
  "later",
  "lockedBy",
  "missing",
  "mode",
  "name",
  "names",
  "object",
  "objects",
  "parent",
  "parents",
  "policy",
  "reason",
  "references",
  "setting",
  "status",
  "syncKey",
  "table",
  "tables",
  "type",
  "undo",
  "undoes",
  "undoneBy",
]);

function factsWithoutCells(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(details).filter(
    ([name, fact]) => PLAIN.has(name) || typeof fact === "number" || typeof fact === "boolean",
  );
  return Object.fromEntries(kept);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
