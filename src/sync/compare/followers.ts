import type { ForeignKey, LiveSchema, LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { quote, tuple } from "../../database/sql/syntax.ts";
import type { ListedRows } from "../stage/index.ts";
import { isListed } from "./list-changes.ts";

/** A foreign key by which rows follow a value that the run changes: ON UPDATE CASCADE, SET NULL and their like. */
export interface Follower {
  child: LiveTable;
  key: ForeignKey;
}

export interface Updates {
  schema: LiveSchema;
  listed: Pick<ListedRows, "writes" | "befores" | "deletes">;
  /** By table: the columns that updates write. */
  changed: ReadonlyMap<string, readonly string[]>;
  /** Many transactions: rows of other tables follow before the run comes to write them. @default false */
  apart?: boolean;
}

export function findFollowers({ schema, listed: { befores }, changed }: Updates): Follower[] {
  const parents = new Set(befores.map(({ table }) => table.name));
  return [...schema.tables.values()].flatMap((child) =>
    child.foreignKeys
      .filter((key) => parents.has(key.parent) && key.onUpdate !== "NO ACTION")
      .filter((key) => mayChangeParent(key, { schema, changed }))
      .map((key) => ({ child, key })),
  );
}

/** True where an update may change a value that a foreign key points to: one that it writes, or a generated one. */
export function mayChangeParent(
  { parent, parentColumns }: ForeignKey,
  { schema, changed }: Pick<Updates, "schema" | "changed">,
): boolean {
  const written = changed.get(parent) ?? [];
  if (written.length === 0) return false;
  const isGenerated = (column: string) =>
    schema.tables.get(parent)?.columns.some(({ name, generated }) => name === column && generated !== null);
  return parentColumns.some((column) => written.includes(column) || isGenerated(column));
}

/** True in SQL for a row, as `child`, that would follow although the run does not write it itself. */
export function isFollowing(
  { child, key }: Follower,
  { writes, befores, deletes }: Updates["listed"],
  params: Params,
): string {
  const { parent, parentColumns, columns } = key;
  const lists = befores.filter(({ table }) => table.name === parent);
  const writing = writes.tables.filter(({ table }) => table.name === parent);
  const stays = isListed(writing, quote(parent), params, parentColumns);
  const old = `SELECT ${parentColumns.map(quote).join(", ")} FROM ${quote(parent)} WHERE (${isListed(lists, quote(parent), params)}) AND (${stays}) IS NOT 1`;
  const pointing = tuple(columns.map((name) => `child.${quote(name)}`));
  // A row that is written in other columns follows too.
  const written = befores.filter(({ shapes }) =>
    shapes.every((shape) => columns.every((name) => shape.columns.includes(name))),
  );
  const own = [...written, ...deletes].filter(({ table }) => table.name === child.name);
  return `${pointing} IN (${old}) AND NOT (${isListed(own, "child", params)})`;
}
