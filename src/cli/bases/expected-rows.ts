import { encodeCell } from "../../archive/cells.ts";
import type { Cell, Row } from "../../archive/types.ts";
import { differingColumns, keyByColumn, keyText, type RowDifference } from "../../diff/index.ts";
import { foldCase } from "../../names.ts";
import { nameByRows, type Plan, type PlannedRow } from "../../sync/run/index.ts";
import { detailOf } from "./planned-samples.ts";
import type { WrittenRow } from "./written-rows.ts";

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
  #isChecked = false;

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
    const name = foldCase(table);
    const own = this.#tables.get(name) ?? { columns, collations, rows: new Map() };
    own.rows.set(keyText(key, collations), { key, theirs: right, result, isPlanned: false });
    this.#tables.set(name, own);
  }

  /** Of each table what the target has and what it is to become. */
  *rows(): Generator<{ table: string; rows: WrittenRow[] }> {
    for (const [table, { rows }] of this.#tables)
      yield {
        table,
        rows: Array.from(rows.values(), ({ key, theirs, result }) => ({ key, was: theirs, becomes: result })),
      };
  }

  /** Names the plan that writes just these rows; null where its name is not known, and of many. */
  async callOptions(): Promise<{ plan: string } | null> {
    if (this.#mayDeleteOthers || this.notCompared.size > 0) return null;
    const expected = [...this.#tables].flatMap(([table, { columns, rows }]) =>
      Array.from(rows.values(), (row) => ({ ...row, table, columns })),
    );
    const bytes = expected.reduce((sum, { theirs, result }) => sum + lengthOf(theirs) + lengthOf(result), 0);
    if (expected.length > MOST_NAMED.rows || bytes > MOST_NAMED.bytes) return null;
    return { plan: await nameByRows(expected.flatMap(plannedRow)) };
  }

  /** The plan of these rows, which is applied already, with the first of them: a call that names its rows tells none. */
  withSamples(plan: Plan): Plan {
    const tables = Object.entries(plan.tables).map(([name, counts]) => {
      const { columns, rows } = this.#tables.get(foldCase(name)) ?? NOTHING;
      const planned = [...rows.values()].flatMap((row) => plannedRow({ ...row, table: name, columns }));
      return [name, { ...counts, ...detailOf(planned) }];
    });
    return { ...plan, tables: Object.fromEntries(tables) as Plan["tables"] };
  }

  /** Rejects with `TargetMoved` at the first row of a plan that is to become something else, or was something else. */
  async check(pages: AsyncIterable<readonly PlannedRow[]>): Promise<void> {
    for await (const rows of pages) {
      for (const row of rows) if (!this.#isExpected(row)) throw new TargetMoved(row);
    }
    this.#isChecked = true;
  }

  /** The keys of a table's rows that the checked plan does not write; null where no plan was checked. */
  notPlanned(name: string): Cell[][] | null {
    if (!this.#isChecked) return null;
    const rows = this.#tables.get(foldCase(name))?.rows ?? NOTHING.rows;
    return [...rows.values()].filter(({ isPlanned }) => !isPlanned).map(({ key }) => key);
  }

  #isExpected(row: PlannedRow): boolean {
    if (this.notCompared.has(foldCase(row.table))) return true;
    const table = this.#tables.get(foldCase(row.table));
    const expected = table?.rows.get(idOf(row, table));
    if (expected === undefined) return row.is === "delete" && this.#mayDeleteOthers;
    const { theirs, result } = expected;
    expected.isPlanned = true;
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

interface ExpectedRow {
  key: Cell[];
  theirs: string | null;
  result: string | null;
  isPlanned: boolean;
}

interface ExpectedTable {
  columns: readonly string[];
  collations: readonly string[];
  rows: Map<string, ExpectedRow>;
}

const NOTHING: ExpectedTable = { columns: [], collations: [], rows: new Map() };

/** What a target reads at once of a plan. */
const MOST_NAMED = { rows: 1000, bytes: 200_000 };

const lengthOf = (line: string | null): number => line?.length ?? 0;

/** The row as a plan tells it; none where nothing becomes of it. */
function plannedRow({
  table,
  columns,
  key: cells,
  theirs,
  result,
}: Omit<ExpectedRow, "isPlanned"> & { table: string; columns: readonly string[] }): PlannedRow[] {
  const key = keyByColumn({ columns, key: cells });
  if (theirs === null)
    return result === null ? [] : [{ table, key, is: "insert", row: JSON.parse(result) as Row }];
  const old = JSON.parse(theirs) as Row;
  if (result === null) return [{ table, key, is: "delete", row: old }];
  const now = JSON.parse(result) as Row;
  const changed = differingColumns(result, theirs).map((name): [string, [Cell, Cell]] => [
    name,
    [old[name] as Cell, now[name] as Cell],
  ]);
  return changed.length === 0 ? [] : [{ table, key, is: "update", cells: Object.fromEntries(changed) }];
}

function idOf({ key }: PlannedRow, { columns, collations }: ExpectedTable): string {
  const cells = lowerCased(key);
  return keyText(
    columns.map((name) => cells.get(foldCase(name)) ?? null),
    collations,
  );
}

/** True where each cell that the row has is as expected, as far as anything was expected of it. */
function holds(row: Row, expected: Row): boolean {
  const cells = lowerCased(expected);
  return Object.entries(row).every(([name, cell]) => {
    const known = cells.get(foldCase(name));
    return known === undefined || encodeCell(known) === encodeCell(cell);
  });
}

function isUpdate(cells: Record<string, [old: Cell, now: Cell]>, theirs: string, result: string): boolean {
  const of = (which: 0 | 1): Row =>
    Object.fromEntries(Object.entries(cells).map(([name, two]) => [name, two[which]]));
  return holds(of(0), JSON.parse(theirs) as Row) && holds(of(1), JSON.parse(result) as Row);
}

const lowerCased = (row: Row): Map<string, Cell> =>
  new Map(Object.entries(row).map(([name, cell]) => [foldCase(name), cell]));
