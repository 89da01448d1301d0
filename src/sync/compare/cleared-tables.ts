import { contentless, hasTerms } from "../../database/fts5/contentless-rows.ts";
import type { Mode, TablePlan } from "../run/index.ts";
import type { StagedTable } from "../stage/index.ts";

/** True for a full-text table that changes only as a whole, where rows of it do. */
export function isCleared({ table }: StagedTable, plan: TablePlan | undefined): boolean {
  if (plan === undefined || !hasTerms(table) || contentless(table).deletes) return false;
  return plan.updated > 0 || plan.deleted > 0;
}

/** The same before it is known which rows a mirror deletes: by what there is, and what of it comes in again. */
export function willBeCleared(table: StagedTable, plan: TablePlan | undefined, mode: Mode): boolean {
  if (plan === undefined) return false;
  return isCleared(table, { ...plan, deleted: mode === "mirror" ? leftOver(plan) : plan.deleted });
}

/** Live rows that do not come in again. */
export function leftOver({ live, attempted, inserted }: TablePlan): number {
  return Math.max(0, live - (attempted - inserted));
}
