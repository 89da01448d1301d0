import { bytesToBase64 } from "../../archive/base64.ts";
import { SHORT_LENGTH, shortenedRow } from "../../archive/short-cell.ts";
import type { Cell, ShortCell } from "../../archive/types.ts";
import type { Database } from "../../database/port.ts";
import { findTable, type LiveSchema, type LiveTable } from "../../database/schema.ts";
import type { Params } from "../../database/sql/params.ts";
import { evaluate, packScalars, type Scalar } from "../../database/sql/scalars.ts";
import { callNested, joinBalanced } from "../../database/sql/syntax.ts";
import type { Plan, PlanDetail, SampleRow, WrittenKind } from "../run/index.ts";
import { incomingRows, type ListedRows, readListedRows, type StagedCell, shapeSql } from "../stage/index.ts";
import { type EntryLists, leftRows, listsOf, tableTold } from "./entry-lists.ts";
import { type Entry, readEntries, withMadeTables } from "./list-entries.ts";
import { fromHex, isLong, plannedCell } from "./planned-cell.ts";
import { plannedRow } from "./planned-row.ts";
import { beforeRows, columnFlags, comparedColumns, comparedRows, OLD_ROW, sameKey } from "./planned-sql.ts";
import { PER_LEFT_PART, readLeftRows } from "./undo/left-rows.ts";

export interface DetailAsked {
  /** Tables in the order in which they are told. */
  tables: readonly string[];
  /** Whether rows are told, or only counts. */
  samples: boolean;
  /** What the invocation may still do. @default anything */
  allows?: ((statements: number) => boolean) | undefined;
}

/** Rows of a kind and table, tables, and bytes of all samples. */
const MOST = { rows: 3, tables: 20, bytes: 64_000 } as const;

/** Bytes of listed rows whose cells are counted. */
const COUNTED_BYTES = 32_000_000;

/** Statements that read the lists. */
const READ_LISTS = 2;

/** What a run's plan does, in a few words a table. Empty where the invocation may not ask any more. */
export async function readPlanDetails(
  database: Database,
  { schema: live, run }: { schema: LiveSchema; run: string },
  { tables, samples, allows = () => true }: DetailAsked,
): Promise<Map<string, PlanDetail>> {
  if (!allows(READ_LISTS)) return new Map();
  const entries = await readEntries(database, run, tables);
  const schema = withMadeTables(live, entries);
  const listed = await readListedRows(database, schema, { run, tables: [], rows: 0, bytes: 0 });
  const questions = [...cellCounts(listed), ...(samples ? sampleQuestions(schema, listed, entries) : [])];
  const scalars = questions.map(({ scalar }) => scalar);
  if (!allows(packScalars(scalars).length)) return new Map();
  const { values } = await evaluate(database, scalars);
  const details = new Map<string, PlanDetail>(tables.map((name) => [name, {}]));
  for (const [i, { table, take }] of questions.entries()) take(details.get(table) ?? {}, values[i]);
  if (samples) await sampleLeft(database, { listed, entries, details, allows });
  return withinBytes(details);
}

interface LeftSamples {
  listed: ListedRows;
  entries: readonly Entry[];
  details: Map<string, PlanDetail>;
  allows(statements: number): boolean;
}

/** Adds some of the rows that an undo leaves alone, of each table those of one part. */
async function sampleLeft(
  database: Database,
  { listed, entries, details, allows }: LeftSamples,
): Promise<void> {
  for (const [name, detail] of [...details].slice(0, MOST.tables)) {
    for (const why of ["edited", "held"] as const) {
      const entry = entries.find((one) => one.name === name && one.list === why);
      if (entry === undefined || !allows(PER_LEFT_PART)) continue;
      const { rows } = await readLeftRows(database, listed, { ...entry, why });
      const shown = rows.slice(0, MOST.rows).map(({ key, row, ...one }): SampleRow => {
        return { ...one, key: shortenedRow(key), row: shortenedRow(row) };
      });
      detail.samples ??= { insert: [], update: [], delete: [] };
      detail.samples.left = [...(detail.samples.left ?? []), ...shown];
    }
  }
}

