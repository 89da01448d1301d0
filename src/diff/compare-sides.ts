import type { Cell, Key } from "../archive/types.ts";
import type { Budget } from "../budget.ts";
import { isSameTable } from "../grants.ts";
import { type CompareKeys, keyOrder } from "./key-order.ts";
import {
  type DifferingRow,
  type MergeCounts,
  type Merged,
  mergeSources,
  NO_COUNTS,
  OutOfOrder,
  type RowSource,
} from "./merge-sources.ts";
import { pairTables, type TablePair } from "./pair-tables.ts";
import type { ComparedColumns, Description } from "./questions.ts";
import type { SourceOptions } from "./row-sources.ts";
import type { SchemaDifference } from "./schema-differences.ts";

/*
 * Comparing an archive with another one, or with a live table, where no command is at hand that both could answer: within
 * one process, a request after the other. Tables that say by their hashes that they hold the same are not read.
 */

/** An archive, or a database, as what is compared. */
export interface Side {
  description: Description;
  /** Of a table: a word that equal rows have in common; null where only reading them would tell. */
  contentOf(table: string): string | null;
  /** How many rows a table has; null where only counting them would tell. */
  rowsIn(table: string): number | null;
  source(table: string, options: Omit<SourceOptions, "budget"> & { order: CompareKeys }): RowSource;
}

/** Where a comparison goes on: in a table, behind a key. */
export interface ComparisonPlace {
  table: string;
  after: Key;
  counts: MergeCounts;
}

/** What was found of a table so far. */
export interface SideDifference extends Omit<MergeCounts, "left" | "right"> {
  table: string;
  /** How it was found out: by the hashes that both archives have of it, or by reading its rows. */
  by: "hash" | "rows";
  /** Rows of each side; null where they are not counted yet. */
  left: number | null;
  right: number | null;
  unchanged: number;
  /** There is more to read. */
  unfinished: boolean;
}

export interface ComparedSides {
  tables: SideDifference[];
  /** Tables whose rows cannot be told apart, or are not in the order of their keys. */
  notCompared: { table: string; why: string; left: number | null; right: number | null }[];
  schema: SchemaDifference[];
  /** Null once everything is compared. */
  next: ComparisonPlace | null;
}

export interface CompareSidesOptions {
  /** Where an earlier call stopped. @default the beginning */
  from?: ComparisonPlace | undefined;
  /** Reads the rows also of tables whose hashes are the same. @default false */
  everyRow?: boolean | undefined;
  budget: Pick<Budget, "allows">;
  /** Bytes of rows that are about to be read at once. */
  readBytes: number;
  onRow(table: ComparedColumns, row: DifferingRow): void;
}

/** Compares as much as the budget allows, something in any case. Writes nothing. Tables that were told by an earlier call are not told again. */
export async function compareSides(
  left: Side,
  right: Side,
  options: CompareSidesOptions,
): Promise<ComparedSides> {
  const { from, everyRow = false } = options;
  const { pairs, differences } = pairTables(left.description, right.description);
  const sides = { left, right };
  const compared: ComparedSides = { tables: [], notCompared: [], schema: differences, next: null };
  const waiting: ReadablePair[] = [];
  for (const pair of pairs) {
    const same = everyRow ? null : sameContent(pair, sides);
    const readable = readablePair(pair);
    if (same !== null) compared.tables.push(same);
    else if (typeof readable !== "string") waiting.push(readable);
    else compared.notCompared.push({ table: pair.name, why: readable, ...rowsOf(pair, sides) });
  }
  if (from === undefined) await compareWaiting(waiting, compared, { ...options, sides });
  else {
    const at = waiting.findIndex(({ name }) => isSameTable(name, from.table));
    // These were told by the first call.
    Object.assign(compared, { tables: [], notCompared: [], schema: [] });
    await compareWaiting(at < 0 ? [] : waiting.slice(at), compared, { ...options, sides });
  }
  return compared;
}

interface Sides {
  left: Side;
  right: Side;
}

interface ReadablePair extends TablePair {
  compared: ComparedColumns;
  order: CompareKeys;
}

/** A pair whose rows can be merged, or why they cannot be. */
function readablePair(pair: TablePair): ReadablePair | string {
  if (pair.compared === null) return pair.why ?? "its rows cannot be told apart";
  const order = keyOrder(pair.left.key?.collations ?? []);
  return order === null
    ? "its key compares texts in a way of its own"
    : { ...pair, compared: pair.compared, order };
}

