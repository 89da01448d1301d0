import type { Cell, Key, Row } from "../archive/types.ts";
import { FerryError } from "../errors.ts";
import { keyOf } from "./answer-questions.ts";
import { type AskTogether, bodyBytes } from "./ask-together.ts";
import type { TablePair } from "./pair-tables.ts";
import { type ComparedColumns, type HashedLeaf, type MatchAnswer, SHORT_HASH } from "./questions.ts";
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
}

export interface CompareOptions {
  left: AskTogether;
  right: AskTogether;
  /** About how long leaves are, bytes of row text. */
  leafBytes: number;
  /** Called with differing rows, in the order of their keys but for a few that stand near each other. */
  onRow(row: RowDifference): void | Promise<void>;
  /** Called with what was read on the left and on the right, rows. */
  onProgress?: ((counts: ComparedTable) => void) | undefined;
}

/** Compares a table row by row. Each row that is the same in both places is read once in each. */
export async function compareTable(
  { left: { key }, compared }: TablePair & { compared: ComparedColumns },
  { left, right, leafBytes, onRow, onProgress }: CompareOptions,
): Promise<ComparedTable> {
  const counts: ComparedTable = { left: 0, right: 0 };
  const collations = key?.collations ?? [];
  let after: Key = null;
  let cutting = left.ask({ ask: "cut", ...compared, after, leafBytes });
  for (;;) {
    const cut = await cutting;
    counts.left += cut.rows;
    const end: Key = cut.leaves.at(-1)?.[0] ?? null;
    const makesSense = cut.leaves.length > 0 && (end === null) === (cut.more === undefined);
    if (!makesSense || (end !== null && isSameKey(end, after))) throw noSense(compared.table);
    // The left place reads on while the right one compares.
    if (end !== null) {
      cutting = left.ask({ ask: "cut", ...compared, after: end, leafBytes });
      cutting.catch(() => undefined);
    }
    for await (const differing of matchLeaves(compared, { after, leaves: cut.leaves, right, counts })) {
      for (const row of await rowsOf(compared, { differing, collations, left, right })) await onRow(row);
      onProgress?.(counts);
    }
    onProgress?.(counts);
    if (end === null) return counts;
    after = end;
  }
}

/** A leaf of which the places hold other rows, cut by the right one. */
interface DifferingLeaf {
  after: Key;
  finer: [through: Key, hash: string][];
}

interface Matching {
  after: Key;
  leaves: HashedLeaf[];
  right: AskTogether;
  counts: ComparedTable;
}

async function* matchLeaves(
  compared: ComparedColumns,
  { after: begin, leaves: all, right, counts }: Matching,
): AsyncGenerator<DifferingLeaf[]> {
  let after = begin;
  let leaves = all;
  while (leaves.length > 0) {
    const answer: MatchAnswer = await right.ask({ ask: "match", ...compared, after, leaves });
    const { differ, more } = answer;
    const last = differ.at(-1);
    if (!isPossible(answer, leaves.length)) throw noSense(compared.table);
    counts.right += answer.rows;
    yield differ.map(({ leaf, finer }) => ({ after: leaf === 0 ? after : leafEnd(leaves, leaf - 1), finer }));
    if (more && last !== undefined) {
      // The rest of a leaf that is known to differ.
      const reached = last.finer.at(-1)?.[0] ?? null;
      if (reached === null || isSameKey(reached, after)) throw noSense(compared.table);
      after = reached;
      leaves = [[leafEnd(leaves, last.leaf), null], ...leaves.slice(answer.leaves)];
    } else {
      after = leafEnd(leaves, answer.leaves - 1);
      leaves = leaves.slice(answer.leaves);
    }
  }
}

const isSameKey = (one: Key, other: Key): boolean => JSON.stringify(one) === JSON.stringify(other);

const leafEnd = (leaves: readonly HashedLeaf[], index: number): Key => (leaves[index] as HashedLeaf)[0];

