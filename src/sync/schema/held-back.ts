import type { SchemaObject } from "../../archive/types.ts";
import { findTable, type LiveSchema } from "../../database/schema.ts";
import { foldCase } from "../../names.ts";
import type { TableChoice } from "./choose-tables.ts";
import { HISTORY, isInternal, reasonToLeaveOut } from "./left-out.ts";
import { isNamed, snakeCase } from "./wanted-tables.ts";

/** A table that a source brings, and that is not written unless it is named. */
export interface HeldBack {
  /** As the source names it. */
  table: string;
  reason: string;
}

export interface Incoming {
  /** The source's tables. */
  tables: readonly string[];
  /** Null where the source brings none. */
  schema: readonly SchemaObject[] | null;
  /** The target's. */
  live: LiveSchema;
}

/** What an export would leave out, on either side: the source may call a table or a column something else. */
export function heldBackTables(
  { tables: only, exclude = [], include = [], all = false }: TableChoice,
  { tables, schema, live }: Incoming,
): HeldBack[] {
  if (only !== undefined) return [];
  const isOneOf = (table: string, names: readonly string[]) => names.some((name) => isNamed(table, name));
  return tables.flatMap((table): HeldBack[] => {
    if (isInternal(table) || isOneOf(table, exclude) || isOneOf(table, include)) return [];
    const target = findTable(live.tables, table) ?? findTable(live.tables, snakeCase(table));
    const declared = schema?.find(({ type, name }) => type === "table" && name === table);
    const columns = declared !== undefined && "columns" in declared ? declared.columns : [];
    const own = target === undefined ? null : reasonToLeaveOut(target);
    const reason = own ?? reasonToLeaveOut({ name: table, columns });
    const travels = reason === null || (all && foldCase(target?.name ?? table) !== HISTORY);
    return travels ? [] : [{ table, reason }];
  });
}

/** A line for each, and one that says what to ask for. */
export function heldBackNotes(held: readonly HeldBack[]): string[] {
  if (held.length === 0) return [];
  return [
    ...held.map(({ table, reason }) => `${table} is held back: ${reason}`),
    '--include TABLE ("include": ["TABLE"]) writes one of them, too, and --all ("all": true) everything',
  ];
}
