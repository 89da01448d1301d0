import type { KeyedRow } from "../../archive/keyed-text.ts";
import type { Cell, Row, Rowid } from "../../archive/types.ts";
import type { TableMapping } from "../schema/index.ts";
import type { KeyedFrame } from "../source/index.ts";
import { atIndex } from "../source/index.ts";
import { cellsOf, RowLayouts, rowidCell } from "./row-layout.ts";
import { type FramePart, ShapeGroup } from "./shape-group.ts";
import { EMPTY, type StageRowsOptions } from "./stage-rows.ts";

/**
 * As `stageRows`, for a keyed frame: its rows, and its keys without a row as parts of their own. Where a key says what
 * it was made against, that stands behind its cells. Rejects as `stageRows` and as the frame's keys do.
 */
export function stageKeyed(
  mapping: TableMapping,
  frame: KeyedFrame,
  { seq, ...options }: StageRowsOptions,
): FramePart[] {
  const columns = frame.columns.map((name) => mapping.column(name) ?? name);
  const own = { ...options, keyed: true as const, are: frame.are, keyless: frame.keyless };
  const untold = new KeyGroups(mapping, columns, own);
  const told = new KeyGroups(mapping, columns, { ...own, was: true });
  let [index, rows] = [0, 0];
  try {
    for (const key of frame.keys()) {
      const rowid = "row" in key ? options.rowids?.rowids[rows++] : undefined;
      (key.was === undefined ? untold : told).add(key, { id: `${seq}.${index}`, rowid });
      index++;
    }
  } catch (error) {
    throw atIndex(error, index);
  }
  return index === 0 ? [NO_KEYS] : [...untold.parts(), ...told.parts()];
}

/** Of no key anything is said, and not that the table is empty. */
const NO_KEYS: FramePart = { ...EMPTY, shape: { ...EMPTY.shape, keyed: true } };

interface KeyPlace {
  /** Names the key in its run. */
  id: string;
  /** The row's, where it travels. */
  rowid: Rowid | undefined;
}

/** The parts of keys that all say what they were made against, or of such that do not. */
class KeyGroups {
  readonly #mapping: TableMapping;
  readonly #columns: string[];
  readonly #options: Omit<StageRowsOptions, "seq">;
  readonly #rows: RowLayouts;
  /** Null while there is none. */
  #gone: ShapeGroup | null = null;

  constructor(mapping: TableMapping, columns: string[], options: Omit<StageRowsOptions, "seq">) {
    this.#mapping = mapping;
    this.#columns = columns;
    this.#options = options;
    this.#rows = new RowLayouts(mapping, options);
  }

  add(key: KeyedRow, { id, rowid }: KeyPlace): void {
    const was = key.was === undefined ? [] : [key.was];
    if ("gone" in key) this.#goneGroup().add([...key.gone, ...was], id);
    else this.#addRow(key.row, { id, behind: [...(rowid === undefined ? [] : [rowidCell(rowid)]), ...was] });
  }

  parts(): FramePart[] {
    return [...this.#rows.parts(), ...(this.#gone?.parts() ?? [])];
  }

  #addRow(row: Row, { id, behind }: { id: string; behind: Cell[] }): void {
    const layout = this.#rows.find(Object.keys(row));
    layout.group.add([...cellsOf(this.#mapping, layout, row), ...behind], id);
  }

  #goneGroup(): ShapeGroup {
    const { maxRowBytes, was } = this.#options;
    const shape = {
      columns: this.#columns,
      gone: true as const,
      keyed: true as const,
      ...(was ? { was } : {}),
    };
    this.#gone ??= new ShapeGroup(this.#mapping.table.name, shape, maxRowBytes);
    return this.#gone;
  }
}