/** The same plan, with what is told of its tables. */
export function withDetails(plan: Plan, details: ReadonlyMap<string, PlanDetail>): Plan {
  const tables = Object.entries(plan.tables).map(([name, table]) => [
    name,
    { ...table, ...details.get(name) },
  ]);
  return { ...plan, tables: Object.fromEntries(tables) as Plan["tables"] };
}

/** What is asked of a table, and where the answer goes. */
interface Question {
  table: string;
  scalar: Scalar;
  take(detail: PlanDetail, value: unknown): void;
}

/** Samples of later tables are left out where there are too many bytes of them. */
function withinBytes(details: Map<string, PlanDetail>): Map<string, PlanDetail> {
  let bytes = 0;
  for (const detail of details.values()) {
    bytes += JSON.stringify(detail.samples ?? null).length;
    if (bytes > MOST.bytes) delete detail.samples;
  }
  return details;
}

function cellCounts({ writes, befores }: ListedRows): Question[] {
  const updates = incomingRows(writes.tables).flatMap((rows) => {
    const before = befores.find(({ table }) => table.name === rows.staged.table.name);
    return before === undefined || (rows.shape.updates ?? 0) === 0 ? [] : [{ rows, befores: before }];
  });
  if (updates.reduce((sum, { rows }) => sum + rows.shape.bytes, 0) > COUNTED_BYTES) return [];
  return updates.map((written) => ({
    table: written.rows.staged.table.name,
    scalar: (params) =>
      `SELECT ifnull(sum(differing), 0) FROM (SELECT ${joinBalanced(columnFlags(written), "+")} AS differing
        FROM ${comparedRows(written, params)} CROSS JOIN ${beforeRows(written.befores, params)} ON ${sameKey(written)} LIMIT -1)`,
    take(detail, value) {
      detail.cells = (detail.cells ?? 0) + Number(value);
    },
  }));
}

function sampleQuestions(schema: LiveSchema, listed: ListedRows, entries: readonly Entry[]): Question[] {
  const names = [...new Set(entries.map(({ name }) => name))].slice(0, MOST.tables);
  return names.flatMap((name) => {
    const table = findTable(schema.tables, name);
    const own = entries.filter((entry) => entry.name === name);
    if (table === undefined) return [];
    return (["insert", "update", "delete"] as const).flatMap((is) =>
      fewEntries(own, is).flatMap((entry) => sampleQuestion({ table, is }, listed, entry)),
    );
  });
}

/** As many parts as have rows enough of a kind, and three at the most. */
function fewEntries(entries: readonly Entry[], is: WrittenKind): Entry[] {
  const few: Entry[] = [];
  let rows = 0;
  for (const entry of entries) {
    const found = rowsOfKind(entry, is);
    if (found === 0 || rows >= MOST.rows || few.length === MOST.rows) continue;
    few.push(entry);
    rows += found;
  }
  return few;
}

/** Rows of a kind in a part, about. */
function rowsOfKind({ list, rows, updates, before }: Entry, is: WrittenKind): number {
  if (list === "edited" || list === "held") return 0;
  if (is === "delete") return list === "write" ? 0 : rows;
  if (list !== "write") return 0;
  // Of a table that is written anew only a comparison says which are which.
  if (before !== null && before.seq < 0) return 1;
  return is === "update" ? updates : rows - updates;
}

function sampleQuestion(
  { table, is }: { table: LiveTable; is: WrittenKind },
  listed: ListedRows,
  entry: Entry,
): Question[] {
  const lists = listsOf(listed, entry);
  if (lists === null) return [];
  return [
    {
      table: table.name,
      scalar: (params) =>
        `SELECT json_group_array(json_array(json(v), json(old), flags)) FROM (${fewRows(lists, { is, params })} LIMIT ${MOST.rows})`,
      take(detail, value) {
        detail.samples ??= { insert: [], update: [], delete: [] };
        const told = detail.samples[is];
        for (const row of JSON.parse(value as string) as ShortRow[]) {
          const sample = shortRow(row, { table: tableTold(table, lists), is, lists });
          if (sample !== null && told.length < MOST.rows) told.push(sample);
        }
      },
    },
  ];
}

