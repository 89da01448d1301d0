import type { LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { tuple } from "../../database/sql/syntax.ts";
import {
  type IncomingRows,
  incomingRows,
  type ListedRows,
  liveKey,
  narrowToPlaces,
  type StagedTable,
  selectStaged,
} from "../stage/index.ts";
import type { Entry } from "./list-entries.ts";
import { beforeRows, OLD_ROW } from "./planned-sql.ts";

/** What an entry's rows are read from. */
export type EntryLists =
  | { list: "write" | "delete"; rows: IncomingRows; befores: StagedTable | undefined }
  | { list: "left"; befores: StagedTable; writes: StagedTable | undefined };

export function listsOf(
  listed: ListedRows,
  { name, list, seq, part, shape: text, before }: Entry,
): EntryLists | null {
  const named = (tables: readonly StagedTable[]) => tables.find(({ table }) => table.name === name);
  const [writes, all] = [named(listed.writes.tables), named(listed.befores)];
  const befores =
    all === undefined || before === null ? undefined : narrowToPlaces(all, { from: before, through: before });
  if (list === "edited" || list === "held") return null;
  if (list === "left") return befores === undefined ? null : { list, befores, writes };
  const staged = list === "write" ? writes : named(listed.deletes);
  const shape = staged?.shapes.find((one) => one.text === text);
  if (staged === undefined || shape === undefined) return null;
  const place = { seq, part };
  return { list, rows: { staged, shape: { ...shape, slice: { from: place, through: place } } }, befores };
}

/** The table as an entry's rows are told: by what those are known by that it writes, and by its own key those that it deletes. */
export function tableTold(table: LiveTable, lists: EntryLists): LiveTable {
  return lists.list === "write" ? lists.rows.staged.table : table;
}

/** Live rows of a table that is written anew as a whole, and that do not come in again. */
export function leftRows({ befores, writes }: Extract<EntryLists, { list: "left" }>, params: Params): string {
  const key = befores.table.key.columns;
  const from = beforeRows(befores, params);
  const kept = incomingRows(writes === undefined ? [] : [writes]).map(
    (rows) => ` AND ${tuple(liveKey(befores.table, "b"))} NOT IN (${selectStaged(rows, key, params)})`,
  );
  return `SELECT 0 AS n, NULL AS v, ${OLD_ROW} AS old, NULL AS flags FROM ${from} WHERE 1${kept.join("")}`;
}
