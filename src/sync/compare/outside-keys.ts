import { readKey } from "../../database/row-key.ts";
import { type ForeignKey, findTable, type LiveSchema, type LiveTable } from "../../database/schema.ts";
import { keyJson } from "../../database/sql/key-json.ts";
import { readReferences } from "../../database/sql/references.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import { hasKey, incomingRows, keyMatches, type Staged, type StagedTable, shapeSql } from "../stage/index.ts";
import type { ConflictRules } from "./conflicts.ts";
import { isOrphan } from "./orphans.ts";

/** A foreign key of a staged table to a table that takes no part in the run, as it is in the database. */
export interface OutsideKey {
  child: StagedTable;
  key: ForeignKey;
  /** The run makes the child. */
  made: boolean;
}

/** The keys whose parents nothing of this run changes, so that it is known ahead who points to nothing. */
export function keysToOutside(
  staged: Staged,
  { schema, created }: { schema: LiveSchema; created: ReadonlySet<string> },
): OutsideKey[] {
  const inside = new Set(staged.tables.map(({ table }) => table.name));
  return staged.tables.flatMap((child) => {
    const made = created.has(child.table.name);
    return foreignKeysOf(child.table, { schema, made })
      .filter(({ parent, parentColumns }) => {
        const live = findTable(schema.tables, parent);
        return (
          live?.kind === "table" &&
          !created.has(live.name) &&
          !inside.has(live.name) &&
          parentColumns.length > 0
        );
      })
      .map((key) => ({ child, key, made }));
  });
}

/** As the database says them; of a table that is not there yet, as its SQL does. */
export function foreignKeysOf(
  table: LiveTable,
  { schema, made }: { schema: LiveSchema; made: boolean },
): ForeignKey[] {
  if (!made) return table.foreignKeys;
  return readReferences(table.sql).map(({ columns, parent, parentColumns }) => {
    const live = findTable(schema.tables, parent);
    return {
      columns,
      parent: live?.name ?? parent,
      parentColumns: parentColumns ?? declaredKey(live),
      onDelete: "NO ACTION",
      onUpdate: "NO ACTION",
    };
  });
}

/** What a reference means that names no columns, also where NULLs in it leave the rowid to tell rows apart. */
function declaredKey(table: LiveTable | undefined): string[] {
  const { kind, columns } = readKey(table?.columns ?? []);
  return kind === "primary" ? columns : [];
}

/** Scalars, each the JSON of `BrokenRows`: of the rows that would be written, those that point to nothing. */
export function outsideOrphans({ child, key, made }: OutsideKey, { mode }: ConflictRules): Scalar[] {
  return incomingRows([child])
    .filter(({ shape }) => key.columns.every((name) => shape.columns.includes(name)))
    .map((rows) => (params) => {
      const sql = shapeSql(rows, params);
      const { table } = child;
      const own = table.key.columns.filter((name) => rows.shape.columns.includes(name));
      const there = () => `SELECT 1 FROM ${quote(table.name)} AS own WHERE ${keyMatches("own", table, sql)}`;
      const stays = mode === "insert" && !made && hasKey(rows) ? ` AND NOT EXISTS (${there()})` : "";
      // Where SQLite does not keep them, a new table takes what its source has.
      const kept = made ? " AND (SELECT foreign_keys FROM pragma_foreign_keys)" : "";
      return `SELECT json_object('rows', count(*), 'key', min("key")) FROM (
        SELECT ${own.length === 0 ? "NULL" : `CAST(${keyJson(own, sql.cell)} AS TEXT)`} AS "key"
        FROM ${sql.from} WHERE ${isOrphan(key, sql)}${stays}${kept} LIMIT -1)`;
    });
}
