import type { Cell, Row } from "../../../archive/types.ts";
import type { Database } from "../../../database/port.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { frameTable } from "../../../frames/frame-table.ts";
import { readRange } from "../../../frames/read-range.ts";
import { isListed } from "../../compare/index.ts";
import type { LeftRows, PlannedRow } from "../../run/index.ts";
import { type ListedRows, narrowToPlaces, type PartPlace } from "../../stage/index.ts";
import { plannedRow } from "../planned-row.ts";

/** Some of a table's rows that an undo leaves: those of one part of what is staged. */
export interface LeftPart extends PartPlace {
  name: string;
  why: keyof LeftRows;
}

/** Statements that the rows of a part take. */
export const PER_LEFT_PART = 2;

type LeftRow = Extract<PlannedRow, { is: "left" }>;

/** Rows that an undo leaves, as they are now, in key order. Those that are gone by now are not among them. */
export async function readLeftRows(
  database: Database,
  { left }: ListedRows,
  { name, why, seq, part }: LeftPart,
): Promise<{ rows: LeftRow[]; bytes: number }> {
  const listed = left[why].find(({ table }) => table.name === name);
  if (listed === undefined) return { rows: [], bytes: 0 };
  const place = { seq, part };
  const own = narrowToPlaces(listed, { from: place, through: place });
  const { lines } = await readRange(database, frameTable(listed.table), {
    range: { after: null, through: null },
    where: (params) => isListed([own], quote(name), params),
  });
  const rows = lines.flatMap((line) => {
    const cells = Object.entries(JSON.parse(line) as Row);
    const old = { columns: cells.map(([column]) => column), cells: cells.map(([, cell]) => cell as Cell) };
    const told = plannedRow(listed.table, { is: "delete", incoming: null, old, differs: new Map() });
    return told?.is === "delete" ? [{ ...told, is: "left" as const, why }] : [];
  });
  return { rows, bytes: lines.reduce((sum, line) => sum + line.length, 0) };
}
