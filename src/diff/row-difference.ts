import { isCell } from "../archive/cells.ts";
import type { Cell, Row } from "../archive/types.ts";
import { FerryError } from "../errors.ts";
import { keyOf } from "./answer-questions.ts";
import type { ComparedColumns } from "./questions.ts";
import { keyText } from "./same-key.ts";

/** A row that is not the same in both places: as a line of an archive, null where a place has none. */
export interface RowDifference {
  table: string;
  /** The key's columns, in their order, which an object by column would not keep where one is called "1". */
  columns: readonly string[];
  /** Their cells. */
  key: Cell[];
  left: string | null;
  right: string | null;
}

/** The rows that differ among these of two places. Rejects with `UNREACHABLE` what are no rows. */
export function pairRows(
  compared: ComparedColumns,
  collations: readonly string[],
  { left, right }: { left: readonly string[]; right: readonly string[] },
): RowDifference[] {
  const read = (line: string) => {
    const key = readKey(compared, line);
    return { key, text: keyText(key, collations), line };
  };
  const others = new Map(right.map(read).map((row) => [row.text, row]));
  const { table, key: columns } = compared;
  const found = left.map(read).map(({ key, text, line }): RowDifference => {
    const other = others.get(text)?.line ?? null;
    others.delete(text);
    return { table, columns, key, left: line, right: other };
  });
  const rest = [...others.values()].map(({ key, line }) => ({
    table,
    columns,
    key,
    left: null,
    right: line,
  }));
  // A row that was written while it was compared may be the same by now.
  return [...found, ...rest].filter((row) => row.left !== row.right);
}

function readKey(compared: ComparedColumns, line: string): Cell[] {
  try {
    const row = JSON.parse(line) as Row;
    const isWhole = compared.columns.every((name) => Object.hasOwn(row, name) && isCell(row[name]));
    if (isWhole) return keyOf(compared, line);
  } catch {
    // Said below.
  }
  throw noSense(compared.table);
}

/** A row's key by its columns. */
export const keyByColumn = ({ columns, key }: Pick<RowDifference, "columns" | "key">): Record<string, Cell> =>
  Object.fromEntries(columns.map((name, i) => [name, key[i] as Cell]));

/** The columns whose cells differ in two lines of one row. */
export function differingColumns(left: string, right: string): string[] {
  const [one, two] = [JSON.parse(left) as Row, JSON.parse(right) as Row];
  return Object.keys(one).filter((name) => JSON.stringify(one[name]) !== JSON.stringify(two[name]));
}

export function noSense(table: string): FerryError {
  return new FerryError("UNREACHABLE", `What was answered about the rows of "${table}" makes no sense`, {
    hint: "Look whether the app runs this version of d1-ferry.",
    details: { table },
  });
}
