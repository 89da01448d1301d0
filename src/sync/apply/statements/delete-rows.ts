import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import { joinBalanced, quote } from "../../../database/sql/syntax.ts";
import { differs, isListed, parentsFirst } from "../../compare/index.ts";
import { incomingRows, keyMatches, type StagedTable, shapeSql, withColumns } from "../../stage/index.ts";

/** By table: the columns by which rows were moved out of the way, or none where all that were went. */
export type Displaced = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Deletes the rows of some lists. Children go before their parents. Of tables in `displaced` some may have gone
 * before rows were written.
 */
export function deleteStatements(
  lists: readonly StagedTable[],
  displaced: Displaced = new Map(),
): Statement[] {
  return parentsFirst(lists)
    .toReversed()
    .flatMap((list) => {
      const params = new Params();
      const moved = displaced.get(list.table.name);
      const listed =
        moved === undefined ? isListed([list], "live", params) : isStillListed(list, { moved, params });
      const sql = `DELETE FROM ${quote(list.table.name)} AS live WHERE ${listed}`;
      return [...unchain(list), { sql, params: params.values }];
    });
}

/** A listed row that is gone may have left its rowid to a row that was written since: that one is not deleted. */
function isStillListed(
  list: StagedTable,
  { moved, params }: { moved: ReadonlySet<string>; params: Params },
): string {
  if (list.table.key.kind !== "rowid") return isListed([list], "live", params);
  const { name, key, foreignKeys } = list.table;
  // Rows may have let go of others that went.
  const changed = new Set([...moved, ...foreignKeys.flatMap(({ columns }) => columns)]);
  const rowid = key.columns.map(quote);
  const sets = incomingRows([list]).map((rows) => {
    const sql = shapeSql(rows, params);
    const columns = rows.shape.columns.filter((column) => !changed.has(column));
    const other = differs({ ...rows, shape: withColumns(columns, rows.shape) }, sql, { stored: "same" });
    return `live.${rowid[0]} IN (SELECT same.${rowid[0]} FROM ${sql.from} CROSS JOIN ${quote(name)} AS same
      ON ${keyMatches("same", list.table, sql)} WHERE NOT (${other}))`;
  });
  return sets.length === 0 ? "0" : joinBalanced(sets, "OR");
}

/**
 * Rows that point to rows of their own table, and that a delete would take along: SQLite follows such a chain for a
 * thousand rows and no further. All of them go, so each may let go first.
 */
function unchain(list: StagedTable): Statement[] {
  const { name, foreignKeys, columns } = list.table;
  const mayBeNull = (column: string) =>
    columns.some(
      (one) => one.name === column && !one.notNull && one.primaryKey === 0 && one.generated === null,
    );
  const chained = foreignKeys.filter(
    (key) => key.parent === name && key.onDelete === "CASCADE" && key.columns.some(mayBeNull),
  );
  const freed = [...new Set(chained.flatMap((key) => key.columns.filter(mayBeNull)))];
  if (freed.length === 0) return [];
  const params = new Params();
  // A CHECK may want them as they are: then they stay.
  const sql = `UPDATE OR IGNORE ${quote(name)} SET ${freed.map((column) => `${quote(column)} = NULL`).join(", ")}
    WHERE ${isListed([list], quote(name), params)}`;
  return [{ sql, params: params.values }];
}
