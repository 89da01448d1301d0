import type { Cell } from "../../archive/types.ts";
import type { LiveTable } from "../../database/schema.ts";
import type { PlannedRow, WrittenKind } from "../run/index.ts";

/** A row by position of its columns; undefined for what it does not have. */
export interface PositionedRow<C = Cell> {
  columns: readonly string[];
  cells: readonly (C | undefined)[];
}

export interface ListedRow<C = Cell> {
  is: WrittenKind;
  /** What comes in; null for a row that is deleted. */
  incoming: PositionedRow<C> | null;
  /** What was there, as far as it matters; null for a row that is inserted. */
  old: PositionedRow<C> | null;
  /** Whether the two differ, by column, as far as SQL has said so. */
  differs: ReadonlyMap<string, boolean>;
}

/** The row as it is told; null for one that is written as it was. */
export function plannedRow<C>(table: LiveTable, listed: ListedRow<C>): PlannedRow<C> | null {
  const { is, incoming, old } = listed;
  const key = keyOf(table, old ?? incoming);
  if (is === "update") {
    const cells = changedCells(table, listed);
    return Object.keys(cells).length === 0 ? null : { table: table.name, is, key, cells };
  }
  return { table: table.name, is, key, row: rowOf(is === "insert" ? incoming : old, table) };
}

function changedCells<C>(
  table: LiveTable,
  { incoming, old, differs }: ListedRow<C>,
): Record<string, [old: C, now: C]> {
  if (incoming === null || old === null) return {};
  const pairs = old.columns.flatMap((name, i): [string, [C, C]][] => {
    const now = cellOf(incoming, name);
    const before = old.cells[i];
    if (now === undefined || before === undefined || !isColumn(table, name)) return [];
    const changed = differs.get(name) ?? JSON.stringify(now) !== JSON.stringify(before);
    return changed ? [[name, [before, now]]] : [];
  });
  return Object.fromEntries(pairs);
}

function keyOf<C>(table: LiveTable, row: PositionedRow<C> | null): Record<string, C> {
  const cells = table.key.columns.map(
    (name) => [name, row === null ? undefined : cellOf(row, name)] as const,
  );
  return Object.fromEntries(cells.filter((entry): entry is [string, C] => entry[1] !== undefined));
}

/** Without a rowid that is no column. */
function rowOf<C>(row: PositionedRow<C> | null, table: LiveTable): Record<string, C> {
  const cells = (row?.columns ?? []).map((name, i) => [name, row?.cells[i]] as const);
  return Object.fromEntries(
    cells.filter((entry): entry is [string, C] => entry[1] !== undefined && isColumn(table, entry[0])),
  );
}

function isColumn({ columns }: LiveTable, name: string): boolean {
  return columns.some((column) => column.name === name);
}

function cellOf<C>({ columns, cells }: PositionedRow<C>, name: string): C | undefined {
  const at = columns.indexOf(name);
  return at < 0 ? undefined : cells[at];
}
