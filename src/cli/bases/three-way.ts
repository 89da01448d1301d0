import type { Cell, Row } from "../../archive/types.ts";
import {
  type BaseRow,
  type Conflict,
  isDecided,
  keyByColumn,
  keyText,
  mergeRow,
  type OnEdit,
  type RowDifference,
  type TablePair,
} from "../../diff/index.ts";
import { isSameTable } from "../../grants.ts";
import { foldCase } from "../../names.ts";
import type { AddedColumn, Mode } from "../../sync/run/index.ts";
import type { BaseFile, BaseRowChange } from "./base-file.ts";
import { type BaseTable, collationsOf } from "./base-table.ts";
import { ExpectedRows } from "./expected-rows.ts";

/** A row that both sides have edited, and how. */
export interface EditedRow {
  table: string;
  /** The key's cells by column. */
  key: Record<string, Cell>;
  conflicts: readonly Conflict[];
}

/** A row that only the target's side has edited: it stays as it is there. */
export interface KeptRow {
  table: string;
  key: Record<string, Cell>;
  /** Which columns; null where the row as a whole was added or deleted. */
  columns: readonly string[] | null;
}

/** What a base makes of the rows that differ. */
export interface Merged {
  /** When the places last exchanged rows, milliseconds since 1970; null where they never did. */
  since: number | null;
  /** The first of the rows that are kept, and by table how many there are. */
  kept: KeptRow[];
  keptRows: Map<string, number>;
  /** The runs by which the base has the rows that seem to be edited at the target. */
  editedBy: Set<string>;
  conflicts: EditedRow[];
  conflictRows: number;
  /** Rows that become what the source has, and of which nobody knows who edited them. */
  unknownRows: number;
}

export interface ThreeWayRules {
  mode: Mode;
  onEdit: OnEdit;
  /** Rows whose unique values are taken go as well, which only the plan finds out. */
  mayDeleteOthers: boolean;
  /** Nothing is decided by the base; it learns of the exchange nevertheless. */
  ignoresBase: boolean;
}

/** Rows of each kind that are told by their keys. */
const MOST_TOLD = 100;

/** Decides about rows that differ, by what the source had when the two last exchanged rows. */
export class ThreeWay {
  readonly merged: Merged;
  readonly expected: ExpectedRows;
  /** Of the base, by table: what the rows become that differ. */
  readonly changes = new Map<string, BaseRowChange[]>();
  /** Rows that differ and that this mode has nothing to do with: the base keeps what it knows of them. */
  readonly undecided = new Set<string>();
  /** Columns that the run adds: nobody can have edited them at the target. */
  addedAtTarget: readonly Pick<AddedColumn, "table" | "column">[] = [];
  /** No single rows are sent: it is only found out what would be overwritten. */
  sendsEverything = false;
  /** Tables by which rows were decided. */
  readonly #known = new Map<string, BaseTable | null>();
  readonly #base: BaseFile;
  readonly #rules: Pick<ThreeWayRules, "mode" | "onEdit">;
  readonly #ignoresBase: boolean;

  constructor(base: BaseFile, { mayDeleteOthers, ignoresBase, ...rules }: ThreeWayRules) {
    this.#base = base;
    this.#ignoresBase = ignoresBase;
    this.#rules = rules;
    this.expected = new ExpectedRows({ mayDeleteOthers });
    const since = base.exchanges.last()?.at ?? null;
    this.merged = {
      since,
      kept: [],
      keptRows: new Map(),
      editedBy: new Set(),
      conflicts: [],
      conflictRows: 0,
      unknownRows: 0,
    };
  }

