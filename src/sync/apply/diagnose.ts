import { sqliteMessage } from "../../database/failure.ts";
import type { Database } from "../../database/port.ts";
import type { ForeignKey } from "../../database/schema.ts";
import { keyJson } from "../../database/sql/key-json.ts";
import { Params } from "../../database/sql/params.ts";
import { tuple } from "../../database/sql/syntax.ts";
import { FerryError, retold } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import {
  findBereft,
  findReached,
  foreignKeysOf,
  isOrphan,
  isPartialOrExpression,
  pointsToNothing,
  reachesRows,
  takesValueAway,
} from "../compare/index.ts";
import type { RunContext } from "../run/index.ts";
import { GUARD_ORPHANS, GUARD_PLAN, GUARD_REMAINING, GUARD_SCHEMA } from "../run/index.ts";
import type { Staged, StagedTable } from "../stage/index.ts";
import { incomingRows, selectStaged, shapeSql } from "../stage/index.ts";
import { findMoved, MOST_MOVED, TOLD } from "./find-moved.ts";
import { locateRefusedRow, type RefusedRow } from "./find-refused-row.ts";
import { type ApplyRequest, changedObjects, objectsAsRead } from "./statements/index.ts";

/** In which state a refused apply left the tables. */
function stateOf({ inParts }: ApplyRequest): string {
  return inParts.partly
    ? "Frames before it are applied and stay; the same call goes on when the cause is gone."
    : "No table was changed.";
}

/**
 * What a rolled back apply means, for people: which table, column and row. SQLite names the
 * constraint; the row is looked for among the staged ones.
 */
export async function diagnose(
  context: RunContext,
  request: ApplyRequest,
  error: unknown,
): Promise<FerryError> {
  const { staged } = request;
  const unchanged = stateOf(request);
  const message = sqliteMessage(error);
  if (message.includes(GUARD_REMAINING)) {
    return new FerryError(
      "VERIFICATION_FAILED",
      `After the apply rows still differed, so it was rolled back. ${unchanged}`,
      {
        hint: "Something writes to the target at the same time, or a type of the target changes the values. Plan again.",
        cause: error,
      },
    );
  }
  if (message.includes(GUARD_PLAN)) return staleError(context, request, { unchanged, cause: error });
  if (message.includes(GUARD_SCHEMA)) {
    if (await areTriggersOthers(context, request))
      return refused(TRIGGERS_CHANGED, `Triggers of the tables changed since the call began. ${unchanged}`, {
        cause: error,
      });
    return new FerryError(
      "VERIFICATION_FAILED",
      `More of the schema changed than what the plan makes, so it was rolled back. ${unchanged}`,
      {
        hint: "A migration ran at the same time: plan again. If none did, do not trust where the archive is from.",
        cause: error,
      },
    );
  }
  const breaksKey = message.includes("FOREIGN KEY constraint failed") || message.includes(GUARD_ORPHANS);
  // The plan left what was held then: something came to hold more.
  if (breaksKey && request.undoes) return staleError(context, request, { unchanged, cause: error });
  if (breaksKey) return foreignKeyError(context, request, { unchanged, cause: error });
  const constraint = /^(UNIQUE|NOT NULL|CHECK) constraint failed: |^cannot store|^datatype mismatch/.exec(
    message,
  );
  if (constraint !== null) {
    // Rows that swap values are displaced first, which the search leaves out.
    const searchable = constraint[1] !== "UNIQUE" || request.displaced.sites.length === 0;
    const row = searchable ? await locateRefusedRow(context, request) : null;
    const refusedBy = { constraint: message, row, staged };
    if (constraint[1] !== "UNIQUE")
      return constraintError("ROW_REFUSED", refusedBy, { unchanged, cause: error });
    const isInParts = request.inParts.partly && hasUnseenIndex(request);
    return constraintError("UNIQUE_CONFLICT", { ...refusedBy, isInParts }, { unchanged, cause: error });
  }
  if (error instanceof FerryError && (error.code === "DATABASE_ERROR" || error.code === "DAILY_LIMIT")) {
    // A connection that broke may have broken behind the commit.
    const state = error.transient
      ? "All or nothing of it was applied: the same call again goes on."
      : unchanged;
    return retold(error, { message: `${error.message.replace(/\.$/, "")}. ${state}`, cause: error });
  }
  return error instanceof FerryError ? error : new FerryError("INTERNAL", String(error), { cause: error });
}

const TRIGGERS_CHANGED = "triggers-changed";

/** True of a refusal that the next call has no reason for: it reads the schema anew. */
export function haveTriggersChanged(error: unknown): boolean {
  return error instanceof FerryError && error.details?.reason === TRIGGERS_CHANGED;
}

async function areTriggersOthers({ database, budget }: RunContext, request: ApplyRequest): Promise<boolean> {
  if (!budget.withinLimit(1)) return request.target.create.objects.length === 0;
  const [row] = await database.query({
    sql: `SELECT ${changedObjects("?1")}`,
    params: [objectsAsRead(request)],
  });
  return row?.[0] !== 0;
}

/** What every refusal tells besides its reason. */
interface Refusal {
  /** In which state the tables are. */
  unchanged: string;
  cause: unknown;
}

interface RefusedConstraint {
  /** SQLite's message. */
  constraint: string;
  row: RefusedRow | null;
  staged: Staged;
  /** In many transactions, of which each is judged by indexes that nobody can ask for their values. @default false */
  isInParts?: boolean;
}

const hasUnseenIndex = ({ listed: { writes } }: ApplyRequest): boolean =>
  writes.tables.some(({ table }) => table.uniqueIndexes.some((index) => isPartialOrExpression(table, index)));