/** Some rows of a kind, shortened. */
function fewRows(lists: EntryLists, { is, params }: { is: WrittenKind; params: Params }): string {
  if (lists.list === "left")
    return `SELECT NULL AS v, ${short("old")} AS old, NULL AS flags FROM (${leftRows(lists, params)})`;
  const { rows, befores } = lists;
  if (lists.list === "delete" || befores === undefined)
    return `SELECT ${short("s.v")} AS v, NULL AS old, NULL AS flags FROM ${shapeSql(rows, params).from}`;
  const written = { rows, befores };
  const flags = callNested("concat", columnFlags(written));
  const joined = `${comparedRows(written, params)} LEFT JOIN ${beforeRows(befores, params)} ON ${sameKey(written)}`;
  if (is === "insert")
    return `SELECT ${short("s.v")} AS v, NULL AS old, NULL AS flags FROM ${joined} WHERE ${OLD_ROW} IS NULL`;
  return `SELECT ${short("v")} AS v, ${short("old")} AS old, flags FROM (SELECT s.v AS v, ${OLD_ROW} AS old, ${flags} AS flags FROM ${joined}
    WHERE ${OLD_ROW} IS NOT NULL LIMIT -1) WHERE flags LIKE '%1%'`;
}

/** Characters of a cell. */
const LENGTH = SHORT_LENGTH;

/** Hex digits of a blob's beginning: 60 bytes, which are 80 characters in base64. */
const HEX_LENGTH = 120;

/** A staged row in SQL, with the beginnings of its long cells: [code, beginning, bytes]. */
function short(row: string): string {
  const text = "e.value ->> 1";
  return `(SELECT json_group_array(json(CASE
    WHEN e.type = 'text' AND (length(e.value) > ${LENGTH} OR octet_length(e.value) > ${LENGTH * 4}) THEN json_array('~', substr(e.value, 1, ${LENGTH}), octet_length(e.value))
    WHEN e.type = 'array' AND (e.value ->> 0) IN ('x', 't') AND octet_length(${text}) > ${HEX_LENGTH}
    THEN json_array('~' || (e.value ->> 0), substr(${text}, 1, ${HEX_LENGTH}), octet_length(${text}) / 2)
    ELSE ${row} -> e.key END)) FROM json_each(${row}) AS e)`;
}

type ShortStaged = StagedCell | ["~" | "~x" | "~t", string, number];

type ShortRow = [incoming: ShortStaged[] | null, old: ShortStaged[] | null, flags: string | null];

function shortRow(
  [incoming, old, flags]: ShortRow,
  { table, is, lists }: { table: LiveTable; is: WrittenKind; lists: EntryLists },
): SampleRow | null {
  const positioned = (row: ShortStaged[] | null, columns: readonly string[]) =>
    row === null ? null : { columns, cells: row.slice(0, columns.length).map(shortCell) };
  const before = positioned(old, lists.befores?.shapes[0]?.columns ?? []);
  const own = lists.list === "left" ? null : positioned(incoming, lists.rows.shape.columns);
  const compared = lists.befores === undefined ? [] : comparedColumns(lists.befores);
  const differs = new Map(compared.map((name, i) => [name, flags?.[i] === "1"]));
  const gone = is === "delete";
  return plannedRow(table, {
    is,
    incoming: gone ? null : own,
    old: gone ? (own ?? before) : before,
    differs,
  });
}

function shortCell(staged: ShortStaged): Cell | ShortCell | undefined {
  if (Array.isArray(staged) && staged.length === 3) {
    const [code, start, bytes] = staged;
    if (code === "~x") return { start: bytesToBase64(fromHex(start)), of: "blob", bytes };
    return { start: code === "~" ? start : new TextDecoder().decode(fromHex(start)), of: "text", bytes };
  }
  const cell = plannedCell(staged as StagedCell);
  return isLong(cell) ? { start: "", of: cell.is, bytes: null } : cell;
}
