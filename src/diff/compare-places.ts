import { bytesToBase64 } from "../archive/cells.ts";
import type { TableSchema } from "../archive/types.ts";
import { AskTogether, LongKeys } from "./ask-together.ts";
import { type AnySide, type ComparedTable, compareTable } from "./compare-table.ts";
import { comparedAsWhole, compareWhole, type WholeDifference } from "./compare-whole.ts";
import { emptyLeafHash } from "./leaf-digests.ts";
import { type PairedTables, pairTables, type TablePair, type Unmatched } from "./pair-tables.ts";
import type { ComparedColumns, ComparedPlace, Description } from "./questions.ts";
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
  /** Tables that no key allows to compare row by row; none unless `whole` is asked for. */
  whole: WholeDifference[];
  /** What holds something in one place, and has no counterpart in the other. */
  unmatched: Unmatched[];
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
  /** Compares tables whose rows no key tells apart as a whole, by their rowids. @default false */
  whole?: boolean | undefined;
  /** Tables that are compared at the same time. @default 8 */
  atOnce?: number | undefined;
  /**
   * A place that has the rows of this table that the right one had some time ago: it is asked instead of that one about
   * those that are still the same. @default none
   */
  earlierRight?: ((pair: TablePair) => ComparedPlace | null) | undefined;
  /** Who cuts a table into leaves. @default the left place, together with saying how it is made */
  cutBy?: ((pair: TablePair) => AnySide) | undefined;
  /** Whether rows of a table are counted and not told that only the right place has, and has had. @default all are told */
  passesOver?: ((pair: TablePair) => boolean) | undefined;
  /** Called with each table of which the right place still has all rows that it had then. */
  onAsEarlier?: ((table: string) => void) | undefined;
  /** Part of every hash: the same where answers of one comparison serve another. @default a new one */
  salt?: string | undefined;
}

/** Compares the tables that two places share. Writes nothing anywhere. */
export async function comparePlaces(
  left: ComparedPlace,
  right: ComparedPlace,
  options: ComparePlacesOptions = {},
): Promise<ComparedPlaces> {
  const { atOnce = 8, salt = newSalt() } = options;
  const { described, paired } = await describeBoth(left, right, options);
  const { pairs, differences, unmatched } = paired;
  await options.onPaired?.(paired);
  const places = { left: new AskTogether(left, salt), right: new AskTogether(right, salt) };
  const comparison = new TablesComparison(places, { described, salt, options });
  const comparable = pairs.filter((pair): pair is ComparablePair => pair.compared !== null);
  const waiting = [...comparable];
  const work = async () => {
    for (let pair = waiting.shift(); pair !== undefined; pair = waiting.shift())
      await comparison.compare(pair);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work));
  const whole = new Map<string, WholeDifference>();
  for (const { name, columns } of options.whole ? tablesAsWhole(pairs) : [])
    whole.set(name, await comparison.compareWhole(columns));
  const { found, tooLong } = comparison;
  const compared = comparable.filter(({ name }) => !tooLong.has(name));
  return {
    schema: differences,
    tables: compared.map(({ name }) => found.get(name) as TableDifference),
    compared: compared.map((pair) => pair.compared),
    whole: [...whole.values()],
    unmatched,
    notCompared: pairs.flatMap(({ name, compared: columns, why = "" }) => {
      if (tooLong.has(name)) return [{ table: name, why: "its keys are too long" }];
      return columns === null && !whole.has(name) ? [{ table: name, why }] : [];
    }),
    notes: [...new Set(described.flatMap(({ notes }) => notes))],
  };
}

/** Those that cannot be compared row by row, and can be as a whole. */
function tablesAsWhole(pairs: readonly TablePair[]): { name: string; columns: ComparedColumns }[] {
  return pairs.flatMap((pair) => {
    const columns = pair.compared === null ? comparedAsWhole(pair) : null;
    return columns === null ? [] : [{ name: pair.name, columns }];
  });
}

type BothDescribed = [left: Description, right: Description];

