import { daysOfFreePlan } from "../database/limits.ts";
import { count, plural } from "../numbers.ts";
import type { RunReport, TableResult } from "../sync/run/index.ts";
import { recordsIn, tellVerification } from "../sync/run/index.ts";

/** "25,537 rows of 7 tables". */
export function countRows(stats: readonly { count: number }[]): string {
  const rows = stats.reduce((sum, { count }) => sum + count, 0);
  return `${plural(rows, "row")} of ${plural(stats.length, "table")}`;
}

/** What a finished run did, for a person. */
export function tellResults(report: RunReport): string {
  if (report.unchanged) return `${tellUnchanged(report.results)} The history stays as it is.`;
  const { inserted, updated, unchanged, deleted, skipped } = addResults(report.results);
  const changes = [
    `${plural(inserted, "row")} inserted`,
    `${count(updated)} updated`,
    `${count(unchanged)} unchanged`,
    ...(deleted > 0 || report.mode === "mirror" ? [`${count(deleted)} deleted`] : []),
    ...(skipped > 0 ? [`${count(skipped)} skipped`] : []),
  ];
  const tables = plural(Object.keys(report.results ?? {}).length, "table");
  const what = report.undoes === null ? `Synced ${tables}` : `Took back what ${report.undoes} did`;
  return `${what}: ${changes.join(", ")}.${tellLeft(report)}${checks(report)}`;
}

/** There was nothing to write. */
function tellUnchanged(results: Readonly<Record<string, TableResult>> | null): string {
  const { unchanged, skipped } = addResults(results);
  const left = skipped === 0 ? "" : `, but for ${count(skipped)} left out because of a conflict`;
  return `Nothing to do: the database has all ${plural(unchanged, "row")} already${left}.`;
}

/** What an undo leaves alone. */
function tellLeft({ plan }: RunReport): string {
  const { edited = 0, held = 0 } = plan?.left ?? {};
  if (edited + held === 0) return "";
  const why = [
    ...(edited > 0 ? [`${count(edited)} changed since the run`] : []),
    ...(held > 0 ? [`${count(held)} held by constraints`] : []),
  ];
  return ` ${plural(edited + held, "row")} left alone: ${why.join(", ")}.`;
}

function checks({ verification }: RunReport): string {
  if (verification === null) return "";
  const text = tellVerification(verification);
  return ` ${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Why a run came to nothing, for a person. */
export function tellEnd(status: "failed" | "refused", error = "no reason is known"): string {
  return `${PHASES[status]}: ${error.replace(/\.$/, "")}.`;
}

/** What a dry run found, for a person. */
export function tellPlan(report: RunReport): string {
  if (report.plan?.unchanged) return tellUnchanged(report.plan.tables);
  const { inserted, updated, unchanged, deleted } = addResults(report.plan?.tables ?? null);
  const conflicts = report.plan?.conflictCount ?? 0;
  return (
    `Nothing is changed yet. ${report.undoes === null ? "A sync" : "The undo"} would insert ${plural(inserted, "row")}, update ${count(updated)}, ` +
    `delete ${count(deleted)} and leave ${count(unchanged)} as they are.${tellLeft(report)}` +
    tellNext(report.plan) +
    (conflicts > 0 ? ` ${plural(conflicts, "row")} conflict with others on a unique value.` : "") +
    tellDays(report.plan?.rowsWritten ?? 0)
  );
}

function tellNext(plan: RunReport["plan"]): string {
  return plan?.nextVersion === undefined ? "" : ` The next version is ${count(plan.nextVersion)}.`;
}

/** An app cannot see which plan it is on, so this is said to all. */
function tellDays(rowsWritten: number): string {
  const days = daysOfFreePlan(rowsWritten);
  return days > 1
    ? ` It writes ${count(rowsWritten)} rows, indexes counted: ${days} days of D1's free plan.`
    : "";
}

/** Where an unfinished run stands, for a person. */
export function tellProgress(report: RunReport): string {
  const { totalRecords } = report.progress;
  const records = recordsIn(report.status, report.progress);
  const of = totalRecords > 0 ? ` of ${count(totalRecords)}` : "";
  return `${PHASES[report.status]}: ${count(records)}${of} rows so far.`;
}

const PHASES: Readonly<Record<RunReport["status"], string>> = {
  pending: "Waiting",
  staging: "Staging",
  planned: "Planned",
  applying: "Applying",
  verifying: "Verifying",
  completed: "Completed",
  refused: "Refused",
  failed: "Failed",
};

/** Of all tables together. */
export function addResults(results: Readonly<Record<string, TableResult>> | null): TableResult {
  const sum = { attempted: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, skipped: 0 };
  for (const result of Object.values(results ?? {})) {
    sum.attempted += result.attempted;
    sum.inserted += result.inserted;
    sum.updated += result.updated;
    sum.unchanged += result.unchanged;
    sum.deleted += result.deleted;
    sum.skipped += result.skipped;
  }
  return sum;
}
