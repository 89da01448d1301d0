import { isKnownByRowid } from "../../database/schema.ts";
import { quote } from "../../database/sql/syntax.ts";
import type { TablePlan } from "../run/index.ts";
import { hasKey, type ShapeSql, type StagedTable } from "../stage/index.ts";
import type { ConflictRules } from "./conflicts.ts";
import { type KeyAmong, type KeyToRow, keysAmong, tableGroups } from "./table-groups.ts";

/**
 * Foreign keys that no order of tables satisfies, by table: those in a circle of several. Where there are many rows, a
 * transaction writes these twice: first pointing only to what is there, and when all rows are, in full. As long as a row
 * waits for its parent, SQLite looks through its whole table for each row that comes in as a parent. (Rows that point to
 * rows of their own table are written in an order of their own, see `plan/order`.)
 */
export type CyclicKeys = ReadonlyMap<string, readonly KeyAmong[]>;

/** Rows that SQLite may look at for those that wait: some tenths of a second. */
const FEW_LOOKED_AT = 4_000_000;

export interface WhatIsWritten {
  rules: Pick<ConflictRules, "mode">;
  /** By table: the columns that updates change. */
  changed: ReadonlyMap<string, readonly string[]>;
  plan: Readonly<Record<string, Pick<TablePlan, "inserted" | "live">>>;
  /** Tables that are made with them. @default none */
  missing?: readonly string[];
}

/**
 * Those to be written later, of tables that are written in this order. None of a circle whose rows are few, or one of
 * whose keys cannot be left empty for a while.
 */
export function keysWrittenLater(lists: readonly StagedTable[], written: WhatIsWritten): CyclicKeys {
  const groups = tableGroups(
    lists.map(({ table }) => table),
    written,
  );
  const circles = groups.filter(({ length }) => length > 1);
  return new Map(
    circles.flatMap((names) =>
      keysOfCircle(
        lists.filter(({ table }) => names.includes(table.name)),
        written,
      ),
    ),
  );
}

function keysOfCircle(
  lists: readonly StagedTable[],
  written: WhatIsWritten,
): [table: string, keys: KeyAmong[]][] {
  const tables = lists.map(({ table }) => table);
  const names = tables.map(({ name }) => name);
  const found = lists
    .map((child, at) => ({
      child,
      keys: keysAmong(child.table, tables, written).filter(({ parent }) => names.indexOf(parent) > at),
    }))
    .filter(({ keys }) => keys.length > 0);
  const lookedAt = found.reduce((sum, { child, keys }) => sum + rowsLookedAt(child, keys, written), 0);
  const mayAll = found.every(({ child, keys }) => mayWait(child, keys, written.rules));
  return lookedAt > FEW_LOOKED_AT && mayAll ? found.map(({ child, keys }) => [child.table.name, keys]) : [];
}

/** Rows of a table, for each row that comes in as a parent; 0 where none of them can wait for one. */
function rowsLookedAt(
  { table: { name } }: StagedTable,
  keys: readonly KeyAmong[],
  { changed, plan }: Pick<WhatIsWritten, "changed" | "plan">,
): number {
  const { inserted = 0, live = 0 } = plan[name] ?? {};
  const own = changed.get(name) ?? [];
  return keys
    .filter(({ columns }) => inserted > 0 || columns.some((column) => own.includes(column)))
    .reduce((sum, { parent }) => sum + (plan[parent]?.inserted ?? 0) * (live + inserted), 0);
}

function mayWait(
  child: StagedTable,
  keys: readonly KeyAmong[],
  { mode }: Pick<ConflictRules, "mode">,
): boolean {
  const { table, shapes } = child;
  const isFixed = keys.some((key) => key.isFixed);
  // A row may not be allowed to be without it.
  const isChecked = /\bCHECK\b/i.test(table.sql);
  // Which rows to write again has to be known by a key.
  const isUnknown = shapes.some((shape) => !hasKey({ staged: child, shape }));
  const isNew = mode === "insert" || (mode === "merge" && isKnownByRowid(table));
  return !(isFixed || isChecked || isUnknown || isNew);
}

/** The SQL of a cell, NULL in one of these keys as long as the row it points to is not there. */
export function cellOnceParentIsThere(
  sql: Pick<ShapeSql, "cell">,
  keys: readonly KeyToRow[],
  column: string,
): string {
  const key = keys.find(({ columns }) => columns.includes(column));
  if (key === undefined) return sql.cell(column);
  const same = key.parentColumns.map(
    (name, i) => `parent.${quote(name)} = ${sql.cell(key.columns[i] as string)}`,
  );
  return `CASE WHEN EXISTS (SELECT 1 FROM ${quote(key.parent)} AS parent WHERE ${same.join(" AND ")}) THEN ${sql.cell(column)} END`;
}
