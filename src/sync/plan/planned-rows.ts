import type { Database, Statement } from "../../database/port.ts";
import { findTable, type LiveSchema, type LiveTable } from "../../database/schema.ts";
import { Params } from "../../database/sql/params.ts";
import { callNested } from "../../database/sql/syntax.ts";
import type { PlannedRow } from "../run/index.ts";
import { type ListedRows, readListedRows, type StagedCell, shapeSql } from "../stage/index.ts";
import { type EntryLists, leftRows, listsOf, tableTold } from "./entry-lists.ts";
import { compare, type Entry, type Place, readEntries, withMadeTables } from "./list-entries.ts";
import { isLong, type LongCells, type LongReference, plannedCell, readLongCells } from "./planned-cell.ts";
import { type PositionedRow, plannedRow } from "./planned-row.ts";
import { beforeRows, columnFlags, comparedCells, comparedColumns, OLD_ROW, sameKey } from "./planned-sql.ts";
import { readLeftRows } from "./undo/left-rows.ts";

export interface RowsAsked {
  /** Tables, in the order in which they are told. */
  tables: readonly string[];
  /** Where the page begins. @default at the first row */
  from?: Place | undefined;
  /** What the invocation may still do. @default anything */
  allows?: ((statements: number) => boolean) | undefined;
}

export interface RowsPage {
  rows: PlannedRow[];
  /** Where the next page begins; null behind the last row. */
  next: Place | null;
}

/** JSON of listed rows, bytes, from which a page ends. */
const PAGE_BYTES = 500_000;

/** Statements that some rows take: themselves, and cells that are staged by themselves. */
const PER_READ = 2;

/**
 * Rows of a run's plan as data: of each table those that are written, in key order, and behind them those that are
 * deleted. The run's lists alone are read: a plan says the same after its rows have moved. Last come those that an undo
 * leaves alone, as they are now.
 */
export async function readPlannedRows(
  database: Database,
  { schema: live, run }: { schema: LiveSchema; run: string },
  { tables, from, allows }: RowsAsked,
): Promise<RowsPage> {
  const entries = await readEntries(database, run, tables);
  const schema = withMadeTables(live, entries);
  const listed = await readListedRows(database, schema, { run, tables: [], rows: 0, bytes: 0 });
  return readPage({ database, schema, listed }, { entries, from, allows });
}

/**
 * The same, with what is known of the plan already; all of them, where they are no more than one page and one invocation take, else
 * null.
 */
export async function readAllPlannedRows(
  database: Database,
  { schema: live, listed }: Omit<Sources, "database">,
  { tables, allows }: Omit<RowsAsked, "from">,
): Promise<PlannedRow[] | null> {
  const entries = await readEntries(database, listed.writes.run, tables);
  const sources = { database, schema: withMadeTables(live, entries), listed };
  const { rows, next } = await readPage(sources, { entries, allows });
  return next === null ? rows : null;
}

/** The rows that a plan writes, table by table. */
export interface WrittenRowsReader {
  page(asked: { table: string } & Omit<PageAsked, "entries">): Promise<RowsPage>;
}

/** As `readPlannedRows`, with what is known of the plan already; one statement, and then those of the pages. */
export async function openWrittenRows(
  database: Database,
  { schema, listed }: Omit<Sources, "database">,
  tables: readonly string[],
): Promise<WrittenRowsReader> {
  const entries = await readEntries(database, listed.writes.run, tables);
  const written = entries.filter(({ list }) => list === "write");
  const sources = { database, schema, listed };
  return {
    page: ({ table, ...asked }) =>
      readPage(sources, { ...asked, entries: written.filter(({ name }) => name === table) }),
  };
}

interface PageAsked extends Pick<RowsAsked, "from" | "allows"> {
  entries: readonly Entry[];
  /** JSON of listed rows, bytes, from which it ends. @default 500,000 */
  bytes?: number | undefined;
}

async function readPage(
  sources: Sources,
  { entries, from, allows = () => true, bytes: most = PAGE_BYTES }: PageAsked,
): Promise<RowsPage> {
  const rows: PlannedRow[] = [];
  let bytes = 0;
  let begun = false;
  for (const entry of entries) {
    const place = from === undefined ? 1 : compare(entry, from);
    if (place < 0) continue;
    let next: number | null = place === 0 && from !== undefined ? from.row : 0;
    while (next !== null) {
      if (begun && (bytes >= most || !allows(PER_READ))) {
        const { table, list, seq, part } = entry;
        return { rows, next: { table, list, seq, part, row: next } };
      }
      begun = true;
      const read = await readEntry(sources, entry, { from: next, bytes: Math.min(most, PAGE_BYTES) });
      for (const row of read.rows) rows.push(row);
      bytes += read.bytes;
      next = read.next;
    }
  }
  return { rows, next: null };
}

interface Sources {
  database: Database;
  schema: LiveSchema;
  listed: ListedRows;
}

interface EntryRows {
  rows: PlannedRow[];
  bytes: number;
  /** The first of the entry's rows that was not read; null behind the last one. */
  next: number | null;
}

const NOTHING: EntryRows = { rows: [], bytes: 0, next: null };

