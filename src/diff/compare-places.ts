import { bytesToBase64 } from "../archive/cells.ts";
import type { TableSchema } from "../archive/types.ts";
import { AskTogether, LongKeys } from "./ask-together.ts";
import { type AnySide, type ComparedTable, compareTable } from "./compare-table.ts";
import { type PairedTables, pairTables, type TablePair } from "./pair-tables.ts";
import type { ComparedColumns, ComparedPlace } from "./questions.ts";
import { differingColumns, type RowDifference } from "./row-difference.ts";

/** What one table's comparison found. */
export interface TableDifference {
  table: string;
  /** Rows of each place. */
  left: number;
  right: number;
  /** Rows that only the right place has, that only the left one has, and that both have with other cells. */
  added: number;
  deleted: number;
  changed: number;
  /** Rows that differ and were not told; absent where none are. */
  others?: number;
  /** Null where only some of the differing rows were told. */
  unchanged: number | null;
  /** Cells of the changed rows that differ. */
  cells: number;
}

export interface ComparedPlaces {
  schema: PairedTables["differences"];
  tables: TableDifference[];
  /** By which columns their rows were compared. */
  compared: readonly ComparedColumns[];
  /** Tables whose rows cannot be told apart. */
  notCompared: { table: string; why: string }[];
  notes: string[];
}

/** Tells some of the differing rows. */
export interface RowFilter {
  /** False for a table of which all differing rows are told. */
  filters(table: string): boolean;
  isTold(row: RowDifference): boolean;
}

export interface ComparePlacesOptions {
  /** Called with what there is to compare, before any row is read. Nothing is compared where it rejects. */
  onPaired?: ((paired: PairedTables) => void | Promise<void>) | undefined;
  /** Which differing rows are told and counted. @default all */
  filter?: RowFilter | undefined;
  /** Called with each differing row. */
  onRow?: ((row: RowDifference) => void | Promise<void>) | undefined;
  /** Called with how the left place's table is made, before the rows of one in which some may differ. */
  onSchema?: ((schema: TableSchema) => void) | undefined;
  /** Called now and then with rows read, of all tables. */
  onProgress?: ((counts: RowCounts) => void) | undefined;
  /** Compares also how tables, indexes, triggers and views are made. @default false */
  schemas?: boolean | undefined;
  /** Tables that are compared at the same time. @default 8 */
  atOnce?: number | undefined;
  /**
   * A place that has the rows of this table that the right one had some time ago: it is asked instead of that one about
   * those that are still the same. @default none
   */
  earlierRight?: ((pair: TablePair) => ComparedPlace | null) | undefined;
  /** Who cuts a table into leaves. @default the left place, together with saying how it is made */
  cutBy?: ((pair: TablePair) => AnySide) | undefined;
  /** Called with each table of which the right place still has all rows that it had then. */
  onAsEarlier?: ((table: string) => void) | undefined;
  /** Part of every hash: the same where answers of one comparison serve another. @default a new one */
  salt?: string | undefined;
}

/** Compares the tables that two places share. Writes nothing anywhere. */
export async function comparePlaces(
  left: ComparedPlace,
  right: ComparedPlace,
  {
    onPaired,
    filter,
    onRow,
    onSchema,
    onProgress,
    earlierRight,
    cutBy,
    onAsEarlier,
    schemas = false,
    atOnce = 8,
    salt = newSalt(),
  }: ComparePlacesOptions = {},
): Promise<ComparedPlaces> {
  let [one, two] = await Promise.all([
    left.describe({ schemas, leaves: cutBy === undefined }),
    right.describe({ schemas }),
  ]);
  let paired = pairTables(one, two);
  const isCutHere = (pair: TablePair) =>
    pair.compared !== null && pair.left.hasRows && cutBy?.(pair) === "left";
  if (paired.pairs.some(isCutHere)) {
    one = await left.describe({ schemas, leaves: true });
    paired = pairTables(one, two);
  }
  const { pairs, differences } = paired;
  await onPaired?.(paired);
  const sides = { left: new AskTogether(left, salt), right: new AskTogether(right, salt) };
  const asked = new Map<ComparedPlace, AskTogether>();
  const earlierOf = (place: ComparedPlace) => {
    const known = asked.get(place) ?? new AskTogether(place, salt);
    asked.set(place, known);
    return known;
  };
  const comparable = pairs.filter((pair): pair is ComparablePair => pair.compared !== null);
  const found = new Map<string, TableDifference>();
  const read = new Map<string, RowCounts>();
  const waiting = [...comparable];
  const tooLong = new Set<string>();
  const work = async () => {
    for (let pair = waiting.shift(); pair !== undefined; pair = waiting.shift()) {
      const { name } = pair;
      const tally = emptyTally(name);
      found.set(name, tally);
      const leafBytes = Math.min(one.leafBytes, two.leafBytes);
      const earlier = earlierRight?.(pair) ?? null;
      const isPartial = filter?.filters(name) ?? false;
      const options = {
        ...sides,
        ...(earlier === null ? {} : { earlierRight: earlierOf(earlier) }),
        leafBytes,
        onSchema,
        cutBy: cutBy?.(pair),
        leaves: leafBytes === one.leafBytes ? pair.left.leaves : undefined,
        onRow(row: RowDifference) {
          if (isPartial && !filter?.isTold(row)) {
            tally.others = (tally.others ?? 0) + 1;
            return;
          }
          count(tally, row);
          return onRow?.(row);
        },
        onProgress(counts: RowCounts) {
          read.set(name, { ...counts });
          onProgress?.(sumOf(read.values()));
        },
      };
      try {
        const { asEarlier: same, ...counts } = await compareTable(pair, options);
        if (same) onAsEarlier?.(name);
        const unchanged = isPartial ? null : counts.left - tally.deleted - tally.changed;
        Object.assign(tally, counts, { unchanged });
      } catch (error) {
        if (!(error instanceof LongKeys)) throw error;
        tooLong.add(name);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work));
  const compared = comparable.filter(({ name }) => !tooLong.has(name));
  return {
    schema: differences,
    tables: compared.map(({ name }) => found.get(name) as TableDifference),
    compared: compared.map((pair) => pair.compared),
    notCompared: pairs.flatMap(({ name, compared: columns, why = "" }) => {
      if (tooLong.has(name)) return [{ table: name, why: "its keys are too long" }];
      return columns === null ? [{ table: name, why }] : [];
    }),
    notes: [...new Set([...one.notes, ...two.notes])],
  };
}

export const newSalt = (): string => bytesToBase64(crypto.getRandomValues(new Uint8Array(12)));

/** Rows of each place. */
type RowCounts = Pick<ComparedTable, "left" | "right">;

type ComparablePair = TablePair & { compared: ComparedColumns };

function emptyTally(table: string): TableDifference {
  return { table, left: 0, right: 0, added: 0, deleted: 0, changed: 0, unchanged: 0, cells: 0 };
}

function count(tally: TableDifference, { left, right }: RowDifference): void {
  if (left === null) tally.added++;
  else if (right === null) tally.deleted++;
  else {
    tally.changed++;
    tally.cells += differingColumns(left, right).length;
  }
}

function sumOf(counts: Iterable<RowCounts>): RowCounts {
  const sum = { left: 0, right: 0 };
  for (const { left, right } of counts) {
    sum.left += left;
    sum.right += right;
  }
  return sum;
}
