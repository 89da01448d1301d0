import type { Database } from "../database/port.ts";
import type { ForeignKey, LiveSchema, LiveTable } from "../database/schema.ts";
import { quote, tuple } from "../database/sql.ts";
import { FerryError } from "../errors.ts";
import { notStaged } from "./deletes.ts";
import { Params } from "./params.ts";
import type { Staged, StagedTable } from "./staged.ts";
import type { Plan } from "./types.ts";

/**
 * Refuses a mirror whose deletes would reach tables that are not part of the run: `FOREIGN_KEY`.
 * Foreign keys are always on in D1, so such a delete would cascade, or fail.
 */
export async function refuseReachingDeletes(
  database: Database,
  schema: LiveSchema,
  run: string,
  staged: Staged,
  plan: Plan,
): Promise<void> {
  const included = new Set(staged.tables.map(({ table }) => table.name));
  for (const parent of staged.tables) {
    if ((plan.tables[parent.table.name]?.deleted ?? 0) === 0) continue;
    for (const child of schema.tables.values()) {
      if (included.has(child.name) || child.kind !== "table") continue;
      for (const key of child.foreignKeys.filter((candidate) => candidate.parent === parent.table.name)) {
        const count = await countReached(database, run, parent, child, key);
        if (count > 0) throw reachedError(parent.table.name, child.name, count);
      }
    }
  }
}

async function countReached(
  database: Database,
  run: string,
  parent: StagedTable,
  child: LiveTable,
  key: ForeignKey,
): Promise<number> {
  const params = new Params();
  const pointing = tuple(key.columns.map((name) => `child.${quote(name)}`));
  const deleted = `SELECT ${key.parentColumns.map((name) => `live.${quote(name)}`).join(", ")} FROM ${quote(parent.table.name)} AS live
    WHERE ${notStaged(run, parent, "live", params)}`;
  const sql = `SELECT count(*) FROM ${quote(child.name)} AS child WHERE ${pointing} IN (${deleted})`;
  const [row] = await database.query({ sql, params: params.values });
  return row?.[0] as number;
}

function reachedError(parent: string, child: string, count: number): FerryError {
  return new FerryError(
    "FOREIGN_KEY",
    `The mirror would delete rows of "${parent}" that ${count} rows of "${child}" point to, and "${child}" is not part of the sync. No table was changed.`,
    { hint: `Include "${child}", or use mode merge.`, details: { table: parent, child, rows: count } },
  );
}
