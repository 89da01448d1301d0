import type { Key, Range } from "../archive/types.ts";
import { type AskTogether, startOf } from "./ask-together.ts";
import { chosenLength, marksLength } from "./marks.ts";
import type { AskedColumns, ComparedColumns, RangeAnswer, RowsQuestion, WantedRows } from "./questions.ts";
import { noSense, pairRows, type RowDifference } from "./row-difference.ts";

/** A place, and what it is asked about by. */
export interface AskedPlace {
  place: AskTogether;
  asked: AskedColumns;
}

export interface FindDifferences {
  left: AskedPlace;
  right: AskedPlace;
  /** What is compared of the table. */
  compared: ComparedColumns;
  /** Of its key's columns. */
  collations: readonly string[];
  /** Bits of a row's mark. */
  width: number;
  /** Asks something else while the first rows are asked for. */
  beside(): Promise<void>;
}

/**
 * The rows that differ in ranges whose hashes do: first the right place's marks of its rows are asked for, then the left
 * place's rows that have other marks, and with them which of the right place's rows are theirs.
 */
export async function findDifferences(
  ranges: readonly Range[],
  { left, right, compared, collations, width, beside }: FindDifferences,
): Promise<RowDifference[]> {
  const { table } = compared;
  const rowsOf = (place: AskedPlace, wanted: readonly AskedRange[]) =>
    askForRows(place, wanted, { table, width });
  const marks = await askForMarks(right, ranges, { table, width });
  const [mine] = await Promise.all([
    rowsOf(
      left,
      ranges.map((range, i) => wanting(range, { marks: marks[i] as string })),
    ),
    beside(),
  ]);
  const theirs = await rowsOf(
    right,
    ranges.map((range, i) =>
      wanting(range, { buckets: bucketsIn(mine[i] as RangeAnswer, { table, width }) }),
    ),
  );
  const pairs = ranges.map((range, i) => ({ range, left: mine[i], right: theirs[i] }) as RowsOfBoth);
  // Two marks may be the same by chance, and rows be written meanwhile.
  const missed = pairs.filter((pair) => pair.left.rest !== pair.right.rest);
  const whole = missed.map(({ range }) => wanting(range, null));
  const [allLeft, allRight] = await Promise.all([rowsOf(left, whole), rowsOf(right, whole)]);
  for (const [i, pair] of missed.entries()) Object.assign(pair, { left: allLeft[i], right: allRight[i] });
  return pairs.flatMap((pair) =>
    pairRows(compared, collations, { left: pair.left.lines, right: pair.right.lines }),
  );
}

interface RowsOfBoth {
  range: Range;
  left: RangeAnswer;
  right: RangeAnswer;
}

type AskedRange = RowsQuestion["ranges"][number];

const wanting = ({ after, through }: Range, wanted: WantedRows): AskedRange => [after, through, wanted];

/** Of which table, and how many bits marks have. */
interface Asking {
  table: string;
  width: number;
}

async function askForMarks(
  { place, asked: columns }: AskedPlace,
  ranges: readonly Range[],
  { table, width }: Asking,
): Promise<string[]> {
  const found: string[] = [];
  while (found.length < ranges.length) {
    const asked = startOf(
      ranges.slice(found.length).map(({ after, through }): [Key, Key] => [after, through]),
    );
    const { marks } = await place.ask({ ask: "marks", ...columns, ranges: asked, width });
    requireSome(marks, asked, table);
    if (marks.some((one) => one.length !== marksLength(width))) throw noSense(table);
    found.push(...marks);
  }
  return found;
}

async function askForRows(
  { place, asked: columns }: AskedPlace,
  ranges: readonly AskedRange[],
  { table, width }: Asking,
): Promise<RangeAnswer[]> {
  const found: RangeAnswer[] = [];
  while (found.length < ranges.length) {
    const asked = startOf(ranges.slice(found.length));
    const answer = await place.ask({ ask: "rows", ...columns, ranges: asked, width });
    requireSome(answer.ranges, asked, table);
    found.push(...answer.ranges);
  }
  return found;
}

function bucketsIn({ buckets = "" }: RangeAnswer, { table, width }: Asking): string {
  if (buckets.length !== chosenLength(width)) throw noSense(table);
  return buckets;
}

/** An answer is of the first ranges that were asked about, of one at least. */
export function requireSome(answered: readonly unknown[], asked: readonly unknown[], table: string): void {
  if (answered.length === 0 || answered.length > asked.length) throw noSense(table);
}
