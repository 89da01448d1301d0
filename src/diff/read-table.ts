import type { Key, Range } from "../archive/types.ts";
import { AskTogether, startOf } from "./ask-together.ts";
import { isSameKey, leafRanges } from "./leaf-ranges.ts";
import { type ComparedColumns, type ComparedPlace, type CutAnswer, MOST_LEAVES } from "./questions.ts";
import { noSense } from "./row-difference.ts";

/* Reading all rows of a table from a place, leaf by leaf, where nothing is compared. */

export interface ReadTableOptions {
  salt: string;
  /** About how much is read at once, bytes of row text. */
  leafBytes: number;
}

/** All rows of a table, as lines of an archive, those of a leaf at once. */
export async function* readTable(
  columns: ComparedColumns,
  source: ComparedPlace,
  { salt, leafBytes }: ReadTableOptions,
): AsyncGenerator<string[]> {
  const place = new AskTogether(source, salt);
  for await (const { after, ends } of cutTable(columns, place, leafBytes))
    for await (const { lines } of readLeaves(columns, place, leafRanges(after, ends))) yield lines;
}

/** Leaves that stand one behind the other, as they are told. */
export async function* cutTable(
  columns: ComparedColumns,
  place: AskTogether,
  leafBytes: number,
): AsyncGenerator<{ after: Key; ends: Key[] }> {
  let leaves = 0;
  for (let after: Key = null; ; ) {
    const { ends, more }: CutAnswer = await place.ask({ ask: "cut", ...columns, after, leafBytes });
    const end: Key | undefined = ends.at(-1);
    if (end === undefined || (end === null) === (more ?? false) || (more && isSameKey(end, after)))
      throw noSense(columns.table);
    leaves += ends.length;
    if (leaves > MOST_LEAVES) throw noSense(columns.table);
    yield { after, ends };
    if (!more) return;
    after = end;
  }
}

/** The rows of each range. */
export async function* readLeaves(
  columns: ComparedColumns,
  place: AskTogether,
  ranges: readonly Range[],
): AsyncGenerator<{ range: Range; lines: string[] }> {
  for (let next = 0; next < ranges.length; ) {
    const asked = startOf(
      ranges.slice(next).map(({ after, through }): [Key, Key, null] => [after, through, null]),
    );
    const answer = await place.ask({ ask: "rows", ...columns, ranges: asked, width: WIDTH });
    if (answer.ranges.length === 0 || answer.ranges.length > asked.length) throw noSense(columns.table);
    for (const { lines } of answer.ranges) yield { range: ranges[next++] as Range, lines };
  }
}

/** Nobody asks for buckets here. */
const WIDTH = 4;