function constraintError(
  code: "UNIQUE_CONFLICT" | "ROW_REFUSED",
  { constraint, row, staged, isInParts = false }: RefusedConstraint,
  { unchanged, cause }: Refusal,
): FerryError {
  const key = row?.key == null ? "A row" : `The row with the key ${row.key}`;
  const which = row === null ? "A row" : `${key} of "${row.table}"`;
  const hint =
    code === "UNIQUE_CONFLICT"
      ? "The document holds the value twice, or another row of the target holds it. Under an index over an expression or a part of the rows, skip and replace cannot settle that: correct the row."
      : "Correct the row in the source, or the target's schema.";
  const details = { constraint, ...(row === null ? {} : row), ...namedColumn(constraint, staged) };
  const text = `${which} was refused: ${constraint}. ${unchanged}`;
  return isInParts
    ? refused("unique-in-parts", text, { details, cause })
    : new FerryError(code, text, { hint, details, cause });
}

/**
 * The table and column that SQLite's message names, as in "NOT NULL constraint failed: posts.title". Either
 * may hold a dot, so they are looked for among the staged ones; none where two are called so.
 */
export function namedColumn(
  constraint: string,
  { tables }: Pick<Staged, "tables">,
): { table?: string; column?: string } {
  const named = /^NOT NULL constraint failed: (.+)$|column (.+)$/s.exec(constraint);
  const place = named?.[1] ?? named?.[2];
  const found = tables.flatMap(({ table: { name, columns } }) =>
    columns
      .filter((column) => `${name}.${column.name}` === place)
      .map((column) => ({ table: name, column: column.name })),
  );
  return found.length === 1 ? (found[0] as { table: string; column: string }) : {};
}

/** Names the rows that are no longer as the plan saw them. */
async function staleError(
  { database, budget }: RunContext,
  request: ApplyRequest,
  { unchanged, cause }: Refusal,
): Promise<FerryError> {
  const moved = budget.withinLimit(10) ? await findMoved(database, request) : [];
  const [first] = moved;
  const which =
    first === undefined
      ? "Rows that the plan writes over"
      : `${moved.length === 1 ? "A row" : moved.length < MOST_MOVED ? `${moved.length} rows` : `${MOST_MOVED} rows or more`} that the plan writes over`;
  const example =
    first === undefined ? "" : ` (first: "${first.table}" ${first.key}, which ${TOLD[first.is]})`;
  return refused("plan-stale", `${which} changed since it was made${example}. ${unchanged}`, {
    details: { moved },
    cause,
  });
}

async function foreignKeyError(
  { database, budget }: RunContext,
  { staged, rules, plan, target }: ApplyRequest,
  { unchanged: state, cause }: Refusal,
): Promise<FerryError> {
  const { schema } = target;
  for (const child of staged.tables) {
    const { name } = child.table;
    for (const key of foreignKeysOf(child.table, { schema, made: target.create.missing.includes(name) })) {
      // Which row it is, is worth knowing as long as the request has calls left to ask.
      if (!budget.withinLimit(child.shapes.length)) break;
      const orphan = await findOrphan(database, staged, {
        child,
        key,
        parentMade: target.create.missing.includes(key.parent),
      });
      if (orphan === null) continue;
      const { columns, parent } = key;
      return pointsToNothing({ child: name, parent, columns, key: orphan, rows: 1 }, { state, cause });
    }
  }
  const live = {
    schema,
    staged: {
      ...staged,
      tables: staged.tables.filter(({ table }) => !target.create.missing.includes(table.name)),
    },
    rules,
    tables: plan,
  };
  if (budget.withinLimit(10)) {
    const reached = await findReached(database, live);
    if (reached !== null) return reachesRows(reached, { mode: rules.mode, state, cause });
    const bereft = await findBereft(database, live);
    if (bereft !== null) return takesValueAway(bereft, { state, cause });
  }
  return new FerryError("FOREIGN_KEY", `A foreign key would point to nothing. ${state}`, {
    hint: "Rows that stay would lose the row they point to. Include their tables in the sync.",
    cause,
  });
}

/** The key, as JSON, of the first incoming row that points to nothing by a foreign key; null when there is none. */
async function findOrphan(
  database: Database,
  staged: Staged,
  { child, key, parentMade }: { child: StagedTable; key: ForeignKey; parentMade: boolean },
): Promise<string | null> {
  const parents = incomingRows(staged.tables.filter(({ table }) => table.name === key.parent));
  for (const rows of incomingRows([child])) {
    const { columns } = rows.shape;
    if (!key.columns.every((name) => columns.includes(name))) continue;
    const params = new Params();
    const sql = shapeSql(rows, params);
    const pointing = tuple(key.columns.map(sql.cell));
    const notIncoming = parents
      .filter(({ shape }) => key.parentColumns.every((name) => shape.columns.includes(name)))
      .map((parent) => `${pointing} NOT IN (${selectStaged(parent, key.parentColumns, params)})`);
    // What the batch made is gone again.
    const orphaned = parentMade
      ? key.columns.map((name) => `${sql.cell(name)} IS NOT NULL`)
      : [isOrphan(key, sql)];
    const own = child.table.key.columns.filter((name) => columns.includes(name));
    const [found] = await database.query({
      sql: `SELECT ${keyJson(own, sql.cell)}
        FROM ${sql.from} WHERE ${[...orphaned, ...notIncoming].join(" AND ")} LIMIT 1`,
      params: params.values,
    });
    if (found !== undefined) return found[0] as string;
  }
  return null;
}
