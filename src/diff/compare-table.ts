import type { Key, Range, TableSchema } from "../archive/types.ts";
import type { FerryError } from "../errors.ts";
import { columnsSum } from "./answer-questions.ts";
import { type AskTogether, startOf } from "./ask-together.ts";
import { type AskedPlace, findDifferences, requireSome } from "./find-differences.ts";
import { isSameKey, leafRanges } from "./leaf-ranges.ts";
import { chooseWidth } from "./marks.ts";
import type { TablePair } from "./pair-tables.ts";
import {
  type AskedColumns,
  type ComparedColumns,
  type CutAnswer,
  type HashQuestion,
  MOST_LEAVES,
} from "./questions.ts";
import { noSense, type RowDifference } from "./row-difference.ts";

export interface ComparedTable {
  /** Rows of each place. */
  left: number;
  right: number;
  /** True where the right place still has all rows that it had earlier; false where nobody knows what these were. */
  asEarlier: boolean;
}

export interface CompareOptions {
  left: AskTogether;
  right: AskTogether;
  /** Has the rows that the right place had some time ago, and is asked instead where it still has them. @default none */
  earlierRight?: AskTogether | undefined;
  /** About how long leaves are, bytes of row text. */
  leafBytes: number;
  /** Who cuts the table. @default the left place */
  cutBy?: AnySide | undefined;
  /** The table's first leaves of that length, as the left place cuts them. @default asked for */
  leaves?: CutAnswer | undefined;
  /**
   * The hash of a leaf without rows, where rows that only the right place has may be passed over: they are counted and not
   * told, but those that stand near others. @default all are told
   */
  emptyLeaf?: string | undefined;
  /** Called with differing rows, in the order of their keys but for a few that stand near each other. */
  onRow(row: RowDifference): void | Promise<void>;
  /** Called before with how the left place's table is made, where rows may differ. @default not asked for */
  onSchema?: ((schema: TableSchema) => void) | undefined;
  /** Called with what was read on the left and on the right, rows. */
  onProgress?: ((counts: ComparedTable) => void) | undefined;
}

/** Compares a table row by row. Each row that is the same in both places is read once in each, or twice near others. */
export async function compareTable(
  pair: TablePair & { compared: ComparedColumns },
  options: CompareOptions,
): Promise<ComparedTable> {
  const comparison = new TableComparison(pair, options);
  const { cutBy: by = "left", leaves } = options;
  const first = by === "left" ? leaves : undefined;
  await comparison.compare({ after: null, through: null }, { by, first });
  return comparison.counts;
}

type Side = "left" | "right";

export type AnySide = Side | "earlierRight";

/** A range whose rows differ, and who is asked for what the right place has. */
interface DifferingRange {
  range: Range;
  right: "right" | "earlierRight";
}

interface LeavesOptions {
  /** Which side cuts. */
  by: AnySide;
  /** What it has cut already. @default asked for */
  first?: CutAnswer | undefined;
  /** The sides that have cut what this is a part of. @default none */
  cut?: readonly AnySide[];
  /** The sides whose rows have been counted. @default none */
  counted?: readonly Side[];
}

/** Ranges whose rows are told apart at the same time. */
const RANGES_AT_ONCE = 64;

class TableComparison {
  readonly counts: ComparedTable;
  readonly #compared: ComparedColumns;
  readonly #sides: Record<AnySide, AskedPlace>;
  readonly #collations: readonly string[];
  readonly #options: CompareOptions;
  #schemaAsked = false;
  #leaves = 0;

