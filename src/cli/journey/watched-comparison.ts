import type { TableSchema } from "../../archive/types.ts";
import {
  type ComparedPlaces,
  type ComparePlacesOptions,
  type PairedTables,
  type RowDifference,
  type TablePair,
  wholeColumns,
} from "../../diff/index.ts";
import { foldCase } from "../../names.ts";
import type { BaseFile } from "../bases/base-file.ts";
import { type Expectation, OnlyInserts } from "../bases/only-inserts.ts";
import { ThreeWay, type ThreeWayRules } from "../bases/three-way.ts";
import { HeldRows } from "./held-rows.ts";
import { notCompared, type Obstacle, obstacleTo } from "./obstacle.ts";
import { SendsEverything } from "./sends-everything.ts";

/** Rows that may differ in any case: so few are quickly sent either way. */
const FEW_ROWS = 500;

export interface WatchedFrom {
  base: BaseFile;
  rules: ThreeWayRules;
}

/** A comparison as it goes on: what is decided of its rows, what is held of them, and when it is no use. */
export class WatchedComparison {
  readonly threeWay: ThreeWay;
  readonly held = new HeldRows();
  readonly pairs = new Map<string, TablePair>();
  readonly schemas = new Map<string, TableSchema>();
  /** Something is known of an earlier exchange. */
  isKnown = false;
  /** Why everything is sent; null where single rows are. */
  obstacle: Obstacle | null = null;
  /** Tables that were exchanged and cannot be compared any more: what was edited there since would be written over. */
  unclear: readonly TablePair[] = [];
  readonly #base: BaseFile;
  readonly #rules: ThreeWayRules;

  constructor({ base, rules }: WatchedFrom) {
    this.#base = base;
    this.#rules = rules;
    this.threeWay = new ThreeWay(base, rules);
  }

  /** What the comparison tells of itself. Each may reject with `SendsEverything`. */
  handlers(): Pick<ComparePlacesOptions, "onPaired" | "onSchema" | "onRow"> {
    return {
      onPaired: (paired) => this.#pair(paired),
      onSchema: (schema) => void this.schemas.set(schema.name, schema),
      onRow: (row) => this.#decide(row),
    };
  }

  #pair(paired: PairedTables): void {
    for (const pair of paired.pairs) this.pairs.set(pair.name, pair);
    this.unclear = paired.pairs.filter((pair) => this.#isUnclear(pair));
    this.isKnown = this.unclear.length > 0 || this.threeWay.knows(paired.pairs);
    if (paired.pairs.every(({ right }) => !right.hasRows) && !this.#knowsOthers())
      throw this.sendsAll(null, new OnlyInserts());
    this.obstacle = obstacleTo(paired);
    this.threeWay.sendsEverything = this.obstacle !== null;
    const absent = paired.onlyLeft.map(({ name }) => ({ name, compared: null }));
    for (const { name, compared } of [...paired.pairs, ...absent])
      if (compared === null) this.threeWay.expected.notCompared.add(foldCase(name));
    // Found out before a row is read, unless there are edits that must not be overwritten.
    if (this.obstacle !== null && !this.isKnown) throw this.sendsAll(this.obstacle.why);
  }

  #isUnclear(pair: TablePair): boolean {
    const { mode, onEdit, ignoresBase } = this.#rules;
    if (pair.compared !== null || ignoresBase || onEdit === "ours" || mode === "insert") return false;
    // Without a key, rows are put in the place of others only by a mirror.
    const isOverwritten = mode === "mirror" || wholeColumns(pair) === null;
    return isOverwritten && pair.right.hasRows && this.#base.named(pair.name) !== undefined;
  }

  async #decide(row: RowDifference): Promise<void> {
    const result = await this.threeWay.decide(this.pairs.get(row.table) as TablePair, row);
    if (result !== row.right) this.held.add(row, result);
    this.held.requireRoom(this.isKnown);
  }

  /** Rejects where so many of the rows read so far differ that all of them are sent sooner. */
  requireFew({ left, right }: { left: number; right: number }): void {
    if (!this.isKnown && this.held.rowCount > FEW_ROWS && this.held.rowCount > left / 2)
      throw this.sendsAll(right === 0 ? null : "most rows differ");
  }

  /** Everything is the better way; `expected` where something is known of an earlier exchange. */
  sendsAll(why: string | null, expected: Expectation | null = null): SendsEverything {
    const apart = [...this.pairs.values()].filter(({ compared }) => compared === null);
    return new SendsEverything(why, { expected, notCompared: apart.map(({ name }) => name) });
  }

  /** Takes in what could not be compared in the end. */
  end(found: ComparedPlaces): void {
    for (const { table } of found.notCompared) this.threeWay.expected.notCompared.add(foldCase(table));
    const long = found.notCompared.find(
      ({ table }) => wholeColumns(this.pairs.get(table) as TablePair) === null,
    );
    if (long !== undefined) this.obstacle ??= notCompared([{ ...long, name: long.table }]);
    if (found.tables.every(({ right }) => right === 0) && !this.#knowsOthers())
      throw this.sendsAll(null, new OnlyInserts());
  }

  /** Tables are known beside these: that these are empty at the target does not make it another database. */
  #knowsOthers(): boolean {
    const compared = new Set([...this.pairs.keys()].map(foldCase));
    return this.#base.tables.some(({ name }) => !compared.has(foldCase(name)));
  }
}
