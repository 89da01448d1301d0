import { encodeCell } from "../../archive/cells.ts";
import type { Cell, Row } from "../../archive/types.ts";
import type { LiveTable } from "../../database/schema.ts";

/** A row of a plan, its cells as an archive has them. */
export type PlannedRow =
  | (RowOf & { is: "insert" | "delete"; row: Row })
  /** What changes: what each cell held, and what it is to hold. */
  | (RowOf & { is: "update"; cells: Record<string, [old: Cell, now: Cell]> });

interface RowOf {
  table: string;
  /** Empty where a row gets its key when it is written. */
  key: Row;
}

/** A row by position of its columns; undefined for what it does not have. */
export interface PositionedRow {
  columns: readonly string[];
  cells: readonly (Cell | undefined)[];
}

export interface ListedRow {
  is: PlannedRow["is"];
  /** What comes in; null for a row that is deleted. */
  incoming: PositionedRow | null;
  /** What was there, as far as it matters; null for a row that is inserted. */
  old: PositionedRow | null;
  /** Whether the two differ, by column, as far as SQL has said so. */
  differs: ReadonlyMap<string, boolean>;
}

/** The row as it is told; null for one that is written as it was. */
export function plannedRow(table: LiveTable, listed: ListedRow): PlannedRow | null {
  const { is, incoming, old } = listed;
  const key = keyOf(table, old ?? incoming);
  if (is === "update") {
    const cells = changedCells(table, listed);
    return Object.keys(cells).length === 0 ? null : { table: table.name, is, key, cells };
  }
  return { table: table.name, is, key, row: rowOf(is === "insert" ? incoming : old, table) };
}

function changedCells(table: LiveTable, { incoming, old, differs }: ListedRow) {
  if (incoming === null || old === null) return {};
  const pairs = old.columns.flatMap((name, i): [string, [Cell, Cell]][] => {
    const now = cellOf(incoming, name);
    const before = old.cells[i];
    if (now === undefined || before === undefined || !isColumn(table, name)) return [];
    const changed = differs.get(name) ?? encodeCell(now) !== encodeCell(before);
    return changed ? [[name, [before, now]]] : [];
  });
  return Object.fromEntries(pairs);
}

function keyOf(table: LiveTable, row: PositionedRow | null): Row {
  const cells = table.key.columns.map(
    (name) => [name, row === null ? undefined : cellOf(row, name)] as const,
  );
  return Object.fromEntries(cells.filter((entry): entry is [string, Cell] => entry[1] !== undefined));
}

/** Without a rowid that is no column. */
function rowOf(row: PositionedRow | null, table: LiveTable): Row {
  const cells = (row?.columns ?? []).map((name, i) => [name, row?.cells[i]] as const);
  return Object.fromEntries(
    cells.filter((entry): entry is [string, Cell] => entry[1] !== undefined && isColumn(table, entry[0])),
  );
}

function isColumn({ columns }: LiveTable, name: string): boolean {
  return columns.some((column) => column.name === name);
}

function cellOf({ columns, cells }: PositionedRow, name: string): Cell | undefined {
  const at = columns.indexOf(name);
  return at < 0 ? undefined : cells[at];
}