function isPossible({ differ, leaves, more }: MatchAnswer, asked: number): boolean {
  const last = differ.at(-1);
  if (leaves < 1 || leaves > asked || (more && last?.leaf !== leaves - 1)) return false;
  return differ.every(
    ({ leaf, finer }, i) =>
      leaf < leaves && finer.length > 0 && (i === 0 || leaf > (differ[i - 1]?.leaf ?? 0)),
  );
}

interface Differing {
  differing: DifferingLeaf[];
  collations: readonly string[];
  left: AskTogether;
  right: AskTogether;
}

type AskedRange = [after: Key, through: Key, except: string];

async function rowsOf(
  compared: ComparedColumns,
  { differing, collations, left, right }: Differing,
): Promise<RowDifference[]> {
  if (differing.length === 0) return [];
  const answers = await Promise.all(
    differing.map(({ after, finer }) => left.ask({ ask: "hashes", ...compared, after, leaves: finer })),
  );
  const ranges = differing.flatMap(({ after, finer }, i) => {
    const hashes = answers[i]?.leaves ?? [];
    if (hashes.length !== finer.length) throw noSense(compared.table);
    return finer.flatMap(([through], n): AskedRange[] => {
      const own = hashes[n];
      return own == null ? [] : [[n === 0 ? after : (finer[n - 1] as [Key, string])[0], through, own]];
    });
  });
  const theirs = await askRows(compared, right, ranges);
  const mine = await askRows(
    compared,
    left,
    ranges.map(([after, through, own], i) => [after, through, without(own, theirs[i]?.missing ?? [])]),
  );
  return ranges.flatMap((_, i) =>
    pairRows(compared, collations, { left: mine[i]?.lines ?? [], right: theirs[i]?.lines ?? [] }),
  );
}

async function askRows(compared: ComparedColumns, place: AskTogether, ranges: readonly AskedRange[]) {
  const found: { lines: string[]; missing: number[] }[] = [];
  while (found.length < ranges.length) {
    const asked = startOf(ranges.slice(found.length));
    const answer = await place.ask({ ask: "rows", ...compared, ranges: asked });
    if (answer.ranges.length === 0 || answer.ranges.length > asked.length) throw noSense(compared.table);
    found.push(...answer.ranges);
  }
  return found;
}

/** Bytes of a question's ranges, about: what asks has to fit a request's body. */
const QUESTION_BYTES = 20_000;

/** As many of the ranges as one question takes; the first in any case. */
function startOf(ranges: readonly AskedRange[]): AskedRange[] {
  let bytes = 0;
  const end = ranges.findIndex((range, i) => {
    bytes += bodyBytes(range);
    return i > 0 && bytes > QUESTION_BYTES;
  });
  return end < 0 ? [...ranges] : ranges.slice(0, end);
}

/** The hashes but those at these positions. */
function without(hashes: string, positions: readonly number[]): string {
  const left = new Set(positions);
  let kept = "";
  for (let i = 0; i * SHORT_HASH < hashes.length; i++)
    if (!left.has(i)) kept += hashes.slice(i * SHORT_HASH, (i + 1) * SHORT_HASH);
  return kept;
}

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
    const key = keyOf(compared, line);
    if (key.every((cell) => cell !== undefined)) return key;
  } catch {
    // Said below.
  }
  throw noSense(compared.table);
}

/** How many cells differ in two lines of one row. */
export function differingColumns(left: string, right: string): string[] {
  const [one, two] = [JSON.parse(left) as Row, JSON.parse(right) as Row];
  return Object.keys(one).filter((name) => JSON.stringify(one[name]) !== JSON.stringify(two[name]));
}

function noSense(table: string): FerryError {
  return new FerryError("UNREACHABLE", `What was answered about the rows of "${table}" makes no sense`, {
    hint: "Look whether the app runs this version of d1-ferry.",
    details: { table },
  });
}
