import type { Database } from "../../database/port.ts";
import { findTable, type LiveSchema, type LiveTable } from "../../database/schema.ts";
import { CHANGES } from "../run/index.ts";
import type { PartPlace } from "../stage/index.ts";

/**
 * What is told of a table, in this order: "left" are rows of a table that is written anew, and that do not come in again;
 * "edited" and "held" are rows that an undo leaves alone.
 */
const TOLD = ["write", "left", "delete", "edited", "held"] as const;

/** A part of a list: some rows of one table. */
export interface Entry extends PartPlace {
  /** The table's place among those that are told. */
  table: number;
  name: string;
  list: (typeof TOLD)[number];
  shape: string;
  rows: number;
  /** How many of them have a live row. */
  updates: number;
  /** Where the live rows are listed that it is written over; null where there are none. */
  before: PartPlace | null;
}

/** A row in a plan: where a page of it begins. */
export interface Place extends Pick<Entry, "table" | "list" | "seq" | "part"> {
  row: number;
}

/** The parts of a run's lists, table by table in the order of `tables`; one statement. */
export async function readEntries(
  database: Database,
  run: string,
  tables: readonly string[],
): Promise<Entry[]> {
  const parts = (await database.query({
    sql: `SELECT list, tbl, seq, part, min(shape), sum(row_count), sum(updates) FROM ${CHANGES} WHERE run = ?1 AND list IN ('write', 'before', 'delete', 'edited', 'held')
      GROUP BY list, tbl, seq, part ORDER BY seq, part`,
    params: [run],
  })) as [
    list: string,
    table: string,
    seq: number,
    part: number,
    shape: string,
    rows: number,
    updates: number,
  ][];
  const entries = parts.flatMap(([list, name, seq, part, shape, rows, updates]): Entry[] => {
    const table = tables.indexOf(name);
    if (table < 0) return [];
    const own = { table, name, seq, part, shape, rows, updates };
    // All of a table that is written anew is listed ahead of the first frame.
    if (list === "before") return seq < 0 ? [{ ...own, list: "left", before: { seq, part } }] : [];
    if (list === "delete" || list === "edited" || list === "held") return [{ ...own, list, before: null }];
    const befores = parts.filter(([other, of]) => other === "before" && of === name);
    const [cleared] = befores.filter(([, , at]) => at < 0);
    const next = befores.find(([, , at, of]) => at > seq || (at === seq && of >= part));
    const found = cleared ?? (updates === 0 ? undefined : next);
    return [
      { ...own, list: "write", before: found === undefined ? null : { seq: found[2], part: found[3] } },
    ];
  });
  return entries.sort(compare);
}

/** Below 0 where the one is told ahead of the other. */
export function compare(one: Omit<Place, "row">, other: Omit<Place, "row">): number {
  return (
    one.table - other.table ||
    TOLD.indexOf(one.list) - TOLD.indexOf(other.list) ||
    one.seq - other.seq ||
    one.part - other.part
  );
}

/** A place as text, such as "0.write.12.0.345"; the other way, null for any other text. */
export function writePlace({ table, list, seq, part, row }: Place): string {
  return [table, list, seq, part, row].join(".");
}

export function readPlace(text: string): Place | null {
  const [, table, list, seq, part, row] =
    /^(\d{1,9})\.(write|left|delete|edited|held)\.(-?\d{1,15})\.(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (list === undefined) return null;
  return {
    table: Number(table),
    list: list as Entry["list"],
    seq: Number(seq),
    part: Number(part),
    row: Number(row),
  };
}

/** The schema with tables that the run makes, as far as the listed rows tell them. */
export function withMadeTables(schema: LiveSchema, entries: readonly Entry[]): LiveSchema {
  const tables = new Map(schema.tables);
  for (const { name, shape } of entries) {
    if (findTable(schema.tables, name) !== undefined) continue;
    const { columns } = JSON.parse(shape) as { columns: string[] };
    const known = tables.get(name)?.columns.map((column) => column.name) ?? [];
    tables.set(name, madeTable(name, [...new Set([...known, ...columns])]));
  }
  return { ...schema, tables };
}

/** Names of a rowid that stands behind the columns. */
const ROWIDS: ReadonlySet<string> = new Set(["rowid", "_rowid_", "oid"]);

function madeTable(name: string, columns: readonly string[]): LiveTable {
  const column = { type: "", notNull: false, default: null, primaryKey: 0, generated: null };
  return {
    type: "table",
    kind: "table",
    name,
    sql: "",
    columns: columns.filter((one) => !ROWIDS.has(one)).map((one) => ({ ...column, name: one })),
    key: { kind: "rowid", columns: [] },
    strict: false,
    withoutRowid: false,
    autoincrement: false,
    rowidAlias: null,
    uniqueIndexes: [],
    indexCount: 0,
    foreignKeys: [],
  };
}