  /** True where any of the tables was exchanged before. */
  knows(pairs: readonly TablePair[]): boolean {
    return pairs.some((pair) => this.#find(pair) !== null);
  }

  /** What the target is to hold: a line, or null for no row; as it is there where nothing is to be done. */
  async decide(pair: TablePair, row: RowDifference): Promise<string | null> {
    const { left, right, key } = row;
    if (!isDecided({ ours: left, theirs: right }, this.#rules.mode)) {
      if (left !== null || this.#isInBase(pair, key))
        this.undecided.add(rowId(pair.name, key, collationsOf(pair)));
      return right;
    }
    this.#note(pair, { key, line: left });
    const table = this.#find(pair);
    if (table === null) {
      if (right !== null && this.#mayOverwrite(pair, { left, right })) this.merged.unknownRows++;
      this.expected.add(row, left, collationsOf(pair));
      return left;
    }
    const base: BaseRow = this.#base.isUnknown(table, key)
      ? "unknown"
      : { line: this.#withAdded(pair, { base: await this.#base.read(table, key), right }) };
    const columns = pair.compared?.columns ?? [];
    const { result, kept, conflicts } = mergeRow(
      { columns, ours: left, theirs: right },
      base,
      this.#rules.onEdit,
    );
    if (kept === "row" || kept.length > 0) this.#keep(row, kept === "row" ? null : kept);
    if (conflicts.length > 0) this.#conflict(row, conflicts);
    const run = kept.length + conflicts.length > 0 ? this.#base.runOf(table, key) : null;
    if (run !== null) this.merged.editedBy.add(run);
    // Where everything is sent, each row becomes what the source has.
    if (this.sendsEverything) this.expected.add(row, left, collationsOf(pair));
    else if (result !== right) this.expected.add(row, result, collationsOf(pair));
    return result;
  }

  /** Of what neither the source nor the base has the base learns nothing: a target may have any number of such rows. */
  #isInBase(pair: TablePair, key: readonly Cell[]): boolean {
    const table = this.#base.find(pair);
    return table !== null && this.#base.has(table, key);
  }

  #find(pair: TablePair): BaseTable | null {
    const known = this.#known.get(pair.name);
    if (known !== undefined) return known;
    const found = this.#ignoresBase ? null : this.#base.find(pair);
    this.#known.set(pair.name, found);
    return found;
  }

  /** True where more differs than what the run adds. */
  #mayOverwrite(pair: TablePair, { left, right }: { left: string | null; right: string }): boolean {
    if (left === null || this.addedAtTarget.length === 0) return true;
    return this.#withAdded(pair, { base: left, right }) !== JSON.stringify(JSON.parse(right));
  }

  /** A line with what the target is made to hold in the columns that it lacks. */
  #withAdded({ name }: TablePair, { base, right }: { base: string | null; right: string | null }) {
    const own = this.addedAtTarget.filter(({ table }) => isSameTable(table, name));
    if (own.length === 0 || base === null || right === null) return base;
    const added = new Set(own.map(({ column }) => foldCase(column)));
    const cells = Object.entries(JSON.parse(right) as Row);
    const theirs = cells.filter(([column]) => added.has(foldCase(column)));
    return JSON.stringify({ ...(JSON.parse(base) as Row), ...Object.fromEntries(theirs) });
  }

  #note(pair: TablePair, change: BaseRowChange): void {
    const own = this.changes.get(pair.name) ?? [];
    own.push(change);
    this.changes.set(pair.name, own);
  }

  #keep({ table, columns: names, key }: RowDifference, columns: readonly string[] | null): void {
    const { kept, keptRows } = this.merged;
    keptRows.set(table, (keptRows.get(table) ?? 0) + 1);
    if (kept.length < MOST_TOLD) kept.push({ table, key: keyByColumn({ columns: names, key }), columns });
  }

  #conflict({ table, columns, key }: RowDifference, conflicts: readonly Conflict[]): void {
    this.merged.conflictRows++;
    if (this.merged.conflicts.length < MOST_TOLD)
      this.merged.conflicts.push({ table, key: keyByColumn({ columns, key }), conflicts });
  }
}

export const rowId = (table: string, key: readonly Cell[], collations: readonly string[]): string =>
  idInAll(table, keyText(key, collations));

/** Of a row among those of all tables; `id` is what its key is among those of its own. */
export const idInAll = (table: string, id: string): string => `${table}\n${id}`;

/** How many rows are kept in all. */
export const keptCount = ({ keptRows }: Pick<Merged, "keptRows">): number =>
  [...keptRows.values()].reduce((sum, rows) => sum + rows, 0);
