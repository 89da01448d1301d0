import type { Cell, Row, Rowid } from "../../archive/types.ts";
import { FerryError } from "../../errors.ts";
import { requireColumns, type TableMapping } from "../schema/index.ts";
import { type FramePart, ShapeGroup } from "./shape-group.ts";
import type { Shape } from "./staged-rows.ts";

export interface StageOptions {
  /** What the target takes in one row, bytes. */
  maxRowBytes: number;
  /** The shapes met so far, by table; added to. */
  shapes: Map<string, Set<string>>;
  /** The rows' rowids, in their order, under the name that the target's table has them by; null for none. */
  rowids: { name: string; rowids: readonly Rowid[] } | null;
  /** Behind its cells each row has what it was made against. @default false */
  was?: true;
  /** The rows are those of some keys. @default false */
  keyed?: true;
  /** The rows are what a run made, or what it deleted. @default neither */
  are?: "made" | "deleted" | undefined;
  /** They have no keys. @default false */
  keyless?: Shape["keyless"] | undefined;
}

/** Shapes a table's rows may have; others are staged with all columns, and what they lack is marked. */
const MAX_SHAPES = 8;

/** How rows with certain names go into a group: where in the row each column of the group is, −1 for nowhere. */
export interface RowLayout {
  names: readonly string[];
  group: ShapeGroup;
  /** Null when the row's values are the group's, in order. */
  take: number[] | null;
  /** Where in the row the columns of a primary key are. */
  key: { at: number; column: string }[];
}

/** The layouts of a frame's rows, and the groups that they go into. */
export class RowLayouts {
  readonly #mapping: TableMapping;
  readonly #options: StageOptions;
  readonly #groups = new Map<string, ShapeGroup>();
  readonly #known = new Map<string, RowLayout>();
  #last: RowLayout | undefined;

  constructor(mapping: TableMapping, options: StageOptions) {
    this.#mapping = mapping;
    this.#options = options;
  }

  /** Rejects with `UNKNOWN_COLUMN`, `MISSING_COLUMN`, `DOCUMENT_INVALID`. */
  find(names: readonly string[]): RowLayout {
    if (this.#last !== undefined && sameNames(this.#last.names, names)) return this.#last;
    const signature = JSON.stringify(names);
    this.#last = this.#known.get(signature) ?? this.#layOut(names);
    this.#known.set(signature, this.#last);
    return this.#last;
  }

  /** None where there were no rows. */
  parts(options?: Parameters<ShapeGroup["parts"]>[0]): FramePart[] {
    return [...this.#groups.values()].flatMap((group) => group.parts(options));
  }

  #layOut(names: readonly string[]): RowLayout {
    const mapping = this.#mapping;
    const { table } = mapping;
    const { shapes, rowids, keyed, was, are, keyless } = this.#options;
    const columns = names.map((name) => mapping.column(name));
    const present = columns.filter((column) => column !== null);
    if (new Set(present).size < present.length) throw ambiguousColumn(table.name, names);
    if (are !== "made") requireColumns(table, present);
    const known = shapes.get(table.name) ?? new Set();
    shapes.set(table.name, known);
    const signature = JSON.stringify(present);
    if (known.size < MAX_SHAPES) known.add(signature);
    const ragged = !known.has(signature);
    const own = ragged ? mapping.columns : present;
    const shape = {
      // A rowid that is no column stands behind all that are.
      columns: rowids === null ? own : [...own, rowids.name],
      ...(ragged ? { ragged } : {}),
      ...(keyed ? { keyed } : {}),
      ...(was ? { was } : {}),
      ...(are === undefined ? {} : { [are]: true as const }),
      ...(keyless === undefined ? {} : { keyless }),
    };
    const take = own.map((column) => columns.indexOf(column));
    const identifying = table.key.kind === "primary" ? table.key.columns : [];
    return {
      names,
      group: this.#groupOf(ragged ? "" : signature, shape),
      take: take.length === names.length && take.every((at, i) => at === i) ? null : take,
      key: identifying.map((column) => ({ at: columns.indexOf(column), column })).filter(({ at }) => at >= 0),
    };
  }

  #groupOf(id: string, shape: FramePart["shape"]): ShapeGroup {
    const { name } = this.#mapping.table;
    const group = this.#groups.get(id) ?? new ShapeGroup(name, shape, this.#options.maxRowBytes);
    this.#groups.set(id, group);
    return group;
  }
}

/** A row's cells as its group has them, undefined where the row has none. Rejects with `ROW_REFUSED` where its key has a NULL. */
export function cellsOf(mapping: TableMapping, { take, key }: RowLayout, row: Row): (Cell | undefined)[] {
  const values = Object.values(row);
  for (const { at, column } of key) if (values[at] === null) throw nullInKey(mapping, column);
  return take === null ? values : take.map((i) => values[i]);
}

export function rowidCell(rowid: Rowid): Cell {
  return typeof rowid === "number" ? rowid : { $int: String(rowid) };
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
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
