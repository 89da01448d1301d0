import type { Cell, TableSchema } from "../../archive/types.ts";
import { flagsExpression, readCells } from "../../database/cells.ts";
import type { Database } from "../../database/port.ts";
import type { LiveSchema } from "../../database/schema.ts";

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
