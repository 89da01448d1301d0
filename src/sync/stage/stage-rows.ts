import { positionRows } from "../../archive/positions.ts";
import type { Row, Rowid } from "../../archive/types.ts";
import type { TableMapping } from "../schema/index.ts";
import type { WrittenRows } from "../source/index.ts";
import { atIndex } from "../source/index.ts";
import { cellsOf, type RowLayout, RowLayouts, rowidCell, type StageOptions } from "./row-layout.ts";
import { FITTING_LENGTH, type FramePart } from "./shape-group.ts";

export interface StageRowsOptions extends StageOptions {
  /** The frame's number. */
  seq: number;
}

/** A frame without rows is staged too: its table takes part in a mirror. */
export const EMPTY: FramePart = {
  shape: { columns: [] },
  codes: "",
  rows: 0,
  json: "[]",
  bytes: 2,
  longCells: [],
};

/**
 * Turns rows into arrays by position of the live table's columns, grouped by which columns they
 * have. At least one part, also without rows. Rejects with `ROW_TOO_LARGE`, `DOCUMENT_INVALID`,
 * `UNKNOWN_COLUMN`, and the row's index in the details.
 */
export function stageRows(
  mapping: TableMapping,
  rows: Iterable<readonly Row[]>,
  options: StageRowsOptions,
): FramePart[] {
  const layouts = new RowLayouts(mapping, options);
  let index = 0;
  try {
    for (const row of each(rows)) {
      const layout = layouts.find(Object.keys(row));
      const cells = cellsOf(mapping, layout, row);
      if (options.rowids !== null) cells.push(rowidCell(options.rowids.rowids[index] as Rowid));
      layout.group.add(cells, `${options.seq}.${index}`);
      index++;
    }
  } catch (error) {
    throw atIndex(error, index);
  }
  return index === 0 ? [EMPTY] : layouts.parts();
}

function* each(parts: Iterable<readonly Row[]>): Generator<Row, void, void> {
  for (const rows of parts) yield* rows;
}

/**
 * As `stageRows`, from rows as they are written and without parsing them. Null where they are not
 * all alike, or have something that is staged in another form.
 */
export function stageWritten(
  mapping: TableMapping,
  { text, ascii }: WrittenRows,
  options: StageOptions,
): FramePart[] | null {
  const positioned = positionRows(text);
  if (positioned === null) return null;
  const { names, rows } = positioned;
  if (rows.some((row) => row.length > FITTING_LENGTH)) return null;
  const layouts = new RowLayouts(mapping, options);
  let layout: RowLayout;
  try {
    layout = layouts.find(names);
  } catch (error) {
    throw atIndex(error, 0);
  }
  if (layout.take !== null) return null;
  const { rowids } = options;
  for (const [i, row] of rows.entries())
    layout.group.addStaged(rowids === null ? row : `${row.slice(0, -1)},${rowids.rowids[i]}]`);
  return layouts.parts({ ascii });
}
