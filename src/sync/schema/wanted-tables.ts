import { foldCase } from "../../names.ts";
import type { TableChoice } from "./choose-tables.ts";

/** `contentItems` → `content_items`: exports of ORMs name columns so. */
export function snakeCase(name: string): string {
  return foldCase(name.replace(/([a-z0-9])([A-Z])/g, "$1_$2"));
}

/** Which of a document's tables a request takes; `held` are those that it would have to name. */
export function wantedTables(
  { tables, exclude = [], include = [] }: TableChoice,
  held: readonly { table: string }[],
): (table: string) => boolean {
  const only = tables === undefined ? undefined : [...tables, ...include];
  const heldBack = new Set(held.map(({ table }) => table));
  return (table) =>
    (only === undefined ? !heldBack.has(table) : only.some((name) => isNamed(table, name))) &&
    !exclude.some((name) => isNamed(table, name));
}

/** True when `name` means a document's table: as it is written there, or in snake case. */
export function isNamed(table: string, name: string): boolean {
  const folded = foldCase(name);
  return foldCase(table) === folded || snakeCase(table) === folded;
}
