import { affinityOf } from "../../database/affinity.ts";
import type { Database } from "../../database/port.ts";
import {
  findTable,
  isKnownByRowid,
  type JsonEach,
  type LiveSchema,
  type LiveTable,
} from "../../database/schema.ts";
import { FRAMES } from "../run/index.ts";

/** The columns of a staged frame's rows, by position. Frames of one table may differ: a plain document's rows do. */
export interface Shape {
  /** The live table's columns. */
  columns: string[];
  /** True when rows may lack some of the columns. @default false */
  ragged?: boolean;
  /** Set where the rows are keys without a row, and `columns` those of the key. */
  gone?: true;
  /** Set where the rows are those of some keys, and nothing is said of others. */
  keyed?: true;
  /** Set where the rows are what a run made, as far as it wrote them: nothing is to become so. */
  made?: true;
  /** Beside `made`: the rows got their keys as they were written, and those are above this rowid, in digits; null for any. */
  keyless?: { above: string | null };
  /** Set where the run whose before-images these are deleted the rows. */
  deleted?: true;
  /** Of a list that is one of several: which. */
  of?: number;
  /** Set where behind the columns stands the hash of the row that was there before, null for none. */
  was?: true;
}

/**
 * A list of rows that the plan made: staged rows that the run writes, live rows as they were that it updates,
 * and those that it deletes. Of an undo also the keys alone of rows that it deletes, of those that it leaves
 * because somebody has edited them or a constraint holds them; and of those that are chosen for rows which were added
 * without keys, and that it has taken away by an earlier plan.
 */
export type List = LiveList | "write" | KeyList;

/** A list of live rows as they were. */
export type LiveList = "before" | "delete";

export type KeyList = "gone" | "edited" | "held" | "chosen" | "taken";

export interface StagedShape extends Shape {
  /** As `_ferry_frames.shape` has it. */
  text: string;
  /** Which list's rows these are. @default none: all that is staged */
  list?: List;
  /** Of a list of rows to write: how many have a live row of their key. */
  updates?: number;
  rows: number;
  bytes: number;
  /** Which codes some rows have at a position. */
  codes: ReadonlyMap<number, string>;
  each: JsonEach;
  /** True for rows without a key that are added where the table lacks them. @default false */
  appends?: boolean;
  /** Narrows the shape to some staged parts. */
  slice?: Slice;
  /** Narrows the shape to the rows up to this one, in the order they are staged. */
  through?: { seq: number; part: number; row: number };
}

/** A staged part's place in its run. */
export interface PartPlace {
  seq: number;
  part: number;
}

/** The parts from one to another, both included, in the order they are staged. */
export interface Slice {
  from: PartPlace;
  through: PartPlace;
}

/** What a run has waiting for one table. */
export interface StagedTable {
  run: string;
  table: LiveTable;
  shapes: StagedShape[];
  rows: number;
  /** The shapes of the keys that are to have no row, as an archive of keyed frames names them. */
  gone: StagedShape[];
  goneKeys: number;
  /** Set where only these keys are spoken of: a mirror deletes no other live row. @default false: all of the table comes in */
  keyed?: true;
  /** The shapes of what a run made of rows whose before-images these are. @default none */
  made?: StagedShape[];
  /** All shapes of the table, where its own are narrowed to a part of them. */
  whole?: Pick<StagedTable, "shapes" | "gone">;
}

/** The rows that wait for one table and have one shape. */
export interface IncomingRows {
  staged: StagedTable;
  shape: StagedShape;
}

export interface Staged {
  run: string;
  tables: StagedTable[];
  rows: number;
  /** Bytes of staged rows. */
  bytes: number;
  /** Names of tables that the target no longer has: somebody has dropped them behind the apply. @default none */
  dropped?: string[];
}

