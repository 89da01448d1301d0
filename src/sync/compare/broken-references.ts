import type { Database } from "../../database/port.ts";
import type { ForeignKey, LiveSchema, LiveTable } from "../../database/schema.ts";
import { keyJson } from "../../database/sql/key-json.ts";
import { Params } from "../../database/sql/params.ts";
import { evaluate } from "../../database/sql/scalars.ts";
import { joinBalanced, quote, tuple } from "../../database/sql/syntax.ts";
import type { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import type { TablePlan } from "../run/index.ts";
import {
  hasKey,
  type IncomingRows,
  incomingRows,
  keyMatches,
  type Staged,
  type StagedTable,
  selectStaged,
  shapeSql,
} from "../stage/index.ts";
import { type ConflictRules, isDeleted } from "./conflicts.ts";
import { type Follower, findFollowers, isFollowing, type Updates } from "./followers.ts";
import { notStaged } from "./not-staged.ts";

/** Rows that would point to nothing, and one of them. */
export interface BrokenRows {
  rows: number;
  /** JSON. */
  key: string | null;
}

/** A foreign key by which rows would point to nothing. */
export interface BrokenReference extends BrokenRows {
  child: string;
  parent: string;
  columns: readonly string[];
}

/** Incoming rows that point to a row which is not there, for people; `state` says in which state the tables are. */
export function pointsToNothing(
  { child, parent, columns, rows, key }: BrokenReference,
  { state, cause }: { state: string; cause?: unknown },
): FerryError {
  const which = key === null ? "A row" : `The row with the key ${key}`;
  const more = rows > 1 ? ` So do ${rows - 1} more.` : "";
  return refused(
    "parent-row-missing",
    `${which} of "${child}" points to a row of "${parent}" (${columns.join(", ")}) that is not there.${more} ${state}`,
    { details: { table: child, columns, parent, key, rows }, cause },
  );
}

export interface Deletes {
  schema: LiveSchema;
  staged: Staged;
  rules: ConflictRules;
  /** What the plan says of each table. */
  tables: Readonly<Record<string, TablePlan>>;
}

/** Rows that stay and point to rows which the run deletes. */
export async function findReached(
  database: Database,
  { schema, staged, rules, tables }: Deletes,
): Promise<BrokenReference | null> {
  const whole = staged.tables.filter(({ keyed }) => rules.mode === "mirror" && keyed !== true);
  const mirrored = new Set(whole.map(({ table }) => table.name));
  const parents = staged.tables.filter(({ table }) => (tables[table.name]?.deleted ?? 0) > 0);
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
  for (const [
    i,
    {
      parent,
      child,
      key: { columns },
    },
  ] of reached.entries()) {
    const { rows, key } = JSON.parse(values[i] as string) as BrokenRows;
    if (rows > 0) return { child: child.name, parent: parent.table.name, columns, rows, key };
  }
  return null;
}

/** The refusal of deletes that reach rows which stay. */
export function reachesRows(
  { child, parent, columns, rows, key }: BrokenReference,
  { mode, state, cause }: { mode: ConflictRules["mode"]; state: string; cause?: unknown },
): FerryError {
  const what = mode === "mirror" ? "The mirror would delete" : "Replacing would delete";
  const which = rows === 1 ? `the row ${key} of "${child}" points to` : `${rows} rows of "${child}" point to`;
  const first = rows === 1 ? ` (${columns.join(", ")})` : ` (${columns.join(", ")}; one of them is ${key})`;
  const stays = rows === 1 ? "that one is to stay" : "those are to stay";
  return refused(
    "delete-reaches-rows",
    `${what} rows of "${parent}" that ${which}${first}, and ${stays}. ${state}`,
    { details: { table: parent, child, columns, key, rows, mode }, cause },
  );
}

/** A foreign key by which a delete may reach other rows. */
interface Reached {
  parent: StagedTable;
  child: LiveTable;
  /** What comes in for the child. */
  incoming: StagedTable | undefined;
  key: ForeignKey;
}

/** A scalar, the JSON of `BrokenRows`: the rows of the child that stay and point to rows which go. */
function countReached(
  { parent, child, incoming, key }: Reached,
  rules: ConflictRules,
  params: Params,
): string {
  const pointing = tuple(key.columns.map((name) => `child.${quote(name)}`));
  const deleted = `SELECT ${key.parentColumns.map(quote).join(", ")} FROM ${quote(parent.table.name)} AS live
    WHERE ${isDeleted(parent, rules, params, "live")}`;
  const stays =
    incoming === undefined || !isRewritten(incoming, key, rules)
      ? ""
      : ` AND ${notStaged(incoming, "child", params)}`;
  const goes =
    incoming === undefined || rules.mode !== "mirror"
      ? ""
      : ` AND (${isDeleted(incoming, rules, params, "child")}) IS NOT 1`;
  return brokenRows(
    child,
    `${pointing} IN (${deleted})${stays}${goes}${notBroughtAgain(parent, key, params)}`,
  );
}

/** A condition: no incoming row brings the value again. What a delete does to rows is done when it goes. */
function notBroughtAgain(parent: StagedTable, key: ForeignKey, params: Params): string {
  if (key.onDelete !== "NO ACTION") return "";
  const bringing = incomingRows([parent]).filter((rows) => hasAll(rows, key.parentColumns));
  return bringing.map((rows) => ` AND ${isNotBrought(rows, key, params)}`).join("");
}

const hasAll = ({ shape }: IncomingRows, columns: readonly string[]): boolean =>
  columns.every((name) => shape.columns.includes(name));

/** A condition on `child`: it points to none of the values that incoming rows have. A NULL among them is none. */
function isNotBrought(rows: IncomingRows, { columns, parentColumns }: ForeignKey, params: Params): string {
  return `(${tuple(columns.map((name) => `child.${quote(name)}`))} IN
    (${selectStaged(rows, parentColumns, params)})) IS NOT 1`;
}

/** The live rows of a table, as `child`, for which a condition holds. */
function brokenRows(child: LiveTable, condition: string): string {
  return `SELECT json_object('rows', count(*), 'key', min("key")) FROM (
    SELECT CAST(${keyJson(child.key.columns, (name) => `child.${quote(name)}`)} AS TEXT) AS "key"
    FROM ${quote(child.name)} AS child WHERE ${condition} LIMIT -1)`;
}

/** True when an incoming row of the child makes its live row right again, whatever the delete did to it. */
function isRewritten(
  { table, shapes }: StagedTable,
  { onDelete, columns: pointing }: ForeignKey,
  { mode }: ConflictRules,
): boolean {
  // A mirror deletes behind the writes: the row has its new value by then.
  if (mode === "mirror")
    return shapes.every(({ columns }) => pointing.every((name) => columns.includes(name)));
  if (onDelete === "NO ACTION") return true;
  const stored = table.columns.filter(({ generated }) => generated === null);
  return (
    onDelete !== "RESTRICT" &&
    shapes.every(({ columns }) => stored.every(({ name }) => columns.includes(name)))
  );
}

/** Rows that stay and point to a value, outside its row's key, that an incoming row takes away. */
export async function findBereft(
  database: Database,
  { schema, staged }: Pick<Deletes, "schema" | "staged">,
): Promise<BrokenReference | null> {
  for (const child of schema.tables.values()) {
    for (const key of child.foreignKeys) {
      const parent = staged.tables.find(({ table }) => table.name === key.parent);
      if (parent === undefined || key.parentColumns.every((name) => parent.table.key.columns.includes(name)))
        continue;
      const found = await findBereftBy(database, { child, parent, key });
      if (found !== null && found.rows > 0)
        return { ...found, child: child.name, parent: key.parent, columns: key.columns };
    }
  }
  return null;
}

async function findBereftBy(
  database: Database,
  { child, parent, key }: { child: LiveTable; parent: StagedTable; key: ForeignKey },
): Promise<BrokenRows | null> {
  const params = new Params();
  const bringing = incomingRows([parent]).filter((rows) => hasKey(rows) && hasAll(rows, key.parentColumns));
  if (bringing.length === 0) return null;
  const pointing = tuple(key.columns.map((name) => `child.${quote(name)}`));
  const taken = bringing.map((rows) => {
    const sql = shapeSql(rows, params);
    const same = key.parentColumns.map((name) => `live.${quote(name)} IS ${sql.cell(name)}`);
    return `${pointing} IN (SELECT ${key.parentColumns.map((name) => `live.${quote(name)}`).join(", ")}
      FROM ${sql.from} CROSS JOIN ${quote(parent.table.name)} AS live
        ON ${keyMatches("live", parent.table, sql)} WHERE NOT (${joinBalanced(same, "AND")}))`;
  });
  const brought = bringing.map((rows) => isNotBrought(rows, key, params));
  const condition = `(${joinBalanced(taken, "OR")}) AND ${brought.join(" AND ")}`;
  const [row] = await database.query({ sql: brokenRows(child, condition), params: params.values });
  return JSON.parse(row?.[0] as string) as BrokenRows;
}

/** Rows that the run does not write, and that would follow a value which it changes. */
export async function findFollowing(database: Database, updates: Updates): Promise<BrokenReference | null> {
  const followers = findFollowers(updates);
  const { values } = await evaluate(
    database,
    followers.map(
      (one) => (params) => brokenRows(one.child, isFollowing(one, listedWith(one, updates), params)),
    ),
  );
  for (const [i, { child, key }] of followers.entries()) {
    const found = JSON.parse(values[i] as string) as BrokenRows;
    if (found.rows > 0) return { ...found, child: child.name, parent: key.parent, columns: key.columns };
  }
  return null;
}

/** What is written together with the value that rows follow. */
function listedWith({ key: { parent } }: Follower, { listed, apart = false }: Updates): Updates["listed"] {
  if (!apart) return listed;
  return { ...listed, befores: listed.befores.filter(({ table }) => table.name === parent), deletes: [] };
}

/** The refusal of an update that takes away the value which rows that stay point to. */
export function takesValueAway(
  { child, parent, columns, rows, key }: BrokenReference,
  { state, cause }: { state: string; cause?: unknown },
): FerryError {
  const which = rows === 1 ? `the row ${key} of "${child}" points` : `${rows} rows of "${child}" point`;
  const first = rows === 1 ? "" : `; one of them is ${key}`;
  return refused(
    "update-reaches-rows",
    `The sync would change values of "${parent}" that ${which} to (${columns.join(", ")}${first}). ${state}`,
    { details: { table: parent, child, columns, key, rows }, cause },
  );
}
