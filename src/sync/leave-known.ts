import type { Database } from "../database/port.ts";
import type { LiveSchema } from "../database/schema.ts";
import {
  alreadyCompleted,
  keepRecord,
  loadRun,
  type RunContext,
  type RunRecord,
  tablesKnownAt,
  takenOver,
  unstageTables,
} from "./run/index.ts";
import { nameInTarget } from "./schema/index.ts";

export interface LeaveKnownOptions {
  /** The target's. */
  schema: LiveSchema;
  /** A plan is made of its rows, or begun: then it is all of its tables or none. */
  settled: boolean;
  /** Some of the rows may be staged. */
  begun: boolean;
}

/**
 * Leaves out of the run the tables of which the history has its version already, and says so in its notes. Refuses a
 * version that all of them have, or one of them with other content; but not when the history has it from this very
 * run, which another driver took over.
 */
export async function leaveKnown(
  context: RunContext,
  run: RunRecord,
  { schema, settled, begun }: LeaveKnownOptions,
): Promise<void> {
  const { details } = run;
  const known = await findKnown(context.database, run, { partly: !settled });
  if (known.length === 0) return;
  if (begun)
    await unstageTables(
      context,
      known.map((name) => nameInTarget(schema, name)),
    );
  details.left = [...(details.left ?? []), ...known];
  details.tables = details.tables.filter((table) => !known.includes(table));
  details.contents = Object.fromEntries(
    Object.entries(details.contents).filter(([table]) => !known.includes(table)),
  );
  details.notes = [...new Set([...details.notes, ...leftNotes(details)])];
  // What is staged from here on, and what no longer is.
  await keepRecord(context, details);
}

/** For a person: which tables are left as they are. */
export function leftNotes({ left = [], version }: RunRecord["details"]): string[] {
  return left.map((table) => `${table} was left as it is: version ${version} of it is in the history`);
}

async function findKnown(
  database: Database,
  { key, details }: RunRecord,
  { partly }: { partly: boolean },
): Promise<string[]> {
  const { version, contents } = details;
  try {
    return await tablesKnownAt(database, { version: version as number, contents, partly });
  } catch (refusal) {
    const found = await loadRun(database, key);
    if (found?.applied) throw found.status === "completed" ? alreadyCompleted(found) : takenOver(key);
    throw refusal;
  }
}
