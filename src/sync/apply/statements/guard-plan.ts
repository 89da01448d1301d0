import { liveRows } from "../../../database/fts5/contentless-rows.ts";
import type { Statement } from "../../../database/port.ts";
import type { LiveTable } from "../../../database/schema.ts";
import type { Params } from "../../../database/sql/params.ts";
import type { Scalar } from "../../../database/sql/scalars.ts";
import { quote, tuple } from "../../../database/sql/syntax.ts";
import { differs, findFollowers, isCleared, isFollowing, isListed, missingOf } from "../../compare/index.ts";
import {
  hasKey,
  type IncomingRows,
  incomingRows,
  keyMatches,
  type StagedTable,
  shapeSql,
} from "../../stage/index.ts";
import { guardStatements } from "./guards.ts";
import { type ApplyRequest, clearedTables } from "./request.ts";

/*
 * What a plan writes over has to be as the plan saw it, or nothing is written: rows that are updated, in the columns
 * that change; rows that are deleted, whole; rows that are inserted must not be there. What else
 * happened to the tables since, is nobody's business.
 */

/** Fails the batch where rows have moved since the plan. Ahead of any change. */
export function guardPlan(request: ApplyRequest): Statement[] {
  return guardStatements(request.staged.run, "moved", movedScalars(request));
}

export function movedScalars(request: ApplyRequest): Scalar[] {
  const { listed, plan } = request;
  const { befores, deletes, writes } = listed;
  return [
    ...incomingRows([...befores, ...deletes]).map(
      (rows): Scalar =>
        (params) =>
          countMoved(rows, params),
    ),
    ...clearedTables(request).map(({ table }) => clearedScalar(table, [...befores, ...deletes])),
    ...writes.tables.flatMap((table) => {
      if (isCleared(table, plan[table.table.name])) return [];
      return table.shapes.flatMap((shape) => absenceScalars({ staged: table, shape }, request));
    }),
    ...findFollowers({ ...request, schema: request.target.schema }).map(
      (follower): Scalar =>
        (params) =>
          `SELECT count(*) FROM ${quote(follower.child.name)} AS child WHERE ${isFollowing(follower, request.listed, params)}`,
    ),
  ];
}

/**
 * Fails the batch where a row that is to be deleted is there and otherwise than the plan saw it. `written` are rows
 * that the run has written since: one may have been given the rowid of a row that is gone.
 */
export function guardStillThere(
  run: string,
  deletes: readonly StagedTable[],
  written?: readonly StagedTable[],
): Statement[] {
  return guardStatements(run, "moved", stillThereScalars(deletes, written));
}

export function stillThereScalars(
  deletes: readonly StagedTable[],
  written: readonly StagedTable[] = [],
): Scalar[] {
  return incomingRows(deletes).map(
    (rows): Scalar =>
      (params) => {
        const { table } = rows.staged;
        const sql = shapeSql(rows, params);
        const own = written.filter((list) => list.table.name === table.name);
        const others = own.length === 0 ? "" : ` AND (${isListed(own, "live", params)}) IS NOT 1`;
        return `SELECT count(*) FROM ${sql.from} CROSS JOIN ${liveRows(table)} AS live ON ${keyMatches("live", table, sql)} WHERE (${differs(rows, sql)})${others}`;
      },
  );
}

/** Rows of a list that are gone or otherwise now. */
function countMoved(rows: IncomingRows, params: Params): string {
  const sql = shapeSql(rows, params);
  return `SELECT count(*) FROM ${movedFrom(rows, sql)}`;
}

/** FROM and WHERE of rows of a list, as `s`, whose live rows are gone or otherwise now. */
export function movedFrom(rows: IncomingRows, sql: ReturnType<typeof shapeSql>): string {
  const { table } = rows.staged;
  const gone = `live.${quote(table.key.columns[0] as string)} IS NULL`;
  return `${sql.from} LEFT JOIN ${liveRows(table)} AS live ON ${keyMatches("live", table, sql)} WHERE ${gone} OR ${differs(rows, sql)}`;
}

