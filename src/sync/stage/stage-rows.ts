import { positionRows } from "../../archive/positions.ts";
import type { Cell, Row, Rowid } from "../../archive/types.ts";
import { FerryError } from "../../errors.ts";
import { requireColumns, type TableMapping } from "../schema/index.ts";
import type { WrittenRows } from "../source/index.ts";
import { atIndex } from "../source/index.ts";
import { FITTING_LENGTH, type FramePart, ShapeGroup } from "./shape-group.ts";

export interface StageOptions {
  /** What the target takes in one row, bytes. */
  maxRowBytes: number;
  /** The shapes met so far, by table; added to. */
  shapes: Map<string, Set<string>>;
  /** The rows' rowids, in their order, under the name that the target's table has them by; null for none. */
  rowids: { name: string; rowids: readonly Rowid[] } | null;
}

export interface StageRowsOptions extends StageOptions {
  /** The frame's number. */
  seq: number;
}

/** An empty table is staged too: it takes part in a mirror. */
const EMPTY: FramePart = { shape: { columns: [] }, codes: "", rows: 0, json: "[]", bytes: 2, longCells: [] };

/** Shapes a table's rows may have; others are staged with all columns, and what they lack is marked. */
const MAX_SHAPES = 8;

/** How rows with certain names go into a group: where in the row each column of the group is, −1 for nowhere. */
interface Layout {
  names: readonly string[];
  group: ShapeGroup;
  /** Null when the row's values are the group's, in order. */
  take: number[] | null;
  /** Where in the row the columns of a primary key are. */
  key: { at: number; column: string }[];
}

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
  const groups = new Map<string, ShapeGroup>();
  const layouts = new Map<string, Layout>();
  let layout: Layout | undefined;
  let index = 0;
  try {
    for (const row of each(rows)) {
      const names = Object.keys(row);
      if (layout === undefined || !sameNames(layout.names, names)) {
        const signature = JSON.stringify(names);
        layout = layouts.get(signature) ?? layOut(mapping, names, { ...options, groups });
        layouts.set(signature, layout);
      }
      const values = Object.values(row);
      const { take, key } = layout;
      for (const { at, column } of key) if (values[at] === null) throw nullInKey(mapping, column);
      const cells = take === null ? values : take.map((i): Cell | undefined => values[i]);
      if (options.rowids !== null) cells.push(rowidCell(options.rowids.rowids[index] as Rowid));
      layout.group.add(cells, `${options.seq}.${index}`);
      index++;
    }
  } catch (error) {
    throw atIndex(error, index);
  }
  if (index === 0) return [EMPTY];
  return [...groups.values()].flatMap((group) => group.parts());
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
  let layout: Layout;
  try {
    layout = layOut(mapping, names, { ...options, groups: new Map() });
  } catch (error) {
    throw atIndex(error, 0);
  }
  if (layout.take !== null) return null;
  const { rowids } = options;
  for (const [i, row] of rows.entries())
    layout.group.addStaged(rowids === null ? row : `${row.slice(0, -1)},${rowids.rowids[i]}]`);
  return layout.group.parts({ ascii });
}

function rowidCell(rowid: Rowid): Cell {
  return typeof rowid === "number" ? rowid : { $int: String(rowid) };
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

interface LayoutOptions extends StageOptions {
  /** The groups of the frame so far; added to. */
  groups: Map<string, ShapeGroup>;
}

function layOut(
  mapping: TableMapping,
  names: readonly string[],
  { groups, shapes, maxRowBytes, rowids }: LayoutOptions,
): Layout {
  const { table } = mapping;
  const columns = names.map((name) => mapping.column(name));
  const present = columns.filter((column) => column !== null);
  if (new Set(present).size < present.length) throw ambiguousColumn(table.name, names);
  requireColumns(table, present);
  const known = shapes.get(table.name) ?? new Set();
  shapes.set(table.name, known);
  const signature = JSON.stringify(present);
  if (known.size < MAX_SHAPES) known.add(signature);
  const ragged = !known.has(signature);
  const own = ragged ? mapping.columns : present;
  // A rowid that is no column stands behind all that are.
  const all = rowids === null ? own : [...own, rowids.name];
  const shape = ragged ? { columns: all, ragged } : { columns: all };
  const id = ragged ? "" : signature;
  const group = groups.get(id) ?? new ShapeGroup(table.name, shape, maxRowBytes);
  groups.set(id, group);
  const take = own.map((column) => columns.indexOf(column));
  const identifying = table.key.kind === "primary" ? table.key.columns : [];
  return {
    names,
    group,
    take: take.length === names.length && take.every((at, i) => at === i) ? null : take,
    key: identifying.map((column) => ({ at: columns.indexOf(column), column })).filter(({ at }) => at >= 0),
  };
}

/** SQLite would give the row a number of its own, or take it once more with every sync. */
function nullInKey({ table: { name } }: TableMapping, column: string): FerryError {
  return new FerryError(
    "ROW_REFUSED",
    `A row of "${name}" has null for "${column}", by which it is known. No table was changed.`,
    { hint: `Give each row of "${name}" a value for "${column}".`, details: { table: name, column } },
  );
}

function ambiguousColumn(table: string, names: readonly string[]): FerryError {
  return new FerryError(
    "DOCUMENT_INVALID",
    `A row of "${table}" has two values for one column (${names.join(", ")}). No table was changed.`,
    { hint: "Remove one of the two names.", details: { table, names } },
  );
}