  constructor({ left, right, compared }: TablePair & { compared: ComparedColumns }, options: CompareOptions) {
    this.counts = { left: 0, right: 0, asEarlier: options.earlierRight !== undefined };
    this.#compared = compared;
    const all = [left, right].map(({ columns }) => columnsSum(columns.map(({ name }) => name)));
    const sum = columnsSum(compared.columns);
    const asked = all.every((one) => one === sum) ? { ...compared, columns: sum } : compared;
    const { left: here, right: there, earlierRight = there } = options;
    this.#sides = {
      left: { place: here, asked },
      right: { place: there, asked },
      // Its table may have other columns beside these.
      earlierRight: { place: earlierRight, asked: compared },
    };
    this.#collations = left.key?.collations ?? [];
    this.#options = options;
  }

  /** Compares a range in the leaves that one side cuts. */
  async compare(
    { after: begin, through }: Range,
    { by, first, cut = [], counted = [] }: LeavesOptions,
  ): Promise<void> {
    const { leafBytes } = this.#options;
    const { place, asked } = this.#sides[by];
    const ask = (after: Key) =>
      place.ask({
        ask: "cut",
        ...asked,
        after,
        ...(through === null ? {} : { through }),
        leafBytes,
      });
    let after = begin;
    let cutting = first === undefined ? ask(after) : Promise.resolve(first);
    for (;;) {
      const { ends, more = false } = await cutting;
      const end = ends.at(-1);
      if (end === undefined || isSameKey(end, through) === more || (more && isSameKey(end, after)))
        throw this.#noSense();
      this.#leaves += ends.length;
      if (this.#leaves > MOST_LEAVES) throw this.#noSense();
      // Where to go on is found out while these leaves are compared.
      if (more) {
        cutting = ask(end);
        cutting.catch(() => undefined);
      }
      await this.#compareLeaves({ after, ends }, { cut: [...cut, by], counted });
      if (!more) return;
      after = end;
    }
  }

  async #compareLeaves(
    { after, ends }: Leaves,
    { cut, counted }: Required<Pick<LeavesOptions, "cut" | "counted">>,
  ): Promise<void> {
    const asked = [
      this.#hashes("left", { after, ends }, counted),
      this.#hashes("right", { after, ends }, counted),
    ] as const;
    const [left, right, earlier] = await Promise.all([
      ...asked,
      this.#options.earlierRight === undefined ? [] : this.#earlierHashes({ after, ends }, asked),
    ]);
    if (right.some((hash, i) => hash === null || hash !== earlier[i])) this.counts.asEarlier = false;
    const ranges = leafRanges(after, ends);
    const isLong = (i: number) => left[i] === null || right[i] === null;
    const { emptyLeaf } = this.#options;
    const isEmpty = (hash: string | null | undefined) => hash === emptyLeaf;
    const isPassed = (i: number) =>
      emptyLeaf !== undefined && isEmpty(left[i]) && (earlier.length === 0 || isEmpty(earlier[i]));
    const differing = ranges.flatMap((range, i): DifferingRange[] => {
      if (isLong(i) || left[i] === right[i] || isPassed(i)) return [];
      return [{ range, right: earlier[i] === right[i] ? "earlierRight" : "right" }];
    });
    const width = chooseWidth(differing.length, ranges.length);
    for (let next = 0; next < differing.length; next += RANGES_AT_ONCE) {
      const rows = await this.#differences(differing.slice(next, next + RANGES_AT_ONCE), width);
      for (const row of rows) await this.#options.onRow(row);
      this.#options.onProgress?.(this.counts);
    }
    for (const [i, range] of ranges.entries()) {
      if (!isLong(i)) continue;
      const by = left[i] === null ? "left" : "right";
      // What it has cut itself is short.
      if (cut.includes(by)) throw this.#noSense();
      const other = by === "left" ? right : left;
      const known: Side[] = other[i] === null ? [] : [by === "left" ? "right" : "left"];
      await this.compare(range, { by, cut, counted: [...counted, ...known] });
    }
  }

  /**
   * Once one of the others has answered: what answers here keeps this process busy, and where both others are on this
   * machine as well, three would share its processors.
   */
  async #earlierHashes(leaves: Leaves, others: readonly Promise<unknown>[]): Promise<(string | null)[]> {
    await Promise.race(others);
    return this.#hashes("earlierRight", leaves);
  }

  async #hashes(
    side: AnySide,
    { after: begin, ends }: Leaves,
    counted: readonly Side[] = [],
  ): Promise<(string | null)[]> {
    const found: (string | null)[] = [];
    while (found.length < ends.length) {
      const after = found.length === 0 ? begin : (ends[found.length - 1] as Key);
      const { place, asked } = this.#sides[side];
      const question = hashQuestion(asked, { after, ends: ends.slice(found.length) });
      const answer = await place.ask(question);
      requireSome(answer.hashes, question.ends, this.#compared.table);
      found.push(...answer.hashes);
      if (side !== "earlierRight" && !counted.includes(side)) this.counts[side] += answer.rows;
      this.#options.onProgress?.(this.counts);
    }
    return found;
  }

  async #differences(differing: readonly DifferingRange[], width: number): Promise<RowDifference[]> {
    const found = await Promise.all(
      (["right", "earlierRight"] as const).map((side) => {
        const ranges = differing.flatMap(({ range, right }) => (right === side ? [range] : []));
        if (ranges.length === 0) return [];
        return findDifferences(ranges, {
          ...{ left: this.#sides.left, right: this.#sides[side] },
          ...{ compared: this.#compared, collations: this.#collations, width },
          beside: () => this.#askSchema(),
        });
      }),
    );
    return found.flat();
  }

  /** Together with the first rows. */
  async #askSchema(): Promise<void> {
    const { left, onSchema } = this.#options;
    if (this.#schemaAsked || onSchema === undefined) return;
    this.#schemaAsked = true;
    const { schema } = await left.ask({ ask: "schema", table: this.#compared.table });
    onSchema(schema);
  }

  #noSense(): FerryError {
    return noSense(this.#compared.table);
  }
}

/** What a comparison asks about leaves: about as many of them as one question takes. */
export function hashQuestion(asked: AskedColumns, { after, ends }: Leaves): HashQuestion {
  return { ask: "hash", ...asked, after, ends: startOf(ends) };
}

/** Ranges that stand one behind the other. */
interface Leaves {
  after: Key;
  ends: Key[];
}
