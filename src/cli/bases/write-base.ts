import {
  type AnySide,
  type ComparedColumns,
  type ComparedPlace,
  comparePlaces,
  keyOf,
  type RememberedPlace,
  readTable,
  type TablePair,
} from "../../diff/index.ts";
import type { BaseFile, BaseRowChange } from "./base-file.ts";
import { type BaseTable, baseTableOf, collationsOf } from "./base-table.ts";
import { idInAll, rowId, type ThreeWay } from "./three-way.ts";

export interface ExchangedRows {
  /** The source as it was compared with the target. */
  source: RememberedPlace;
  /** The base's tables as they were before. */
  earlier: Pick<ComparedPlace, "ask">;
  /** Who cut a table into leaves. @default the source */
  cutBy: ((pair: TablePair) => AnySide) | undefined;
  /** Those of which the target had all rows as the base has them: with what differed they are as the source has them. */
  asEarlier: ReadonlySet<string>;
  pairs: readonly TablePair[];
  salt: string;
  /** As they were compared, bytes. */
  leafBytes: number;
  threeWay: ThreeWay;
  /** The target's name. */
  target: string;
  /** It is read as of one moment, and that costs nothing: tables of which no base is known get one, however large. */
  isFile: boolean;
  /** The target keeps nothing of a run: whether it was applied is told by its rows. */
  keepsNoRuns: boolean;
}

/** Rows that are written at once. */
const ROWS_AT_ONCE = 1000;

/**
 * Makes the base what the source had when it was compared, as an exchange that is pending, and answers its number. Of
 * rows that differed nothing is asked again; rows that were equal in both places are asked for where the base has others.
 */
export async function writeBase(base: BaseFile, exchanged: ExchangedRows): Promise<number> {
  const n = base.exchanges.begin(exchanged.target);
  const written = new Map<string, WrittenTable>();
  const { undecided } = exchanged.threeWay;
  for (const pair of exchanged.pairs.filter(({ compared }) => compared !== null)) {
    // Of rows that differ and were not decided nothing is learnt: all others are equal in both places, or become so.
    base.knows(n, pair.name, (id) => !undecided.has(idInAll(pair.name, id)));
    const mayBeEmpty = exchanged.isFile || isSmall(pair);
    if (base.find(pair) === null && !mayBeEmpty) continue;
    const made = base.make(baseTableOf(pair), { mayBeEmpty });
    if (made === null) continue;
    const own = new WrittenTable(base, { n, ...made });
    for (const row of exchanged.threeWay.changes.get(pair.name) ?? []) await own.add(row);
    await own.flush();
    written.set(pair.name, own);
  }
  await fillNewTables(written, exchanged);
  await writeEqualRows(base, written, exchanged);
  if (exchanged.keepsNoRuns)
    for (const { table, rows } of exchanged.threeWay.expected.rows()) base.noteWritten(n, table, rows);
  return n;
}

/** All of its leaves were told at once, 25 MB: reading it takes no longer than a push that sends everything. */
const isSmall = ({ left: { leaves } }: TablePair): boolean => leaves !== undefined && leaves.more !== true;

/** Of tables of which nothing was known, all rows of the source. */
async function fillNewTables(
  written: ReadonlyMap<string, WrittenTable>,
  { source, pairs, salt, leafBytes, threeWay }: ExchangedRows,
): Promise<void> {
  for (const pair of pairs) {
    const own = written.get(pair.name);
    if (own?.isNew !== true || pair.compared === null) continue;
    const collations = collationsOf(pair);
    const isUndecided = (line: string) =>
      threeWay.undecided.has(rowId(pair.name, keyOf(pair.compared as ComparedColumns, line), collations));
    for await (const lines of readTable(pair.compared, source, { salt, leafBytes })) {
      const known = threeWay.undecided.size === 0 ? lines : lines.filter((line) => !isUndecided(line));
      for (const line of known) await own.add({ key: [], line });
    }
    await own.flush();
  }
}

async function writeEqualRows(
  base: BaseFile,
  written: ReadonlyMap<string, WrittenTable>,
  { source, earlier, cutBy, asEarlier, pairs, salt, leafBytes, threeWay, isFile }: ExchangedRows,
): Promise<void> {
  const collations = new Map(pairs.map((pair) => [pair.name, collationsOf(pair)]));
  const before = new Map<string, BaseRowChange[]>();
  const isNew = (table: string) => written.get(table)?.isNew === true;
  const tables = comparable(base, pairs, written).filter((table) => !asEarlier.has(table));
  const known = tables.filter((table) => !isNew(table));
  const own = base.place(known, leafBytes);
  const place: ComparedPlace = {
    describe: (asked) => own.describe(asked),
    ask: (questions, salted) => earlier.ask(questions, salted),
  };
  if (known.length > 0)
    await comparePlaces(source, place, {
      salt,
      // In the same leaves, of which the source has told the hashes.
      cutBy: cutBy && ((pair) => (cutBy(pair) === "left" ? "left" : "right")),
      async onRow({ table, key, left, right }) {
        if (threeWay.undecided.has(rowId(table, key, collations.get(table) ?? []))) return;
        if (!isFile) keep(before, table, { key, line: right });
        await written.get(table)?.add({ key, line: left });
      },
    });
  for (const table of known) await written.get(table)?.flush();
  const readLater = isFile ? [] : tables.filter((table) => before.has(table) || isNew(table));
  if (readLater.length === 0) return;
  // An app's row may have been written since it was compared: then it was not exchanged.
  for (const table of await source.findDiffering(readLater, place, salt)) {
    if (isNew(table)) base.forget(table);
    for (const row of before.get(table) ?? []) await written.get(table)?.add(row);
    if (!isNew(table)) await written.get(table)?.flush();
  }
}

/** The tables of which the base has the columns that were compared: what is remembered of the source is of those. */
function comparable(
  base: BaseFile,
  pairs: readonly TablePair[],
  written: ReadonlyMap<string, WrittenTable>,
): string[] {
  return pairs.flatMap((pair) => {
    const columns = base.find(pair)?.columns.map(({ name }) => name);
    const same = JSON.stringify(columns) === JSON.stringify(pair.compared?.columns);
    return same && written.has(pair.name) ? [pair.name] : [];
  });
}

function keep(rows: Map<string, BaseRowChange[]>, table: string, row: BaseRowChange): void {
  const own = rows.get(table);
  if (own === undefined) rows.set(table, [row]);
  else own.push(row);
}

/** Writes rows of a table, many at once. */
class WrittenTable {
  readonly #base: BaseFile;
  readonly #n: number;
  readonly #table: BaseTable;
  readonly isNew: boolean;
  #waiting: BaseRowChange[] = [];

  constructor(base: BaseFile, { n, table, isNew }: { n: number; table: BaseTable; isNew: boolean }) {
    this.#base = base;
    this.#n = n;
    this.#table = table;
    this.isNew = isNew;
  }

  async add(row: BaseRowChange): Promise<void> {
    this.#waiting.push(row);
    if (this.#waiting.length >= ROWS_AT_ONCE) await this.flush();
  }

  async flush(): Promise<void> {
    const rows = this.#waiting;
    this.#waiting = [];
    if (!this.isNew) return this.#base.write(this.#n, this.#table, rows);
    const lines = rows.flatMap(({ line }) => (line === null ? [] : [line]));
    this.#base.writeWhole(this.#n, this.#table, lines);
  }
}