/** A table that is cleared must hold what was listed, and nothing else. */
function clearedScalar({ name }: LiveTable, lists: readonly StagedTable[]): Scalar {
  const listed = lists.find(({ table }) => table.name === name)?.rows ?? 0;
  return () => `SELECT abs(count(*) - ${listed}) FROM ${quote(name)}`;
}

/** Fails the batch where the app has written rows since their table was cleared that are to be inserted. */
export function guardCleared({ staged, listed: { writes } }: ApplyRequest): Statement[] {
  const scalars = incomingRows(writes.tables).map(
    (rows): Scalar =>
      (params) =>
        countMet(rows, params),
  );
  return guardStatements(staged.run, "moved", scalars);
}

function countMet(rows: IncomingRows, params: Params): string {
  const { table } = rows.staged;
  const sql = shapeSql(rows, params);
  return `SELECT count(*) FROM ${sql.from} CROSS JOIN ${quote(table.name)} AS live ON ${keyMatches("live", table, sql)}`;
}

/** How many rows that are to be inserted are there now. */
function absenceScalars(rows: IncomingRows, request: ApplyRequest): Scalar[] {
  const { table } = rows.staged;
  const { shape } = rows;
  if (shape.appends === true) return [appendedScalar(rows, request)];
  const updates = shape.updates ?? 0;
  if (!hasKey(rows) || shape.rows === updates) return [];
  return [
    (params) =>
      `SELECT CASE WHEN EXISTS (SELECT 1 FROM ${quote(table.name)}) THEN abs((${countMet(rows, params)}) - ${updates}) ELSE 0 END`,
  ];
}

/** Rows without a key: those that the table lacks have to be those that are listed, each as often. */
function appendedScalar(rows: IncomingRows, { staged, rules }: ApplyRequest): Scalar {
  return (params) => {
    const numbered = (from: string) =>
      `SELECT json(s.v), row_number() OVER (PARTITION BY json(s.v)) AS nth FROM ${from}`;
    const lacking = missingOf(rows, { staged, rules, params });
    const listed = shapeSql(rows, params).from;
    return `SELECT (SELECT count(*) FROM (${numbered(lacking)} EXCEPT ${numbered(listed)})) + abs((SELECT count(*) FROM ${lacking}) - ${rows.shape.rows})`;
  };
}

/**
 * Fails the batch where rows that stay point to rows which are about to be deleted: a foreign key would take
 * them along. Behind the writes, ahead of the deletes.
 */
export function guardReached(request: ApplyRequest): Statement[] {
  return guardStatements(request.staged.run, "orphans", reachedScalars(request));
}

interface Going {
  /** Says in SQL which of a table's rows go. @default all that are listed */
  which?: (params: Params, parent: StagedTable) => string;
  /** Rows that go too. @default all that are listed */
  going?: readonly StagedTable[];
}

/** Of each table how many rows that stay point to rows which are about to be deleted. */
export function reachedScalars(
  { listed: { deletes }, target }: ApplyRequest,
  {
    which = (params, parent) => isListed([parent], quote(parent.table.name), params),
    going: others = deletes,
  }: Going = {},
): Scalar[] {
  return deletes.flatMap((parent) =>
    [...target.schema.tables.values()].flatMap((child) =>
      child.foreignKeys
        .filter((key) => key.parent === parent.table.name && child.kind === "table")
        .map(
          (key): Scalar =>
            (params) => {
              const going = `SELECT ${key.parentColumns.map(quote).join(", ")} FROM ${quote(parent.table.name)}
            WHERE ${which(params, parent)}`;
              const own = others.filter(({ table }) => table.name === child.name);
              const pointing = tuple(key.columns.map((name) => `child.${quote(name)}`));
              return `SELECT count(*) FROM ${quote(child.name)} AS child WHERE (SELECT foreign_keys FROM pragma_foreign_keys)
            AND ${pointing} IN (${going}) AND NOT (${isListed(own, "child", params)})`;
            },
        ),
    ),
  );
}

/** True in SQL for the live rows of a table that the run may move out of the way: those it writes over or deletes. */
export function mayMove(
  table: LiveTable,
  { befores, deletes }: ApplyRequest["listed"],
  params: Params,
): string {
  const own = [...befores, ...deletes].filter((one) => one.table.name === table.name);
  return isListed(own, quote(table.name), params);
}
