import { encodeCell } from "../../archive/cells.ts";
import type { Cell, Row } from "../../archive/types.ts";
import { keyText, type RowDifference } from "../../diff/index.ts";
import type { PlannedRow } from "../../sync/run/index.ts";

/** Rows of the target were written between the comparison and the plan: what was decided about them holds no more. */
export class TargetMoved extends Error {
  override readonly name = "TargetMoved";
  /** The first of them; null where it is not known. */
  readonly row: Pick<PlannedRow, "table" | "key"> | null;

  constructor(row: Pick<PlannedRow, "table" | "key"> | null) {
    super(
      row === null
        ? "The target may have been written"
        : `A row of ${row.table} was written while it was compared`,
    );
    this.row = row;
  }
}

/** What a run writes, row by row, if the target is as it was when it was compared. */
export class ExpectedRows {
  readonly #tables = new Map<string, ExpectedTable>();
  /** Tables of which nothing is expected, in lower case: no key tells their rows apart. */
  readonly notCompared = new Set<string>();
  readonly #mayDeleteOthers: boolean;

  /** `mayDeleteOthers`: rows whose unique values are taken go as well, which only the plan finds out. */
  constructor({ mayDeleteOthers }: { mayDeleteOthers: boolean }) {
    this.#mayDeleteOthers = mayDeleteOthers;
  }

  /** The row is to become `result`. */
  add(
    { table, columns, key, right }: RowDifference,
    result: string | null,
    collations: readonly string[],
  ): void {
    const name = table.toLowerCase();
    const own = this.#tables.get(name) ?? { columns, collations, rows: new Map() };
    own.rows.set(keyText(key, collations), { theirs: right, result });
    this.#tables.set(name, own);
  }

  /** Rejects with `TargetMoved` at the first row of a plan that is to become something else, or was something else. */
  async check(pages: AsyncIterable<readonly PlannedRow[]>): Promise<void> {
    for await (const rows of pages) {
      for (const row of rows) if (!this.#isExpected(row)) throw new TargetMoved(row);
    }
  }

  #isExpected(row: PlannedRow): boolean {
    if (this.notCompared.has(row.table.toLowerCase())) return true;
    const table = this.#tables.get(row.table.toLowerCase());
    const expected = table?.rows.get(idOf(row, table));
    if (expected === undefined) return row.is === "delete" && this.#mayDeleteOthers;
    const { theirs, result } = expected;
    switch (row.is) {
      case "insert":
        return theirs === null;
      case "delete":
        return result === null && theirs !== null && holds(row.row, JSON.parse(theirs) as Row);
      case "update":
        return theirs !== null && result !== null && isUpdate(row.cells, theirs, result);
      case "left":
        return true;
    }
  }
}

interface ExpectedTable {
  columns: readonly string[];
  collations: readonly string[];
  rows: Map<string, { theirs: string | null; result: string | null }>;
}

function idOf({ key }: PlannedRow, { columns, collations }: ExpectedTable): string {
  const cells = lowerCased(key);
  return keyText(
    columns.map((name) => cells.get(name.toLowerCase()) ?? null),
    collations,
  );
}

/** True where each cell that the row has is as expected, as far as anything was expected of it. */
function holds(row: Row, expected: Row): boolean {
  const cells = lowerCased(expected);
  return Object.entries(row).every(([name, cell]) => {
    const known = cells.get(name.toLowerCase());
    return known === undefined || encodeCell(known) === encodeCell(cell);
  });
}

function isUpdate(cells: Record<string, [old: Cell, now: Cell]>, theirs: string, result: string): boolean {
  const of = (which: 0 | 1): Row =>
    Object.fromEntries(Object.entries(cells).map(([name, two]) => [name, two[which]]));
  return holds(of(0), JSON.parse(theirs) as Row) && holds(of(1), JSON.parse(result) as Row);
}

const lowerCased = (row: Row): Map<string, Cell> =>
  new Map(Object.entries(row).map(([name, cell]) => [name.toLowerCase(), cell]));
