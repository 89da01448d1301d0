import type { Statement, StatementResult } from "../database/port.ts";
import type { LiveSchema, LiveTable } from "../database/schema.ts";
import { callNested, quote } from "../database/sql.ts";
import type { ConflictRules, ConflictSite } from "./conflicts.ts";
import { RUNS } from "./control.ts";
import { countScalars } from "./counts.ts";
import type { Creation } from "./create.ts";
import { deleteStatements } from "./deletes.ts";
import { isStillOurs } from "./fence.ts";
import type { FrameSource } from "./frame-source.ts";
import { historyStatements } from "./history.ts";
import { parkStatement, replaceStatements } from "./holders.ts";
import type { OpenKeys } from "./open-keys.ts";
import { newTableOrphans, orphanScalars } from "./orphans.ts";
import { remainingScalars } from "./remaining.ts";
import { clearStatements, isCleared, rebuildStatements, searchStatements } from "./search.ts";
import { packScalars, type Scalar, type Staged, type StagedShape, type StagedTable } from "./staged.ts";
import { withTerms } from "./terms.ts";
import type { TablePlan } from "./types.ts";
import { upsertStatements } from "./upsert.ts";
import { verifiableTables } from "./verify.ts";

export interface ApplyRequest {
  schema: LiveSchema;
  staged: Staged;
  rules: ConflictRules;
  version: number;
  /** Who has to have the lock for any of it to count. */
  driver: string;
  /** Where holders of unique values must be moved away first. */
  parking: readonly ConflictSite[];
  /** Park holders by deleting them for a while. */
  parkByDelete?: boolean;
  /** Names of indexes that are dropped for the batch and made again at its end. */
  suspendedIndexes?: readonly string[];
  /** What the plan found: tables without a change get no statement, and the guard sees if that was wrong. */
  plan: Readonly<Record<string, TablePlan>>;
  /** Statements that lift AUTOINCREMENT sequences. */
  sequences: readonly Statement[];
  /** Statements that create what the target lacks: tables before the rows, the rest after them. */
  create: Pick<Creation, "missing" | "tables" | "before" | "after">;
  /** See SyncOptions. */
  sliceBytes?: number | undefined;
  /** The tables, parents first, as they were when the run began: what is behind a mark must not move with a migration. */
  order: readonly string[];
  /** An archive, whose staged parts are numbered as its frames; null for a document. */
  frames: Pick<FrameSource, "index" | "schema"> | null;
  /** Write `seed_history`; `replaced` when it may have the version already. */
  history: { replaced: boolean } | null;
  /** Foreign keys that are written in full later. @default none */
  open?: OpenKeys;
  /** True where earlier transactions of the run are committed. @default false */
  partly?: boolean;
  /** Columns that an INSERT may select. */
  maxColumns: number;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * The whole sync as one transaction. Its order matters:
 *
 * 1. foreign keys wait for the commit, so rows may come in any order
 * 2. what is about to change is counted into the run's results
 * 3. triggers go; they come back, as they were, behind the rows
 * 4. holders of unique values are parked or replaced, rows are upserted, and only then is anything
 *    deleted, children first: no cascade meets a row that stays
 * 5. the run is marked applied, at which a second driver's batch fails
 * 6. the guards: rows that still differ, or point to nothing, roll everything back
 * 7. the history
 *
 * Readers see the database before or after. A crash leaves one of the two.
 */
export function applyStatements(request: ApplyRequest): Statement[] {
  const { staged, rules } = request;
  const { run } = rules;
  const { suspend, resume } = suspendObjects(request);
  return [
    { sql: "PRAGMA defer_foreign_keys = on" },
    {
      sql: `UPDATE ${RUNS} SET results = NULL, ${isStillOurs("?2")} WHERE key = ?1`,
      params: [run, request.driver],
    },
    ...request.create.before,
    ...withTerms(tablesOf(staged), [
      ...recordResults(run, countScalars(staged, rules)),
      ...suspend,
      ...clearSearch(request),
      ...changeStatements(request),
      ...deleteRows(request),
      ...rebuildSearch(request),
      ...resume,
      // Orphans first: a mirror may delete them again by a cascade.
      ...commitStatements(request, [
        ...guardOrphans(request),
        ...guardStatements(run, "remaining", remainingScalars(staged, rules, readBack(request))),
      ]),
    ]),
  ];
}

/** Makes room for incoming unique values, then inserts and updates; tables that the plan saw unchanged are left alone. */
export function changeStatements(request: ApplyRequest): Statement[] {
  const { staged, rules, plan, parking, schema } = request;
  const changing = staged.tables.filter(({ table }) => changes(plan[table.name], "inserted", "updated"));
  return [
    ...(rules.onConflict === "replace" ? replaceStatements(staged, rules) : []),
    ...parking.map((site) => parkStatement(site, rules, schema, request.parkByDelete === true)),
    ...changing.flatMap((table) => table.shapes.flatMap((shape) => rowStatements(request, table, shape))),
  ];
}

function rowStatements(
  { rules, open, maxColumns }: ApplyRequest,
  table: StagedTable,
  shape: StagedShape,
): Statement[] {
  if (table.table.fts5) return searchStatements(rules, table, shape);
  return upsertStatements(rules, table, shape, { maxColumns, open: open?.get(table.table.name) });
}

/** Empties full-text tables that change only as a whole. */
export function clearSearch({ staged, rules, plan }: ApplyRequest): Statement[] {
  return clearStatements(
    rules,
    staged.tables.filter((table) => isCleared(table, plan[table.table.name])),
  );
}

export function tablesOf({ tables }: Staged): LiveTable[] {
  return tables.map(({ table }) => table);
}

/** Makes full-text indexes over the changed tables again: the triggers that kept them were away. */
export function rebuildSearch({ schema, staged, plan }: ApplyRequest): Statement[] {
  const changed = staged.tables.filter(({ table }) =>
    changes(plan[table.name], "inserted", "updated", "deleted"),
  );
  return rebuildStatements(
    schema,
    changed.map(({ table }) => table.name),
  );
}

/** Deletes what a mirror's document does not have. */
export function deleteRows({ rules: { run, mode }, staged, plan }: ApplyRequest): Statement[] {
  if (mode !== "mirror") return [];
  return deleteStatements(
    run,
    staged.tables.filter((table) => {
      const own = plan[table.table.name];
      return changes(own, "deleted") && !isCleared(table, own);
    }),
  );
}

/** Marks the run applied, which answers its results; then the guards, the schema's rest and the history. */
export function commitStatements(request: ApplyRequest, guards: readonly Statement[]): Statement[] {
  const { rules, history, version, now } = request;
  const { run } = rules;
  const mark = {
    sql: `UPDATE ${RUNS} SET applied = applied + iif(driver IS ?3, 1, 2), status = 'verifying', updated_at = ?2
      WHERE key = ?1 RETURNING results`,
    params: [run, now, request.driver],
  };
  return [
    ...request.sequences,
    mark,
    ...guards,
    ...request.create.after,
    ...(history === null ? [] : historyStatements(run, version, now, history.replaced)),
  ];
}

/** Fails the batch when an incoming row points to a row that is not there. */
export function guardOrphans({ staged, rules, create, open }: ApplyRequest): Statement[] {
  const scalars = [...orphanScalars(staged, rules, open), ...newTableOrphans(create.missing)];
  return guardStatements(rules.run, "orphans", scalars);
}

/**
 * The tables whose cells are read back and compared with the archive's hashes, and in which a row is
 * stored as it comes or not at all: a constraint that settles its own conflicts may change one.
 */
function readBack({ staged, rules, plan, frames }: ApplyRequest): Set<string> {
  if (rules.onConflict === "skip") return new Set();
  const tables = verifiableTables(rules.mode, frames?.schema ?? null, staged, plan);
  const names = [...tables].flatMap(
    ([
      name,
      {
        staged: { table },
      },
    ]) => (table.fts5 || /\bCONFLICT\b/i.test(table.sql) ? [] : [name]),
  );
  return new Set(names);
}

/** Sets a column to the sum of the scalars; its constraint takes nothing but 0. */
export function guardStatements(
  run: string,
  column: "remaining" | "orphans",
  scalars: readonly Scalar[],
): Statement[] {
  return packScalars(scalars).map(({ expressions, params }) => ({
    sql: `UPDATE ${RUNS} SET ${column} = ${expressions.join(" + ")} WHERE key = ${params.add(run)}`,
    params: params.values,
  }));
}

/** The results in the answer to a batch that ends with `commitStatements`. */
export function committedResults(answers: readonly StatementResult[]): string {
  return (answers.findLast(({ rows }) => rows.length > 0)?.rows[0]?.[0] as string | null | undefined) ?? "";
}

/** Adds counts, made here and now, to the run's results. */
export function recordResults(run: string, scalars: readonly Scalar[]): Statement[] {
  return packScalars(scalars).map(({ expressions, params }) => ({
    sql: `UPDATE ${RUNS} SET results = ${callNested("concat_ws", ["nullif(results, '')", ...expressions], ["','"])} WHERE key = ${params.add(run)}`,
    params: params.values,
  }));
}

/** Takes the tables' triggers, and the indexes that are to be suspended, away, and puts them back as they were. */
export function suspendObjects({ schema, staged, suspendedIndexes = [] }: ApplyRequest): {
  suspend: Statement[];
  resume: Statement[];
} {
  const affected = new Set(staged.tables.map(({ table }) => table.name));
  const objects = schema.others.filter(
    ({ type, table, name }) => affected.has(table) && (type === "trigger" || suspendedIndexes.includes(name)),
  );
  return {
    suspend: objects.map(({ type, name }) => ({ sql: `DROP ${type.toUpperCase()} ${quote(name)}` })),
    resume: objects.map(({ sql }) => ({ sql })),
  };
}

function changes(plan: TablePlan | undefined, ...kinds: ("inserted" | "updated" | "deleted")[]): boolean {
  return plan === undefined || kinds.some((kind) => plan[kind] > 0);
}
