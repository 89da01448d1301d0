import { rebuildStatements } from "../../database/fts5/rebuild.ts";
import type { Statement } from "../../database/port.ts";
import type { LiveSchema } from "../../database/schema.ts";
import { reportOf } from "./describe-run.ts";
import type { RunRecord } from "./record.ts";

/**
 * For a run that ends before its end: makes the full-text indexes over what it has written again, which the end would have
 * done. `where` is a condition in SQL.
 */
export function rebuildLeft(
  run: RunRecord | null,
  schema: Pick<LiveSchema, "others">,
  where: Statement,
): Statement[] {
  if (run === null || run.applied) return [];
  return rebuildStatements(schema, Object.keys(reportOf(run).written), where);
}
