import { affinityOf } from "../../../database/affinity.ts";
import type { Statement } from "../../../database/port.ts";
import type { LiveSchema, LiveTable } from "../../../database/schema.ts";
import { Params } from "../../../database/sql/params.ts";
import type { Scalar } from "../../../database/sql/scalars.ts";
import { joinBalanced, quote, tuple } from "../../../database/sql/syntax.ts";
import { type ConflictRules, type ConflictSite, isDisplaced, isListed } from "../../compare/index.ts";
import type { ListedRows, StagedTable } from "../../stage/index.ts";
import type { Displaced } from "./delete-rows.ts";
import { guardStillThere, mayMove, reachedScalars } from "./guard-plan.ts";
import { guardStatements } from "./guards.ts";
import type { ApplyRequest, Displacement } from "./request.ts";

export interface DisplaceOptions {
  rules: ConflictRules;
  schema: LiveSchema;
  /** The rows that may be moved: no other is. */
  listed: ListedRows;
  /** @default "another value" */
  by?: Displacement | undefined;
}

/**
 * Moves rows that will give way anyway off their unique value: NULL where the column takes it, else a
 * value that nothing else has. Their right values, or their deletion, come later in the batch. Where
 * every column of the index identifies the row, it cannot be moved; what gives way then is what a
 * mirror deletes, and it goes now. Deletion is for where `canReturn` says that the rows come in again
 * whole.
 */
export function displaceStatement(
  site: ConflictSite,
  { rules, schema, listed, by = "another value" }: DisplaceOptions,
): Statement {
  const { table } = site.staged;
  const params = new Params();
  const assignment = by === "deletion" ? null : freeingAssignment(table, site, schema);
  const displaced = `${isDisplaced(site, { ...rules, which: "giving way" }, params)} AND (${mayMove(table, listed, params)})`;
  const change =
    assignment === null
      ? `DELETE FROM ${quote(table.name)}`
      : `UPDATE OR ABORT ${quote(table.name)} SET ${quote(assignment.column)} = ${assignment.value}`;
  return { sql: `${change} WHERE ${displaced}`, params: params.values };
}

/**
 * In many transactions: deletes, of the rows that a mirror deletes, those whose values others take. Each
 * transaction commits what is asked for, so they cannot wait under another value. Rows that point to them and go too,
 * go with them.
 */
export function deleteDisplaced(request: ApplyRequest): Statement[] {
  const { run } = request.staged;
  const rows = displacedRows(request);
  return [
    // A row may be listed by its rowid, and be another one by now.
    ...guardStillThere(run, [...new Set(rows.flatMap(({ lists }) => lists))], request.displaced.written),
    ...guardStatements(run, "orphans", pointingToDisplaced(request)),
    ...rows.map(({ table, which }) => {
      const params = new Params();
      return { sql: `DELETE FROM ${quote(table.name)} WHERE ${which(params)}`, params: params.values };
    }),
  ];
}

/** How many rows point to those that `deleteDisplaced` deletes, and do not go themselves: each has to be 0. */
export function pointingToDisplaced(request: ApplyRequest): Scalar[] {
  const { listed, displaced } = request;
  return displacedRows(request).flatMap(({ lists, which }) =>
    reachedScalars(
      { ...request, listed: { ...listed, deletes: lists } },
      { which, going: displaced.going ?? [] },
    ),
  );
}

/** Listed rows of a table, and which of them in SQL. */
interface SomeRows {
  table: LiveTable;
  lists: StagedTable[];
  which(params: Params): string;
}

/** Rows that point to others ahead of those. */
function displacedRows({ displaced, rules, listed }: ApplyRequest): SomeRows[] {
  if (rules.mode !== "mirror") return [];
  const tables = new Map(displaced.sites.map(({ staged }) => [staged.table.name, staged.table]));
  return [...tables.values()].flatMap((table) => {
    const lists = listed.deletes.filter((list) => list.table.name === table.name);
    if (lists.length === 0) return [];
    const which = (params: Params) => {
      const inTheWay = displaced.sites
        .filter(({ staged }) => staged.table.name === table.name)
        .map((site) => `(${isDisplaced(site, { ...rules, which: "giving way" }, params)})`);
      return `(${joinBalanced(inTheWay, "OR")}) AND (${isListed(lists, quote(table.name), params)})`;
    };
    return withChildren(displaced.going ?? [], { table, lists, which }, []);
  });
}

/** `above`: tables whose rows these point to. */
function withChildren(
  deletes: readonly StagedTable[],
  { table, lists, which }: SomeRows,
  above: readonly string[],
): SomeRows[] {
  const going = withOwnChildren(table, lists, which);
  const below = [...above, table.name];
  const children = deletes.flatMap((child) =>
    below.includes(child.table.name)
      ? []
      : child.table.foreignKeys.filter(({ parent }) => parent === table.name).map((key) => ({ child, key })),
  );
  return [
    ...children.flatMap(({ child, key }) => {
      const pointing = tuple(key.columns.map(quote));
      const parents = key.parentColumns.map(quote).join(", ");
      const rows = {
        table: child.table,
        lists: [child],
        which: (params: Params) =>
          `${pointing} IN (SELECT ${parents} FROM ${quote(table.name)} WHERE ${going(params)}) AND (${isListed([child], quote(child.table.name), params)})`,
      };
      return withChildren(deletes, rows, below);
    }),
    { table, lists, which: going },
  ];
}

