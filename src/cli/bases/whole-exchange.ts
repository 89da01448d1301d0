import { openArchive } from "../../archive/reader.ts";
import { schemaTables } from "../../archive/schema-tables.ts";
import type { ByteSource, Cell, TableSchema } from "../../archive/types.ts";
import { affinityOf } from "../../database/affinity.ts";
import type { Description } from "../../diff/index.ts";
import { isSameTable } from "../../grants.ts";
import { foldCase } from "../../names.ts";
import type { Mode } from "../../sync/run/index.ts";
import type { BaseFile } from "./base-file.ts";
import { type BaseTable, idOf, keyCellsOf } from "./base-table.ts";
import type { RowChange } from "./kept-changes.ts";

/*
 * The exchange that a run is which sends everything. It is in the base before anything is sent, as one that is pending: so
 * whoever comes later asks what became of it, also where the answer was lost.
 */

/** How the source is made; asked for only where a table's key compares texts by a collation. */
export type DescribeSource = () => Promise<Description>;

export interface WholeArchive {
  archive: ByteSource;
  mode: Mode | undefined;
  /** The target's name. */
  target: string;
  /** The target had no rows when it was compared: what it has later was written since. @default false */
  toEmpty?: boolean | undefined;
  /** Tables of which the base is to learn nothing. @default none */
  leavesOut?: readonly string[] | undefined;
  describe: DescribeSource;
}

/** Makes the base what the archive holds, as an exchange that is pending, and answers its number. */
export async function writeWholeArchive(base: BaseFile, whole: WholeArchive): Promise<number> {
  let n = 0;
  await base.atOnce(async () => {
    n = await write(base, whole);
  });
  return n;
}

async function write(
  base: BaseFile,
  { archive: source, mode, target, toEmpty = false, leavesOut = [], describe }: WholeArchive,
): Promise<number> {
  const archive = await openArchive(source);
  const n = base.exchanges.begin(target);
  // What the base knows of other rows stays, where the target keeps them.
  const keepsOthers = mode !== "mirror" && !toEmpty;
  const tables = new Map<string, WholeTable>();
  for (const schema of schemaTables(archive.header.schema)) {
    if (leavesOut.some((name) => isSameTable(name, schema.name))) continue;
    const known = await baseTable(schema, describe);
    const made = known === null ? null : base.make(known);
    if (made !== null) tables.set(schema.name, new WholeTable(base, { n, keepsOthers, ...made }));
    // Nothing is known of it from now on.
    else if (!keepsOthers) base.forget(schema.name);
  }
  for await (const { entry, text } of archive.readFrames())
    if (text !== "") await tables.get(entry.table)?.add(text.split(",\n"));
  for (const table of tables.values()) await table.end();
  if (toEmpty) base.wasEmpty(n, [...tables.keys()]);
  return n;
}

/** The rows of a table, in the order of its keys: those that were known are kept until the exchange is done. */
class WholeTable {
  readonly #base: BaseFile;
  readonly #n: number;
  readonly #table: BaseTable;
  readonly #isNew: boolean;
  readonly #keepsOthers: boolean;
  /** Of its rows, where it has to be known which they are. */
  readonly #ids: Set<string> | null;
  /** The last key. */
  #after: Cell[] | null = null;

  constructor(
    base: BaseFile,
    { n, table, isNew, keepsOthers }: { n: number; table: BaseTable; isNew: boolean; keepsOthers: boolean },
  ) {
    this.#base = base;
    this.#n = n;
    this.#table = table;
    this.#isNew = isNew;
    this.#keepsOthers = keepsOthers;
    this.#ids = keepsOthers && base.hasUnknown(table) ? new Set() : null;
    if (isNew) base.writeWhole(n, table, []);
  }

  async add(lines: readonly string[]): Promise<void> {
    if (this.#isNew) return this.#base.writeWhole(this.#n, this.#table, lines);
    const table = this.#table;
    const keyOf = (line: string) => keyCellsOf(table, line);
    const through = keyOf(lines.at(-1) as string);
    const there = await this.#base.readIn(table, { after: this.#after, through });
    const earlier = new Map(there.map((line) => [idOf(table, keyOf(line)), line]));
    const rows = lines.map((after): RowChange => {
      const key = keyOf(after);
      const id = idOf(table, key);
      const before = earlier.get(id) ?? null;
      earlier.delete(id);
      this.#ids?.add(id);
      return { key, before, after };
    });
    const gone = this.#keepsOthers ? [] : [...earlier.values()];
    for (const before of gone) rows.push({ key: keyOf(before), before, after: null });
    this.#base.writeRows(this.#n, table, rows);
    this.#after = through;
  }

  async end(): Promise<void> {
    if (this.#isNew) return;
    this.#base.knows(this.#n, this.#table.name, (id) => this.#ids?.has(id) ?? true);
    if (this.#keepsOthers) return;
    const left = await this.#base.keysIn(this.#table, { after: this.#after, through: null });
    const gone = left.map((key) => ({ key, line: null }));
    await this.#base.write(this.#n, this.#table, gone);
  }
}

export const tellsRowsApart = ({ fts5, key }: TableSchema): boolean =>
  fts5 === undefined ? key.kind === "primary" : fts5 === true;

/** Null for a table whose rows no key tells apart. */
async function baseTable(schema: TableSchema, describe: DescribeSource): Promise<BaseTable | null> {
  if (!tellsRowsApart(schema)) return null;
  const { name, strict } = schema;
  const columns = schema.columns
    .filter(({ generated }) => generated === null)
    .map((column) => ({ name: column.name, affinity: affinityOf(column.type, { strict }) }));
  const key = schema.key.columns;
  const hidden = key.filter((column) => !columns.some((one) => foldCase(one.name) === foldCase(column)));
  const all = [...hidden.map((column) => ({ name: column, affinity: "integer" as const })), ...columns];
  let collations = key.map(() => "BINARY");
  if (/\bCOLLATE\b/i.test(schema.sql)) {
    // An app may tell nobody but those who may read.
    const described = await describe().catch(() => null);
    const found = described?.tables.find((table) => table.name === name)?.key ?? null;
    if (found === null) return null;
    ({ collations } = found);
  }
  return { name, columns: all, key: { columns: key, collations } };
}