/** What a run has staged, one statement. Tables in the order of their first frame. */
export async function readStaged(database: Database, schema: LiveSchema, run: string): Promise<Staged> {
  const rows = await database.query({
    sql: `SELECT tbl, shape, sum(row_count), sum(bytes), group_concat(DISTINCT codes) FROM ${FRAMES}
      WHERE run = ?1 GROUP BY tbl, shape ORDER BY min(seq), min(part)`,
    params: [run],
  });
  const tables = new Map<string, StagedTable>();
  const dropped = new Set<string>();
  let bytes = 0;
  for (const [name, text, count, size, codes] of rows as [string, string, number, number, string][]) {
    const table = findTable(schema.tables, name);
    if (table === undefined) {
      dropped.add(name);
      continue;
    }
    const staged = tables.get(name) ?? { run, table, shapes: [], rows: 0, gone: [], goneKeys: 0 };
    const shape: StagedShape = {
      ...(JSON.parse(text) as Shape),
      text,
      rows: count,
      bytes: size,
      codes: readCodes(codes),
      each: schema.each,
    };
    if (shape.keyed) staged.keyed = true;
    if (shape.made) staged.made = [...(staged.made ?? []), shape];
    else {
      if (count > 0) (shape.gone ? staged.gone : staged.shapes).push(shape);
      staged[shape.gone ? "goneKeys" : "rows"] += count;
    }
    bytes += size;
    tables.set(name, staged);
  }
  const list = [...tables.values()];
  const all = list.reduce((sum, staged) => sum + staged.rows, 0);
  return { run, tables: list, rows: all, bytes, dropped: [...dropped] };
}

/** "3x 3i 7x" → 3: "xi", 7: "x". */
export function readCodes(text: string): Map<number, string> {
  const codes = new Map<number, string>();
  for (const [, position, code] of text.matchAll(/(\d+)([a-z])/g)) {
    const known = codes.get(Number(position)) ?? "";
    if (!known.includes(code as string)) codes.set(Number(position), known + code);
  }
  return codes;
}

/** A shape of these columns, whose cells may have the codes that they have in some shapes. */
export function withColumns(
  columns: readonly string[],
  shape: StagedShape,
  ...others: readonly StagedShape[]
): StagedShape {
  const codes = columns.flatMap((name, at): [number, string][] => {
    const own = [shape, ...others].map((one) => one.codes.get(one.columns.indexOf(name)) ?? "").join("");
    return own === "" ? [] : [[at, own]];
  });
  return { ...shape, columns: [...columns], codes: new Map(codes) };
}

/** All rows that wait for some tables. */
export function incomingRows(tables: readonly StagedTable[]): IncomingRows[] {
  return tables.flatMap((staged) => staged.shapes.map((shape) => ({ staged, shape })));
}

/** All keys of some tables that are to have no row. */
export function goneKeys(tables: readonly StagedTable[]): IncomingRows[] {
  return tables.flatMap((staged) => staged.gone.map((shape) => ({ staged, shape })));
}

/** Terms that D1 takes in a SELECT or a GROUP BY, but for two. */
const MOST_TERMS = 98;

/** The same, with the rows of tables that have no key as rows to append. Tables too wide to compare stay as they are. */
export function appendKeyless({ tables, ...staged }: Staged): Staged {
  return { ...staged, tables: tables.map((table) => (mayAppend(table) ? withAppends(table) : table)) };
}

function mayAppend({ table }: StagedTable): boolean {
  const keyless = isKnownByRowid(table) && table.columns.every(({ primaryKey }) => primaryKey === 0);
  return keyless && isComparable(table);
}

/** True where SQL can tell by all that rows hold which of them are equal. */
export function isComparable(table: LiveTable): boolean {
  const untyped = table.columns.filter(({ type }) => affinityOf(type, table) === "none").length;
  return table.columns.length + untyped <= MOST_TERMS;
}

function withAppends(table: StagedTable): StagedTable {
  return { ...table, shapes: table.shapes.map((shape) => ({ ...shape, appends: true })) };
}

/** True when the rows have the table's key, and are known by it. */
export function hasKey({ staged, shape }: IncomingRows): boolean {
  if (shape.appends === true) return false;
  return staged.table.key.columns.every((name) => shape.columns.includes(name));
}