/** Asks both how they are made; the left place once more, and for its leaves, where it turns out to cut a table. */
async function describeBoth(
  left: ComparedPlace,
  right: ComparedPlace,
  { cutBy, schemas = false }: Pick<ComparePlacesOptions, "cutBy" | "schemas">,
): Promise<{ described: BothDescribed; paired: PairedTables }> {
  const [one, two] = await Promise.all([
    left.describe({ schemas, leaves: cutBy === undefined }),
    right.describe({ schemas }),
  ]);
  const paired = pairTables(one, two);
  const isCutLeft = (pair: TablePair) =>
    pair.compared !== null && pair.left.hasRows && cutBy?.(pair) === "left";
  if (!paired.pairs.some(isCutLeft)) return { described: [one, two], paired };
  const withLeaves = await left.describe({ schemas, leaves: true });
  return { described: [withLeaves, two], paired: pairTables(withLeaves, two) };
}

interface TablesComparisonOptions {
  described: BothDescribed;
  salt: string;
  options: ComparePlacesOptions;
}

/** What is found in the tables of two places, one after the other or several at once. */
class TablesComparison {
  readonly found = new Map<string, TableDifference>();
  /** Tables whose keys are too long to be asked about. */
  readonly tooLong = new Set<string>();
  readonly #places: { left: AskTogether; right: AskTogether };
  readonly #options: TablesComparisonOptions;
  readonly #earlier = new Map<ComparedPlace, AskTogether>();
  /** By table: what was read of it so far. */
  readonly #read = new Map<string, RowCounts>();

  constructor(places: { left: AskTogether; right: AskTogether }, options: TablesComparisonOptions) {
    this.#places = places;
    this.#options = options;
  }

  async compare(pair: ComparablePair): Promise<void> {
    const { name } = pair;
    const { described, options, salt } = this.#options;
    const tally = emptyTally(name);
    this.found.set(name, tally);
    const leafBytes = this.#leafBytes;
    const isPartial = options.filter?.filters(name) ?? false;
    const passesOver = options.passesOver?.(pair) ?? false;
    try {
      const { asEarlier, ...counts } = await compareTable(pair, {
        ...this.#places,
        earlierRight: this.#earlierRight(pair),
        leafBytes,
        emptyLeaf: passesOver ? await emptyLeafHash(salt) : undefined,
        onSchema: options.onSchema,
        cutBy: options.cutBy?.(pair),
        leaves: leafBytes === described[0].leafBytes ? pair.left.leaves : undefined,
        onRow: (row) => this.#onRow(tally, row, isPartial),
        onProgress: (read) => this.#onProgress(name, read),
      });
      if (asEarlier) options.onAsEarlier?.(name);
      const unchanged = isPartial ? null : counts.left - tally.deleted - tally.changed;
      Object.assign(tally, counts, { unchanged });
      if (passesOver) tally.added = Math.max(tally.added, counts.right - (counts.left - tally.deleted));
    } catch (error) {
      if (!(error instanceof LongKeys)) throw error;
      this.tooLong.add(name);
    }
  }

  compareWhole(columns: ComparedColumns): Promise<WholeDifference> {
    return compareWhole(columns, {
      ...this.#places,
      leafBytes: this.#leafBytes,
      onProgress: (read) => this.#onProgress(columns.table, read),
    });
  }

  get #leafBytes(): number {
    return Math.min(...this.#options.described.map((one) => one.leafBytes));
  }

  #earlierRight(pair: TablePair): AskTogether | undefined {
    const { salt, options } = this.#options;
    const place = options.earlierRight?.(pair) ?? null;
    if (place === null) return undefined;
    const known = this.#earlier.get(place) ?? new AskTogether(place, salt);
    this.#earlier.set(place, known);
    return known;
  }

  #onRow(tally: TableDifference, row: RowDifference, isPartial: boolean): void | Promise<void> {
    const { filter, onRow } = this.#options.options;
    if (isPartial && !filter?.isTold(row)) {
      tally.others = (tally.others ?? 0) + 1;
      return;
    }
    count(tally, row);
    return onRow?.(row);
  }

  #onProgress(table: string, { left, right }: RowCounts): void {
    this.#read.set(table, { left, right });
    this.#options.options.onProgress?.(sumOf(this.#read.values()));
  }
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
