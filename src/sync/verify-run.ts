import { findSchemaTable } from "../archive/schema-tables.ts";
import type { RunContext } from "./context.ts";
import { type CountEntry, readCounts } from "./counts.ts";
import { takenOver } from "./fence.ts";
import type { FrameSource } from "./frame-source.ts";
import { completeRun, loadRun, type RunRecord } from "./record.ts";
import type { Staged } from "./staged.ts";
import { type VerifiableTable, verifiable, verifyFrames } from "./verify.ts";

/**
 * Verifies an applied run, and completes it when all its frames are right. Stops with the budget;
 * `run.status` is then still "verifying". Rejects with `VERIFICATION_FAILED`.
 */
export async function verifyRun(
  context: RunContext,
  run: RunRecord,
  source: FrameSource,
  staged: Staged,
): Promise<void> {
  const { details } = run;
  const tables = verifiableTables(run, source, staged);
  details.verifiedFrames = await verifyFrames(context, source, tables, details.verifiedFrames);
  details.verifiedRows = source.index
    .slice(0, details.verifiedFrames)
    .reduce((sum, { table, rows }) => sum + (tables.has(table) ? rows : 0), 0);
  if (details.verifiedFrames < source.index.length || !context.budget.allows(3)) return;
  details.verified = true;
  details.completedAt = context.now();
  const { database, key, driver } = context;
  if (!(await completeRun(database, run, { driver, now: details.completedAt }))) {
    // Taken over since, and perhaps completed.
    const found = await loadRun(database, key);
    if (found?.status !== "completed") throw takenOver(key);
    Object.assign(run, found);
  }
  run.status = "completed";
}

function verifiableTables(run: RunRecord, source: FrameSource, staged: Staged): Map<string, VerifiableTable> {
  const { mode } = run.details.request;
  const tables = new Map<string, VerifiableTable>();
  // A table's rows that mode `insert` left as they were are not the archive's.
  if (mode === "insert") return tables;
  const results = readCounts(JSON.parse(`[${run.results ?? ""}]`) as CountEntry[], mode);
  for (const table of staged.tables) {
    const { name } = table.table;
    const schema = findSchemaTable(source.schema ?? [], name);
    const result = results[name];
    const target = schema === undefined || result === undefined ? null : verifiable(schema, table, result);
    if (target !== null) tables.set(name, target);
  }
  return tables;
}