/** The same, and listed rows of the table that point to those, and so on. */
function withOwnChildren(
  table: LiveTable,
  lists: readonly StagedTable[],
  which: (params: Params) => string,
): (params: Params) => string {
  const keys = table.foreignKeys.filter(({ parent }) => parent === table.name);
  if (keys.length === 0) return which;
  const name = quote(table.name);
  const key = table.key.columns.map(quote);
  return (params) => {
    const pointing = keys.map(({ columns, parentColumns }) => {
      const same = columns.map(
        (column, i) => `parent.${quote(parentColumns[i] as string)} = ${name}.${quote(column)}`,
      );
      return same.join(" AND ");
    });
    const ofParent = key.map((column) => `parent.${column} = going.${column}`).join(" AND ");
    return `${tuple(key)} IN (WITH RECURSIVE going (${key.join(", ")}) AS (SELECT ${key.join(", ")} FROM ${name} WHERE ${which(params)}
      UNION SELECT ${key.map((column) => `${name}.${column}`).join(", ")} FROM going CROSS JOIN ${name} AS parent ON ${ofParent}
        CROSS JOIN ${name} ON (${joinBalanced(pointing, "OR")}) WHERE ${isListed(lists, name, params)})
      SELECT ${key.join(", ")} FROM going)`;
  };
}

/** True when rows of a table may be deleted for a while: the run writes them anew in full, and no delete reaches other rows. */
export function canReturn(
  { table, shapes }: Pick<StagedTable, "table" | "shapes">,
  schema: LiveSchema,
): boolean {
  const stored = table.columns.filter(({ generated }) => generated === null);
  const whole = shapes.every(({ columns }) => stored.every(({ name }) => columns.includes(name)));
  const keys = [...schema.tables.values()].flatMap(({ foreignKeys }) => foreignKeys);
  return whole && keys.every(({ parent, onDelete }) => parent !== table.name || onDelete === "NO ACTION");
}

/** By which columns `displaceStatement` moves rows of each table; see there. */
export function displacedColumns({ displaced: { sites, by }, target }: ApplyRequest): Displaced {
  const columns = new Map<string, Set<string>>();
  for (const site of sites) {
    const { table } = site.staged;
    const own = columns.get(table.name) ?? new Set();
    const freed = by === "deletion" ? null : freeingAssignment(table, site, target.schema);
    if (freed !== null) own.add(freed.column);
    columns.set(table.name, own);
  }
  return columns;
}

interface Assignment {
  column: string;
  value: string;
}

/** Takes a row off its unique value; null when there is no such column. */
function freeingAssignment(table: LiveTable, { index }: ConflictSite, schema: LiveSchema): Assignment | null {
  const referenced = referencedColumns(table, schema);
  const columns = table.columns.filter(
    ({ name, generated }) =>
      index.columns.includes(name) && generated === null && !table.key.columns.includes(name),
  );
  // A child that follows its parent's key would follow it to NULL, and stay there.
  const [free] = columns.filter(({ name }) => !referenced.has(name));
  if (free !== undefined && !free.notNull) return { column: free.name, value: "NULL" };
  const column = free ?? columns[0];
  if (column === undefined) return null;
  return { column: column.name, value: uniqueValue(table, column) };
}

function uniqueValue(table: LiveTable, { name, type }: LiveTable["columns"][number]): string {
  const affinity = affinityOf(type, table);
  const text = "'ferry-parked-' || hex(randomblob(16))";
  if (affinity === "text") return text;
  // A CHECK may say of which type it is: it stays of its own.
  if (affinity === "none")
    return `CASE typeof(${quote(name)}) WHEN 'integer' THEN random() WHEN 'text' THEN ${text} ELSE randomblob(16) END`;
  const away = "(1000000007 + abs(random() % 1000000007))";
  // Above the largest; below the smallest where that would be more than an integer can be, which a STRICT table refuses.
  const largest = `ifnull((SELECT max(${quote(name)}) FROM ${quote(table.name)}), 0)`;
  const smallest = `(SELECT min(${quote(name)}) FROM ${quote(table.name)})`;
  return `CASE WHEN ${largest} < 9e18 THEN ${largest} + ${away} ELSE ${smallest} - ${away} END`;
}

function referencedColumns(table: LiveTable, schema: LiveSchema): Set<string> {
  const keys = [...schema.tables.values()].flatMap(({ foreignKeys }) => foreignKeys);
  return new Set(
    keys.filter(({ parent }) => parent === table.name).flatMap(({ parentColumns }) => parentColumns),
  );
}
