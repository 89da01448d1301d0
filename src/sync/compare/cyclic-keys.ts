import { type ForeignKey, isKnownByRowid } from "../../database/schema.ts";
import { quote } from "../../database/sql/syntax.ts";
import type { FerryError } from "../../errors.ts";
import { refused } from "../../refusals.ts";
import { hasKey, type ShapeSql, type Staged } from "../stage/index.ts";
import type { ConflictRules } from "./conflicts.ts";

/**
 * Foreign keys that no order of tables satisfies, by table: those in a circle of several. In many transactions their
 * rows are written twice: first pointing only to what is there, and when all rows are, in full. (Rows that point to rows
 * of their own table are written in an order of their own, see `plan/order`.)
 */
export type CyclicKeys = ReadonlyMap<string, readonly ForeignKey[]>;

/**
 * Those of rows that are written table by table in `order`. Rejects with `UNSUPPORTED` where such a key cannot be left
 * empty for a while.
 */
export function findCyclicKeys(
  staged: Staged,
  { mode }: ConflictRules,
  order: readonly string[],
): CyclicKeys {
  const written = staged.tables.map(({ table }) => table.name);
  const found = new Map<string, ForeignKey[]>();
  for (const child of staged.tables) {
    const { table, shapes } = child;
    const keys = table.foreignKeys.filter(({ parent }) => {
      return written.includes(parent) && order.indexOf(parent) > order.indexOf(table.name);
    });
    for (const { columns } of keys) {
      const fixed = table.columns.some(
        ({ name, notNull, primaryKey }) => columns.includes(name) && (notNull || primaryKey > 0),
      );
      // Which rows to write again has to be known by a key.
      const unknown = shapes.some((shape) => !hasKey({ staged: child, shape }));
      if (fixed || unknown || mode === "insert" || (mode === "merge" && isKnownByRowid(table)))
        throw cannotWait(table.name, columns);
    }
    if (keys.length > 0) found.set(table.name, keys);
  }
  return found;
}

function cannotWait(table: string, columns: readonly string[]): FerryError {
  return refused(
    "foreign-keys-in-a-cycle",
    `"${table}" (${columns.join(", ")}) may point to rows of a later frame, and cannot be left empty until they are there. Nothing more was applied.`,
    { details: { table, columns } },
  );
}

/** The SQL of a cell, NULL in one of these keys as long as the row it points to is not there. */
export function cellOnceParentIsThere(
  sql: Pick<ShapeSql, "cell">,
  keys: readonly ForeignKey[],
  column: string,
): string {
  const key = keys.find(({ columns }) => columns.includes(column));
  if (key === undefined) return sql.cell(column);
  const same = key.parentColumns.map(
    (name, i) => `parent.${quote(name)} = ${sql.cell(key.columns[i] as string)}`,
  );
  return `CASE WHEN EXISTS (SELECT 1 FROM ${quote(key.parent)} AS parent WHERE ${same.join(" AND ")}) THEN ${sql.cell(column)} END`;
}
