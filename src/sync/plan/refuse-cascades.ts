import type { Database } from "../../database/port.ts";
import type { ForeignKey, LiveSchema, LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { evaluate } from "../../database/sql/scalars.ts";
import { joinBalanced, quote, tuple } from "../../database/sql/syntax.ts";
import { FerryError } from "../../errors.ts";
import { type ConflictRules, conflictSites, isDisplaced, notStaged } from "../compare/index.ts";
import type { Plan } from "../run/index.ts";
import type { Staged, StagedTable } from "../stage/index.ts";

export interface PlannedDeletes {
  schema: LiveSchema;
  staged: Staged;
  rules: ConflictRules;
  plan: Plan;
}

/**
 * Refuses deletes that would reach rows which are to stay: `FOREIGN_KEY`. Foreign keys are always on
 * in D1, so such a delete would cascade, or fail. Where the child's row comes in too, or its table is
 * mirrored, the run settles the row itself.
 */
export async function refuseReachingDeletes(
  database: Database,
  { schema, staged, rules, plan }: PlannedDeletes,
): Promise<void> {
  const mirrored = new Set(rules.mode === "mirror" ? staged.tables.map(({ table }) => table.name) : []);
  const parents = staged.tables.filter(({ table }) => (plan.tables[table.name]?.deleted ?? 0) > 0);
  const children = [...schema.tables.values()].filter(
    ({ name, kind }) => kind === "table" && !mirrored.has(name),
  );
  const reached = parents.flatMap((parent): Reached[] =>
    children.flatMap((table) => {
      const incoming = staged.tables.find((one) => one.table.name === table.name);
      const keys = table.foreignKeys.filter((key) => key.parent === parent.table.name);
      return keys.map((key) => ({ parent, child: table, incoming, key }));
    }),
  );
  const { values } = await evaluate(
    database,
    reached.map((one) => (params) => countReached(one, rules, params)),
  );
  for (const [i, one] of reached.entries()) {
    const count = values[i] as number;
    if (count > 0) throw reachedError(one, count, rules);
  }
}

/** A foreign key by which a delete may reach other rows. */
interface Reached {
  parent: StagedTable;
  child: LiveTable;
  /** What comes in for the child. */
  incoming: StagedTable | undefined;
  key: ForeignKey;
}

/** A scalar: how many rows of the child that stay point to rows which go. */
function countReached(
  { parent, child, incoming, key }: Reached,
  rules: ConflictRules,
  params: Params,
): string {
  const pointing = tuple(key.columns.map((name) => `child.${quote(name)}`));
  const deleted = `SELECT ${key.parentColumns.map(quote).join(", ")} FROM ${quote(parent.table.name)} AS live
    WHERE ${isDeleted(parent, rules, params)}`;
  const stays =
    incoming === undefined || !isRewritten(incoming, key)
      ? ""
      : ` AND ${notStaged(incoming, "child", params)}`;
  return `SELECT count(*) FROM ${quote(child.name)} AS child WHERE ${pointing} IN (${deleted})${stays}`;
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
  if (rules.mode === "mirror") return notStaged(parent, "live", params);
  const sites = conflictSites([parent]);
  return joinBalanced(
    sites.map((site) => isDisplaced(site, { ...rules, which: "staying" }, params)),
    "OR",
  );
}

function reachedError(reached: Reached, count: number, { mode }: ConflictRules): FerryError {
  const [parent, child] = [reached.parent.table.name, reached.child.name];
  const what = mode === "mirror" ? "The mirror would delete" : "Replacing would delete";
  const hint = mode === "mirror" ? `Include "${child}", or use mode merge.` : "Choose onConflict: skip.";
  return new FerryError(
    "FOREIGN_KEY",
    `${what} rows of "${parent}" that ${count} rows of "${child}" point to, and those are to stay. No table was changed.`,
    { hint, details: { table: parent, child, rows: count } },
  );
}
