import { contentless, hasTerms } from "../../database/fts5/contentless-rows.ts";
import type { TablePlan } from "../run/index.ts";
import type { StagedTable } from "../stage/index.ts";

/** True for a full-text table that changes only as a whole, where rows of it do. */
export function isCleared({ table }: StagedTable, plan: TablePlan | undefined): boolean {
  if (plan === undefined || !hasTerms(table) || contentless(table).deletes) return false;
  return plan.updated > 0 || plan.deleted > 0;
}
