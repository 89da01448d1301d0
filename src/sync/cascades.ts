import type { Database } from "../database/port.ts";
import type { ForeignKey, LiveSchema, LiveTable } from "../database/schema.ts";
import { joinBalanced, quote, tuple } from "../database/sql.ts";
import { FerryError } from "../errors.ts";
import { type ConflictRules, conflictSites, isHolder } from "./conflicts.ts";
import { notStaged } from "./deletes.ts";
import { Params } from "./params.ts";
import type { Staged, StagedTable } from "./staged.ts";
import type { Plan } from "./types.ts";

/**
 * Refuses deletes that would reach rows which are to stay: `FOREIGN_KEY`. Foreign keys are always on
 * in D1, so such a delete would cascade, or fail. Where the child's row comes in too, or its table is
 * mirrored, the run settles the row itself.
 */
export async function refuseReachingDeletes(
  database: Database,
  schema: LiveSchema,
  staged: Staged,
  rules: ConflictRules,
  plan: Plan,
): Promise<void> {
  const mirrored = new Set(rules.mode === "mirror" ? staged.tables.map(({ table }) => table.name) : []);
  for (const parent of staged.tables) {
    const { name } = parent.table;
    if ((plan.tables[name]?.deleted ?? 0) === 0) continue;
    for (const child of schema.tables.values()) {
      if (mirrored.has(child.name) || child.kind !== "table") continue;
      for (const key of child.foreignKeys.filter((candidate) => candidate.parent === name)) {
        const incoming = staged.tables.find(({ table }) => table.name === child.name);
        const count = await countReached(database, parent, { table: child, incoming, key }, rules);
        if (count > 0) throw reachedError(name, child.name, count, rules);
      }
    }
  }
}

interface Child {
  table: LiveTable;
  /** What comes in for it. */
  incoming: StagedTable | undefined;
  key: ForeignKey;
}

async function countReached(
  database: Database,
  parent: StagedTable,
  { table: child, incoming, key }: Child,
  rules: ConflictRules,
): Promise<number> {
  const params = new Params();
  const pointing = tuple(key.columns.map((name) => `child.${quote(name)}`));
  const deleted = `SELECT ${key.parentColumns.map(quote).join(", ")} FROM ${quote(parent.table.name)} AS live
    WHERE ${isDeleted(parent, rules, params)}`;
  const stays =
    incoming === undefined || !isRewritten(incoming, key)
      ? ""
      : ` AND ${notStaged(rules.run, incoming, "child", params)}`;
  const sql = `SELECT count(*) FROM ${quote(child.name)} AS child WHERE ${pointing} IN (${deleted})${stays}`;
  const [row] = await database.query({ sql, params: params.values });
  return row?.[0] as number;
}

/** True when an incoming row of the child makes its live row right again, whatever the delete did to it. */
function isRewritten({ table, shapes }: StagedTable, { onDelete }: ForeignKey): boolean {
  if (onDelete === "NO ACTION") return true;
  const stored = table.columns.filter(({ generated }) => generated === null);
  return (
    onDelete !== "RESTRICT" &&
    shapes.every(({ columns }) => stored.every(({ name }) => columns.includes(name)))
  );
}

function isDeleted(parent: StagedTable, rules: ConflictRules, params: Params): string {
  if (rules.mode === "mirror") return notStaged(rules.run, parent, "live", params);
  const sites = conflictSites({ tables: [parent], rows: parent.rows, bytes: 0 });
  return joinBalanced(
    sites.map((site) => isHolder(site, rules, "staying", params)),
    "OR",
  );
}

function reachedError(parent: string, child: string, count: number, { mode }: ConflictRules): FerryError {
  const what = mode === "mirror" ? "The mirror would delete" : "Replacing would delete";
  const hint = mode === "mirror" ? `Include "${child}", or use mode merge.` : "Choose onConflict: skip.";
  return new FerryError(
    "FOREIGN_KEY",
    `${what} rows of "${parent}" that ${count} rows of "${child}" point to, and those are to stay. No table was changed.`,
    { hint, details: { table: parent, child, rows: count } },
  );
}
