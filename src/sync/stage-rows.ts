import { isTagged } from "../archive/cells.ts";
import type { Row } from "../archive/types.ts";
import type { TableMapping } from "./mapping.ts";
import type { Shape } from "./staged.ts";
import { stageCell } from "./staged-cells.ts";

/** Some rows of one shape, as the JSON that is staged as one value. */
export interface FramePart {
  shape: Shape;
  rows: number;
  json: string;
  /** UTF-8 bytes of `json`. */
  bytes: number;
  /** UTF-8 bytes of its largest row. */
  largestRow: number;
}

const PART_BYTES = 1_800_000;
const encoder = new TextEncoder();

/** An empty table is staged too: it takes part in a mirror. */
const EMPTY: FramePart = {
  shape: { columns: [], encoded: [] },
  rows: 0,
  json: "[]",
  bytes: 2,
  largestRow: 0,
};

/**
 * Turns rows into arrays by position of the live table's columns, grouped by which columns they
 * have. At least one part, also without rows.
 */
export function stageRows(mapping: TableMapping, rows: readonly Row[]): FramePart[] {
  if (rows.length === 0) return [EMPTY];
  const groups = new Map<string, ShapeGroup>();
  let last: ShapeGroup | undefined;
  for (const row of rows) {
    const names = Object.keys(row);
    if (last === undefined || !sameNames(last.names, names)) {
      const signature = JSON.stringify(names);
      last = groups.get(signature) ?? new ShapeGroup(mapping, names);
      groups.set(signature, last);
    }
    last.add(row);
  }
  return [...groups.values()].flatMap((group) => group.parts());
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

class ShapeGroup {
  readonly names: readonly string[];
  readonly #columns: string[];
  /** Positions in `names` that are stored; generated columns are not. */
  readonly #kept: number[] = [];
  readonly #encoded = new Set<number>();
  readonly #lines: string[] = [];

  constructor(mapping: TableMapping, names: readonly string[]) {
    this.names = names;
    const columns = names.map((name) => mapping.column(name));
    this.#columns = columns.filter((column, i): column is string => {
      if (column !== null) this.#kept.push(i);
      return column !== null;
    });
  }

  add(row: Row): void {
    const values: unknown[] = Object.values(row);
    const staged = this.#kept.length === values.length ? values : this.#kept.map((i) => values[i]);
    for (let i = 0; i < staged.length; i++) {
      const cell = staged[i] as Row[string];
      if (isTagged(cell)) {
        staged[i] = stageCell(cell);
        this.#encoded.add(i);
      }
    }
    this.#lines.push(JSON.stringify(staged));
  }

  parts(): FramePart[] {
    const shape: Shape = { columns: this.#columns, encoded: [...this.#encoded].sort((a, b) => a - b) };
    const parts: FramePart[] = [];
    let lines: string[] = [];
    let bytes = 0;
    let largestRow = 0;
    const close = () => {
      if (lines.length === 0) return;
      parts.push({ shape, rows: lines.length, json: `[${lines.join(",")}]`, bytes: bytes + 1, largestRow });
      [lines, bytes, largestRow] = [[], 0, 0];
    };
    for (const line of this.#lines) {
      const size = encoder.encode(line).length;
      if (bytes + size + 1 > PART_BYTES) close();
      lines.push(line);
      bytes += size + 1;
      largestRow = Math.max(largestRow, size + 2);
    }
    close();
    return parts;
  }
}