/** A row as SQL hands it over: its place in its part, its JSON, the live row's, and in which columns the two differ. */
type Answered = [n: number, incoming: string | null, old: string | null, flags: string | null];

/** Some rows of an entry. */
interface EntryPiece {
  /** The first of them. */
  from: number;
  /** JSON, from which they end. */
  bytes: number;
}

async function readEntry(sources: Sources, entry: Entry, piece: EntryPiece): Promise<EntryRows> {
  const { database, schema, listed } = sources;
  const table = findTable(schema.tables, entry.name);
  const { list: why, name, seq, part } = entry;
  if (why === "edited" || why === "held") {
    // What is left alone is small, or somebody has edited much of what a run wrote: a part at once.
    return { ...(await readLeftRows(database, listed, { name, why, seq, part })), next: null };
  }
  const lists = listsOf(listed, entry);
  if (table === undefined || lists === null) return NOTHING;
  const answered = (await database.query(statementOf(lists, piece))) as Answered[];
  const taken = untilLong(answered);
  const long = await readLongCells(database, listed.writes.run, longIn(taken));
  const rows = taken.flatMap((row) => tell(row, { table: tableTold(table, lists), lists, long }) ?? []);
  const sizes = taken.map(([, incoming, old]) => (incoming?.length ?? 0) + (old?.length ?? 0));
  const bytes = sizes.reduce((sum, size) => sum + size, long.bytes);
  const next = (taken.at(-1)?.[0] ?? entry.rows) + 1;
  return { rows, bytes, next: next < entry.rows && entry.list !== "left" ? next : null };
}

/** The rows up to the first that has cells staged by themselves; that one alone, where it is the first. */
function untilLong(answered: Answered[]): Answered[] {
  const at = answered.findIndex((row) => longIn([row]).length > 0);
  return at < 0 ? answered : answered.slice(0, Math.max(1, at));
}

function longIn(rows: readonly Answered[]): LongReference[] {
  return rows.flatMap(([, ...texts]) =>
    texts.slice(0, 2).flatMap((text) => {
      if (text === null || !/\["[cd]","/.test(text)) return [];
      return cellsIn(text).flatMap((cell) => {
        const planned = plannedCell(cell);
        return isLong(planned) ? [planned] : [];
      });
    }),
  );
}

function cellsIn(text: string): StagedCell[] {
  return JSON.parse(text) as StagedCell[];
}

interface Telling {
  table: LiveTable;
  lists: EntryLists;
  long: LongCells;
}

function tell([, incoming, old, flags]: Answered, { table, lists, long }: Telling): PlannedRow | null {
  const positioned = (text: string | null, columns: readonly string[]): PositionedRow | null => {
    if (text === null) return null;
    const cells = cellsIn(text).map((cell) => {
      const planned = plannedCell(cell);
      return isLong(planned) ? long.cell(planned.id) : planned;
    });
    return { columns, cells: cells.slice(0, columns.length) };
  };
  const compared = lists.befores === undefined ? [] : comparedColumns(lists.befores);
  const differs = new Map(compared.map((name, i) => [name, flags?.[i] === "1"]));
  const before = positioned(old, lists.befores?.shapes[0]?.columns ?? []);
  if (lists.list === "left") return plannedRow(table, { is: "delete", incoming: null, old: before, differs });
  const own = positioned(incoming, lists.rows.shape.columns);
  if (lists.list === "delete") return plannedRow(table, { is: "delete", incoming: null, old: own, differs });
  return plannedRow(table, { is: old === null ? "insert" : "update", incoming: own, old: before, differs });
}

function statementOf(lists: EntryLists, piece: EntryPiece): Statement {
  const params = new Params();
  const sql = lists.list === "left" ? leftRows(lists, params) : listedRows(lists, { ...piece, params });
  return { sql, params: params.values };
}

type OwnRows = Exclude<EntryLists, { list: "left" }>;

function listedRows(
  { list, rows, befores }: OwnRows,
  { from, bytes, params }: EntryPiece & { params: Params },
): string {
  const sql = shapeSql(rows, params);
  const written = list === "write" && befores !== undefined ? { rows, befores } : null;
  const size = "octet_length(json(s.v))";
  const compared = written === null ? "" : comparedCells(written, sql.cell);
  const source = `(SELECT s.v AS v, s.n AS n, sum(${size}) OVER (ORDER BY s.n ROWS UNBOUNDED PRECEDING) - ${size} AS ahead${compared}
    FROM ${sql.from} WHERE s.n >= ${from} LIMIT -1) AS s`;
  const where = `WHERE s.ahead < ${bytes} ORDER BY s.n`;
  if (written === null)
    return `SELECT s.n AS n, json(s.v) AS v, NULL AS old, NULL AS flags FROM ${source} ${where}`;
  const flags = callNested("concat", columnFlags(written));
  return `SELECT s.n AS n, json(s.v) AS v, ${OLD_ROW} AS old, CASE WHEN ${OLD_ROW} IS NOT NULL THEN ${flags} END AS flags
    FROM ${source} LEFT JOIN ${beforeRows(written.befores, params)} ON ${sameKey(written)} ${where}`;
}
