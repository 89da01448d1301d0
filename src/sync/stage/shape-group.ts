import { isTagged } from "../../archive/cells.ts";
import type { Cell } from "../../archive/types.ts";
import { FerryError } from "../../errors.ts";
import { count } from "../../numbers.ts";
import { ABSENT, type StagedCell, stageCell } from "./cell-codes.ts";
import { type LongCell, moveOutLongCells, rowBytes } from "./long-cells.ts";
import type { Shape } from "./staged-rows.ts";

/** Some rows of one shape, as the JSON that is staged as one value. */
export interface FramePart {
  shape: Shape;
  /** Which codes some rows have where: "3x 7i". */
  codes: string;
  /** Rows, or keys without one. */
  rows: number;
  json: string;
  /** UTF-8 bytes of `json`. */
  bytes: number;
  /** Cells of these rows that are staged by themselves. */
  longCells: LongCell[];
}

/** Bytes. D1 takes 2,000,000 in one value. */
const PART_BYTES = 1_800_000;

/** Characters of a row's JSON that fit a part in any alphabet. */
export const FITTING_LENGTH = PART_BYTES / 3;

/** Characters that a part is first cut at. Text of other alphabets takes more bytes; it is cut again. */
const PART_LENGTH = 1_500_000;

const encoder = new TextEncoder();

interface Line {
  json: string;
  longCells: LongCell[];
}

/** The rows of a frame that have one shape, on their way to JSON. */
export class ShapeGroup {
  readonly #table: string;
  readonly #shape: Shape;
  readonly #maxRowBytes: number;
  readonly #codes = new Set<string>();
  readonly #lines: Line[] = [];

  constructor(table: string, shape: Shape, maxRowBytes: number) {
    this.#table = table;
    this.#shape = shape;
    this.#maxRowBytes = maxRowBytes;
  }

  /** `cells` by position of the shape's columns, and what stands behind them, undefined where the row has none; `id` names the row in its run. */
  add(cells: readonly (Cell | undefined)[], id: string): void {
    const staged = cells.slice() as StagedCell[];
    for (let i = 0; i < staged.length; i++) {
      const cell = cells[i];
      if (cell === undefined) this.#encode(staged, i, ABSENT);
      else if (isTagged(cell)) this.#encode(staged, i, stageCell(cell));
    }
    // Its JSON is longer than its texts, up to six times: it is not made to be thrown away.
    const json = textLength(cells) > PART_BYTES ? null : JSON.stringify(staged);
    if (json !== null && (json.length <= FITTING_LENGTH || utf8Length(json) <= PART_BYTES))
      this.#lines.push({ json, longCells: [] });
    else this.#addLong(cells, staged, id);
  }

  /** A row that is staged as it is: cells by position that JSON can say, of `FITTING_LENGTH` at the most. */
  addStaged(json: string): void {
    this.#lines.push({ json, longCells: [] });
  }

  #addLong(cells: readonly (Cell | undefined)[], staged: StagedCell[], id: string): void {
    const known = cells.map((cell) => cell ?? null);
    const size = rowBytes(known.slice(0, this.#shape.columns.length));
    if (size > this.#maxRowBytes) {
      throw rowTooLarge({ table: this.#table, columns: this.#shape.columns, cells: known, bytes: size });
    }
    const longCells = moveOutLongCells(known, staged, id);
    for (const { position } of longCells) this.#encode(staged, position, staged[position] as StagedCell);
    this.#lines.push({ json: JSON.stringify(staged), longCells });
  }

  #encode(staged: StagedCell[], position: number, cell: StagedCell): void {
    staged[position] = cell;
    if (Array.isArray(cell)) this.#codes.add(`${position}${cell[0]}`);
  }

  /** `ascii` says that the rows are known to be nothing else. */
  parts({ ascii = false } = {}): FramePart[] {
    const parts: FramePart[] = [];
    let first = 0;
    let length = 0;
    for (const [i, { json }] of this.#lines.entries()) {
      if (length + json.length > PART_LENGTH && i > first) {
        parts.push(...this.#cut(this.#lines.slice(first, i), ascii));
        [first, length] = [i, 0];
      }
      length += json.length + 1;
    }
    return [...parts, ...this.#cut(this.#lines.slice(first), ascii)];
  }

  #cut(lines: Line[], ascii: boolean): FramePart[] {
    const json = `[${lines.map((line) => line.json).join(",")}]`;
    const bytes = ascii ? json.length : utf8Length(json);
    if (bytes > PART_BYTES && lines.length > 1) {
      const middle = lines.length >> 1;
      return [...this.#cut(lines.slice(0, middle), ascii), ...this.#cut(lines.slice(middle), ascii)];
    }
    const codes = [...this.#codes].join(" ");
    const longCells = lines.flatMap((line) => line.longCells);
    return [{ shape: this.#shape, codes, rows: lines.length, json, bytes, longCells }];
  }
}

function textLength(cells: readonly (Cell | undefined)[]): number {
  let length = 0;
  for (const cell of cells) if (typeof cell === "string") length += cell.length;
  return length;
}

/** Most rows are ASCII, which is seen sooner than encoded. */
function utf8Length(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  return /[^\x00-\x7f]/.test(text) ? encoder.encode(text).length : text.length;
}

interface LargeRow {
  table: string;
  columns: readonly string[];
  cells: readonly Cell[];
  bytes: number;
}

function rowTooLarge({ table, columns, cells, bytes }: LargeRow): FerryError {
  const first = `${columns[0]} ${JSON.stringify(cells[0]).slice(0, 80)}`;
  return new FerryError(
    "ROW_TOO_LARGE",
    `A row of "${table}" (${first}) has ${count(bytes)} bytes; D1 takes 2,000,000. No table was changed.`,
    { hint: `Shorten the row in the source, or leave "${table}" out.`, details: { table, bytes } },
  );
}
