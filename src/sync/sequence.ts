import type { Cell, TableSchema } from "../archive/types.ts";
import { flagsExpression, readCells } from "../database/cells.ts";
import type { Database, Statement } from "../database/port.ts";
import type { LiveSchema } from "../database/schema.ts";
import { cellToSql } from "./cell-sql.ts";
import type { Staged } from "./staged.ts";

/**
 * The last rowid each AUTOINCREMENT table gave out, by table. One statement, none when no table has
 * a sequence.
 */
export async function readSequences(
  database: Database,
  schema: LiveSchema,
  tables: readonly TableSchema[],
): Promise<Map<string, Cell>> {
  if (!schema.tables.has("sqlite_sequence")) return new Map();
  const names = new Set(tables.filter(({ autoincrement }) => autoincrement).map(({ name }) => name));
  if (names.size === 0) return new Map();
  const flags = flagsExpression([{ name: "seq", affinity: "none" }]);
  const rows = await database.query({ sql: `SELECT seq, ${flags} AS flags, name FROM sqlite_sequence` });
  return new Map(
    rows
      .filter(([, , name]) => names.has(name as string))
      .map(([seq, flagged, name]) => [
        name as string,
        readCells([seq ?? null], flagged as string)[0] as Cell,
      ]),
  );
}

/** Lifts the target's sequences to the source's, so that a number given out once is not given out again. */
export function sequenceStatements(source: readonly TableSchema[], staged: Staged): Statement[] {
  return staged.tables.flatMap(({ table, rows }): Statement[] => {
    const sequence = source.find(({ name }) => name === table.name)?.sequence;
    if (sequence === undefined || sequence === null || !table.autoincrement) return [];
    const { sql, param } = cellToSql(sequence, "?2");
    const lift = {
      sql: `UPDATE sqlite_sequence SET seq = max(seq, ${sql}) WHERE name = ?1`,
      params: [table.name, param],
    };
    if (rows > 0) return [lift];
    const add = {
      sql: "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
      params: [table.name],
    };
    return [add, lift];
  });
}
