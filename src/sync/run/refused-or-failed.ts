import type { ErrorCode, FerryError } from "../../errors.ts";
import type { RunContext } from "./context.ts";
import type { RunRecord } from "./record.ts";
import { hasWritten } from "./set-back.ts";
import { loadRun } from "./stored-runs.ts";

/** Something broke. All other codes say that what was asked for may not be done as it is. */
const BROKEN: ReadonlySet<string> = new Set<ErrorCode>([
  "ARCHIVE_CORRUPT",
  "ARCHIVE_TRUNCATED",
  "BUCKET_ERROR",
  "DAILY_LIMIT",
  "DATABASE_ERROR",
  "DATABASE_FULL",
  "DISK_FULL",
  "INTERNAL",
  "NO_PROGRESS",
  "NOT_CONFIGURED",
  "UNREACHABLE",
  "VERIFICATION_FAILED",
]);

/** As much of an error as tells it. */
interface ErrorFacts {
  code: string;
  details?: Record<string, unknown> | undefined;
}

/**
 * True for an error by which somebody is told no: by a check of the plan, a conflict, a delete that nobody
 * confirmed, a guard, a policy. What the platform gave up on is none (`details.failure`), whatever its code.
 */
export function isRefusal({ code, details }: ErrorFacts): boolean {
  return !BROKEN.has(code) && details?.failure === undefined;
}

/**
 * How a run ends by a permanent error: refused where somebody is told no and nothing is written, else failed.
 * A run of many transactions may have begun to write in this very call, and only the database knows: it
 * is asked then, and where it does not answer the run counts as failed.
 */
export async function refusedOrFailed(
  { database }: RunContext,
  run: RunRecord,
  error: FerryError,
): Promise<"refused" | "failed"> {
  if (!isRefusal(error) || run.applied || run.results !== null || hasWritten(run.details)) return "failed";
  if (run.status !== "applying" || run.details.plan?.transactions !== "many") return "refused";
  const stored = await loadRun(database, run.key).catch(() => null);
  return stored?.results === null ? "refused" : "failed";
}
