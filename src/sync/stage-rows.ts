import { isTagged } from "../archive/cells.ts";
import type { Cell, Row } from "../archive/types.ts";
import { FerryError } from "../errors.ts";
import { type AsideCell, rowBytes, setAside } from "./aside.ts";
import type { TableMapping } from "./mapping.ts";
import type { Shape } from "./staged.ts";
import { type StagedCell, stageCell } from "./staged-cells.ts";

/** Some rows of one shape, as the JSON that is staged as one value. */
export interface FramePart {
  shape: Shape;
  rows: number;
  json: string;
  /** UTF-8 bytes of `json`. */
  bytes: number;
  /** Cells of these rows that are staged by themselves. */
  aside: AsideCell[];
}

/** Bytes. D1 takes 2,000,000 in one value. */
const PART_BYTES = 1_800_000;
/** Characters that a part is first cut at. Text of other alphabets takes more bytes; it is cut again. */
const PART_LENGTH = 1_500_000;
const encoder = new TextEncoder();

/** An empty table is staged too: it takes part in a mirror. */
const EMPTY: FramePart = { shape: { columns: [], encoded: [] }, rows: 0, json: "[]", bytes: 2, aside: [] };

/**
 * Turns rows into arrays by position of the live table's columns, grouped by which columns they
 * have. At least one part, also without rows. Rejects with
 * `ROW_TOO_LARGE`.
 */
export function stageRows(
  mapping: TableMapping,
  rows: readonly Row[],
  { seq, maxRowBytes }: StageRowsOptions,
): FramePart[] {
  if (rows.length === 0) return [EMPTY];
  const groups = new Map<string, ShapeGroup>();
  let last: ShapeGroup | undefined;
  for (const [index, row] of rows.entries()) {
    const names = Object.keys(row);
    if (last === undefined || !sameNames(last.names, names)) {
      const signature = JSON.stringify(names);
      last = groups.get(signature) ?? new ShapeGroup(mapping, names, maxRowBytes);
      groups.set(signature, last);
    }
    last.add(row, `${seq}.${index}`);
  }
  return [...groups.values()].flatMap((group) => group.parts());
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

export interface StageRowsOptions {
  /** The frame's number. */
  seq: number;
  /** What the target takes in one row, bytes. */
  maxRowBytes: number;
}

interface Line {
  json: string;
  aside: AsideCell[];
}

class ShapeGroup {
  readonly names: readonly string[];
  readonly #table: string;
  readonly #maxRowBytes: number;
  readonly #columns: string[] = [];
  /** Positions in `names` that are stored; generated columns are not. */
  readonly #kept: number[] = [];
  readonly #encoded = new Set<number>();
  readonly #lines: Line[] = [];

  constructor(mapping: TableMapping, names: readonly string[], maxRowBytes: number) {
    this.names = names;
    this.#table = mapping.table.name;
    this.#maxRowBytes = maxRowBytes;
    for (const [i, name] of names.entries()) {
      const column = mapping.column(name);
      if (column === null) continue;
      if (this.#columns.includes(column)) throw ambiguousColumn(mapping.table.name, column, names);
      this.#columns.push(column);
      this.#kept.push(i);
    }
  }

  add(row: Row, id: string): void {
    const cells = Object.values(row);
    const kept = this.#kept.length === cells.length ? cells : this.#kept.map((i) => cells[i] as Cell);
    const staged = kept.slice() as StagedCell[];
    for (let i = 0; i < staged.length; i++) {
      if (!isTagged(kept[i])) continue;
      staged[i] = stageCell(kept[i] as Cell);
      this.#encoded.add(i);
    }
    const json = JSON.stringify(staged);
    if (json.length <= PART_BYTES / 3 || utf8Length(json) <= PART_BYTES) {
      this.#lines.push({ json, aside: [] });
      return;
    }
    const size = rowBytes(kept);
    if (size > this.#maxRowBytes) throw rowTooLarge(this.#table, this.#columns, kept, size);
    const aside = setAside(kept, staged, id);
    for (const { position } of aside) this.#encoded.add(position);
    this.#lines.push({ json: JSON.stringify(staged), aside });
  }

  parts(): FramePart[] {
    const parts: FramePart[] = [];
    let first = 0;
    let length = 0;
    for (const [i, { json }] of this.#lines.entries()) {
      if (length + json.length > PART_LENGTH && i > first) {
        parts.push(...this.#cut(this.#lines.slice(first, i)));
        [first, length] = [i, 0];
      }
      length += json.length + 1;
    }
    return [...parts, ...this.#cut(this.#lines.slice(first))];
  }

  #cut(lines: Line[]): FramePart[] {
    const json = `[${lines.map((line) => line.json).join(",")}]`;
    const bytes = utf8Length(json);
    if (bytes > PART_BYTES && lines.length > 1) {
      const middle = lines.length >> 1;
      return [...this.#cut(lines.slice(0, middle)), ...this.#cut(lines.slice(middle))];
    }
    const shape = { columns: this.#columns, encoded: [...this.#encoded].sort((a, b) => a - b) };
    return [{ shape, rows: lines.length, json, bytes, aside: lines.flatMap(({ aside }) => aside) }];
  }
}

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

function rowTooLarge(
  table: string,
  columns: readonly string[],
  cells: readonly Cell[],
  bytes: number,
): FerryError {
  const first = `${columns[0]} ${JSON.stringify(cells[0]).slice(0, 80)}`;
  return new FerryError(
    "ROW_TOO_LARGE",
    `A row of "${table}" (${first}) has ${bytes.toLocaleString("en")} bytes; D1 takes 2,000,000. No table was changed.`,
    { hint: `Shorten the row in the source, or leave "${table}" out.`, details: { table, bytes } },
  );
}

function ambiguousColumn(table: string, column: string, names: readonly string[]): FerryError {
  return new FerryError(
    "DOCUMENT_INVALID",
    `A row of "${table}" names its column "${column}" twice (${names.join(", ")}). No table was changed.`,
    { hint: "Remove one of the two names.", details: { table, column } },
  );
}
