import type { ForeignKey, LiveTable } from "../../database/schema.ts";
import { readReferences } from "../../database/sql/references.ts";
import { foldCase } from "../../names.ts";
import type { StagedTable } from "../stage/index.ts";

/** Where a foreign key leads. */
export type KeyToRow = Pick<ForeignKey, "columns" | "parent" | "parentColumns">;

/** A foreign key between two tables that are written, which are not the same. */
export interface KeyAmong extends KeyToRow {
  /** No row can be without it. */
  isFixed: boolean;
}

export interface TableGroupsOptions {
  /** Tables that are not made yet: their SQL says what they refer to. @default none */
  missing?: readonly string[];
}

/**
 * The names of tables in groups, parents before children. Tables whose foreign keys lead to each other in a circle are one
 * group. In it, too, parents come first where rows cannot be without them, and else the order of `tables` is kept.
 */
export function tableGroups(tables: readonly LiveTable[], options: TableGroupsOptions = {}): string[][] {
  const names = tables.map(({ name }) => name);
  const keys = tables.map((table) => [table.name, keysAmong(table, tables, options)] as const);
  const parents = new Map(keys.map(([name, own]) => [name, own.map(({ parent }) => parent)]));
  const fixed = new Map(
    keys.map(([name, own]) => [name, own.filter(({ isFixed }) => isFixed).map(({ parent }) => parent)]),
  );
  return groupsOf(names, parents).map((group) => groupsOf(group, fixed).flat());
}

/** The same tables, each behind those that it points to but for a circle. */
export function parentsFirst(lists: readonly StagedTable[], options?: TableGroupsOptions): StagedTable[] {
  const tables = lists.map(({ table }) => table);
  return inOrder(lists, tableGroups(tables, options).flat());
}

/** In the order of these names. */
export function inOrder(lists: readonly StagedTable[], order: readonly string[]): StagedTable[] {
  return lists.toSorted((a, b) => order.indexOf(a.table.name) - order.indexOf(b.table.name));
}

/** The foreign keys of a table to other ones among these. */
export function keysAmong(
  table: LiveTable,
  tables: readonly LiveTable[],
  { missing = [] }: TableGroupsOptions,
): KeyAmong[] {
  const references = missing.includes(table.name) ? readReferences(table.sql) : table.foreignKeys;
  return references.flatMap(({ columns, parent: named, parentColumns }) => {
    const parent = tables.find(({ name }) => foldCase(name) === foldCase(named));
    if (parent === undefined || parent.name === table.name) return [];
    const isFixed = table.columns.some(
      ({ name, notNull, primaryKey }) => columns.includes(name) && (notNull || primaryKey > 0),
    );
    return [{ columns, parent: parent.name, parentColumns: parentColumns ?? parent.key.columns, isFixed }];
  });
}

type Parents = ReadonlyMap<string, readonly string[]>;

function groupsOf(names: readonly string[], parents: Parents): string[][] {
  const reached = new Map(names.map((name) => [name, reachedFrom(name, parents)]));
  const leadsTo = (from: string, to: string) => reached.get(from)?.has(to) ?? false;
  const groups: string[][] = [];
  for (const name of names) {
    const own = groups.find(([first = ""]) => leadsTo(first, name) && leadsTo(name, first));
    if (own === undefined) groups.push([name]);
    else own.push(name);
  }
  return orderGroups(groups, parents);
}

function reachedFrom(name: string, parents: Parents): Set<string> {
  const reached = new Set<string>();
  const waiting = [...(parents.get(name) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    waiting.push(...(parents.get(next) ?? []));
  }
  return reached;
}

/** There are no circles of groups, so that there is always one whose parents have come. */
function orderGroups(groups: readonly string[][], parents: Parents): string[][] {
  const ordered: string[][] = [];
  const waiting = [...groups];
  const all = new Set(groups.flat());
  const come = new Set<string>();
  while (waiting.length > 0) {
    const isReady = (group: readonly string[]) =>
      group.every((name) =>
        (parents.get(name) ?? []).every(
          (parent) => group.includes(parent) || come.has(parent) || !all.has(parent),
        ),
      );
    const [group = []] = waiting.splice(Math.max(0, waiting.findIndex(isReady)), 1);
    for (const name of group) come.add(name);
    ordered.push(group);
  }
  return ordered;
}
