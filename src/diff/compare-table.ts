import { isCell } from "../archive/cells.ts";
import type { Cell, Key, Range, Row, TableSchema } from "../archive/types.ts";
import { FerryError } from "../errors.ts";
import { columnsSum, keyOf } from "./answer-questions.ts";
import { type AskTogether, startOf } from "./ask-together.ts";
import { isSameKey, leafRanges } from "./leaf-ranges.ts";
import { chooseWidth, chosenLength, marksLength } from "./marks.ts";
import type { TablePair } from "./pair-tables.ts";
import type {
  AskedColumns,
  ComparedColumns,
  CutAnswer,
  RangeAnswer,
  RowsQuestion,
  WantedRows,
} from "./questions.ts";
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

/** A place, and what it is asked about by. */
interface AskedPlace {
  place: AskTogether;
  asked: AskedColumns;
}

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
    const differing = ranges.flatMap((range, i): DifferingRange[] => {
      if (isLong(i) || left[i] === right[i]) return [];
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
      const asked = startOf(ends.slice(found.length));
      const { place, asked: columns } = this.#sides[side];
      const answer = await place.ask({ ask: "hash", ...columns, after, ends: asked });
      this.#requireSome(answer.hashes, asked);
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
        return ranges.length === 0 ? [] : this.#differencesFrom(this.#sides[side], ranges, width);
      }),
    );
    return found.flat();
  }

  async #differencesFrom(
    right: AskedPlace,
    ranges: readonly Range[],
    width: number,
  ): Promise<RowDifference[]> {
    const { left } = this.#sides;
    const marks = await this.#marks(right, ranges, width);
    const [mine] = await Promise.all([
      this.#rows(
        left,
        ranges.map((range, i) => wanting(range, { marks: marks[i] as string })),
        width,
      ),
      this.#askSchema(),
    ]);
    const theirs = await this.#rows(
      right,
      ranges.map((range, i) => wanting(range, { buckets: this.#bucketsIn(mine[i] as RangeAnswer, width) })),
      width,
    );
    const pairs = ranges.map((range, i) => ({ range, left: mine[i], right: theirs[i] }) as RowsOfBoth);
    // Two marks may be the same by chance, and rows be written meanwhile.
    const missed = pairs.filter((pair) => pair.left.rest !== pair.right.rest);
    const whole = missed.map(({ range }) => wanting(range, null));
    const [allLeft, allRight] = await Promise.all([
      this.#rows(left, whole, width),
      this.#rows(right, whole, width),
    ]);
    for (const [i, pair] of missed.entries()) Object.assign(pair, { left: allLeft[i], right: allRight[i] });
    return pairs.flatMap((pair) =>
      pairRows(this.#compared, this.#collations, { left: pair.left.lines, right: pair.right.lines }),
    );
  }

  async #marks(
    { place, asked: columns }: AskedPlace,
    ranges: readonly Range[],
    width: number,
  ): Promise<string[]> {
    const found: string[] = [];
    while (found.length < ranges.length) {
      const asked = startOf(
        ranges.slice(found.length).map(({ after, through }): [Key, Key] => [after, through]),
      );
      const { marks } = await place.ask({ ask: "marks", ...columns, ranges: asked, width });
      this.#requireSome(marks, asked);
      if (marks.some((one) => one.length !== marksLength(width))) throw this.#noSense();
      found.push(...marks);
    }
    return found;
  }

  async #rows(
    { place, asked: columns }: AskedPlace,
    ranges: readonly AskedRange[],
    width: number,
  ): Promise<RangeAnswer[]> {
    const found: RangeAnswer[] = [];
    while (found.length < ranges.length) {
      const asked = startOf(ranges.slice(found.length));
      const answer = await place.ask({ ask: "rows", ...columns, ranges: asked, width });
      this.#requireSome(answer.ranges, asked);
      found.push(...answer.ranges);
    }
    return found;
  }

  #bucketsIn({ buckets = "" }: RangeAnswer, width: number): string {
    if (buckets.length !== chosenLength(width)) throw this.#noSense();
    return buckets;
  }

  /** Together with the first rows. */
  async #askSchema(): Promise<void> {
    const { left, onSchema } = this.#options;
    if (this.#schemaAsked || onSchema === undefined) return;
    this.#schemaAsked = true;
    const { schema } = await left.ask({ ask: "schema", table: this.#compared.table });
    onSchema(schema);
  }

  /** An answer is of the first ranges that were asked about, of one at least. */
  #requireSome(answered: readonly unknown[], asked: readonly unknown[]): void {
    if (answered.length === 0 || answered.length > asked.length) throw this.#noSense();
  }

  #noSense(): FerryError {
    return noSense(this.#compared.table);
  }
}

/** Ranges that stand one behind the other. */
interface Leaves {
  after: Key;
  ends: Key[];
}

interface RowsOfBoth {
  range: Range;
  left: RangeAnswer;
  right: RangeAnswer;
}

type AskedRange = RowsQuestion["ranges"][number];

const wanting = ({ after, through }: Range, wanted: WantedRows): AskedRange => [after, through, wanted];

function pairRows(
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