/** What is known of tables that say of themselves that they hold the same. */
function sameContent(
  { name, left: mine, right: theirs }: TablePair,
  { left, right }: Sides,
): SideDifference | null {
  const own = left.contentOf(mine.name);
  if (own === null || own !== right.contentOf(theirs.name)) return null;
  const rows = left.rowsIn(mine.name) ?? 0;
  const { left: _l, right: _r, ...none } = NO_COUNTS;
  return { table: name, by: "hash", ...none, left: rows, right: rows, unchanged: rows, unfinished: false };
}

function rowsOf(
  { left: mine, right: theirs }: TablePair,
  { left, right }: Sides,
): { left: number | null; right: number | null } {
  return { left: left.rowsIn(mine.name), right: right.rowsIn(theirs.name) };
}

/** Statements and calls that a table takes at the least. */
const CALLS = 4;

async function compareWaiting(
  waiting: readonly ReadablePair[],
  compared: ComparedSides,
  options: CompareSidesOptions & { sides: Sides },
): Promise<void> {
  const { budget, readBytes, from, sides } = options;
  for (const [i, pair] of waiting.entries()) {
    const start = i === 0 && from !== undefined ? from : { table: pair.name, after: null, counts: NO_COUNTS };
    if (i > 0 && !budget.allows(CALLS, readBytes)) {
      compared.next = { ...start, counts: { ...NO_COUNTS } };
      return;
    }
    const merged = await merge(pair, start, options);
    const why = merged === null ? "its rows do not stand in the order of their key" : whyNotResumed(merged);
    if (merged === null || why !== null) {
      compared.notCompared.push({ table: pair.name, why: why as string, ...rowsOf(pair, sides) });
      continue;
    }
    const counts = addCounts(start.counts, merged.counts);
    const { stoppedAt } = merged;
    const unfinished = stoppedAt !== null;
    compared.tables.push(tell(pair, counts, { unfinished, known: rowsOf(pair, sides) }));
    if (unfinished) {
      compared.next = { table: pair.name, after: stoppedAt, counts };
      return;
    }
  }
}

/** Characters of a key, as JSON, that whoever goes on behind it has to send. */
const LONGEST_KEY = 4000;

function whyNotResumed({ stoppedAt }: Merged): string | null {
  if (stoppedAt === null || JSON.stringify(stoppedAt).length <= LONGEST_KEY) return null;
  return "it takes more than one request, and its keys are too long to go on behind one";
}

function tell(
  { name }: TablePair,
  { left, right, ...counts }: MergeCounts,
  { unfinished, known }: { unfinished: boolean; known: { left: number | null; right: number | null } },
): SideDifference {
  return {
    table: name,
    by: "rows",
    ...counts,
    left: unfinished ? known.left : left,
    right: unfinished ? known.right : right,
    unchanged: left - counts.deleted - counts.changed,
    unfinished,
  };
}

/** Null where a side's rows are not in order. */
async function merge(
  { compared, left: mine, right: theirs, order }: ReadablePair,
  { after }: Pick<ComparisonPlace, "after">,
  { sides, budget, readBytes, onRow }: CompareSidesOptions & { sides: Sides },
): Promise<Merged | null> {
  const nameIn = (columns: readonly { name: string }[], name: string) =>
    columns.find((column) => isSameTable(column.name, name))?.name ?? name;
  const columns = compared.columns.map((name) => [name, nameIn(theirs.columns, name)] as const);
  const left = sides.left.source(mine.name, { key: mine.key?.columns ?? [], after, order });
  const right = sides.right.source(theirs.name, { key: theirs.key?.columns ?? [], after, order });
  try {
    return await mergeSources({
      left,
      right,
      order,
      columns,
      mayRead: () => budget.allows(CALLS, readBytes),
      onRow: (row) => onRow(compared, row),
    });
  } catch (error) {
    if (error instanceof OutOfOrder) return null;
    throw error;
  } finally {
    await Promise.all([left.return?.(), right.return?.()]);
  }
}

function addCounts(one: MergeCounts, two: MergeCounts): MergeCounts {
  return {
    left: one.left + two.left,
    right: one.right + two.right,
    added: one.added + two.added,
    deleted: one.deleted + two.deleted,
    changed: one.changed + two.changed,
    cells: one.cells + two.cells,
  };
}

/** The cells of a key by its columns' names. */
export function keyCells({ key: columns }: ComparedColumns, key: readonly Cell[]): Record<string, Cell> {
  return Object.fromEntries(columns.map((name, i) => [name, key[i] ?? null]));
}
