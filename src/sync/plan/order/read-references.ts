import { affinityOf } from "../../../database/affinity.ts";
import type { Database, Statement } from "../../../database/port.ts";
import type { ForeignKey } from "../../../database/schema.ts";
import { Params } from "../../../database/sql/params.ts";
import { pointToKey, type ReferencesAsked, selectKeyRanges, selectReferences } from "../../compare/index.ts";
import {
  cutSlices,
  type IncomingRows,
  incomingRows,
  narrowTable,
  type PartPlace,
  type StagedPart,
  type StagedTable,
  shapeSql,
} from "../../stage/index.ts";
import type { References } from "./row-order.ts";

export interface TableToOrder {
  /** The rows to write. */
  staged: StagedTable;
  /** Foreign keys of the table to itself. */
  keys: readonly ForeignKey[];
  /** The run makes the table. */
  made: boolean;
}

/** Its listed rows, numbered in the order in which they are written. */
export interface NumberedRows extends TableToOrder {
  parts: readonly StagedPart[];
  /** The number of each part's first row. */
  starts: readonly number[];
  rows: number;
  /** What one statement looks at. */
  slices: readonly RowSlice[];
  /** Where a part is among the parts. */
  indexOf(place: PartPlace): number;
}

export interface RowSlice {
  rows: IncomingRows;
  /** Its first part, and the one behind its last. */
  first: number;
  behind: number;
}

/** Rows that one statement opens on either side: about half a second of SQLite's time. */
const SLICE_ROWS = 200_000;

const SLICE_BYTES = 64_000_000;

/** `parts` in the order in which they are written. */
export function numberRows(
  table: TableToOrder,
  parts: readonly StagedPart[],
  sliceBytes = SLICE_BYTES,
): NumberedRows {
  const starts: number[] = [];
  let rows = 0;
  for (const part of parts) {
    starts.push(rows);
    rows += part.rows;
  }
  const places = new Map(parts.map((part, i) => [placeOf(part), i]));
  const indexOf = (place: PartPlace) => places.get(placeOf(place)) as number;
  const slices = cutSlices(parts, { bytes: sliceBytes, rows: () => SLICE_ROWS }).map((slice): RowSlice => {
    const [own] = incomingRows([narrowTable(table.staged, slice)]);
    return { rows: own as IncomingRows, first: indexOf(slice.from), behind: indexOf(slice.through) + 1 };
  });
  return { ...table, parts, starts, rows, slices, indexOf };
}

function placeOf({ seq, part }: PartPlace): string {
  return `${seq}.${part}`;
}

/** True where it is worth asking whether the rows stand in the order of their keys. */
export function mayAskForKeyOrder({ staged: { table }, keys, slices }: NumberedRows): boolean {
  const [name] = table.key.columns;
  const column = table.columns.find((one) => one.name === name);
  if (column === undefined || affinityOf(column.type, table) !== "integer") return false;
  return pointToKey(table, keys) && slices.every(({ rows }) => rows.shape.columns.includes(column.name));
}

/** True where keys are integers, rows stand in their order, and none points ahead: a statement for each slice finds out. */
export async function inKeyOrder(database: Database, { keys, slices }: NumberedRows): Promise<boolean> {
  let last = -Infinity;
  for (const { rows } of slices) {
    const ranges = await database.query(selectKeyRanges(rows, keys));
    for (const [, , least, largest, others] of ranges as number[][]) {
      if (others !== 0 || !Number.isSafeInteger(least) || !Number.isSafeInteger(largest)) return false;
      if ((least as number) <= last) return false;
      last = largest as number;
    }
  }
  return true;
}

/** The statements that find out whether a row points to one behind it. Null where none of theirs can. */
export function forwardStatements(numbered: NumberedRows): (Statement | null)[] {
  const { slices } = numbered;
  return slices.flatMap((children, i) =>
    slices
      .slice(i)
      .flatMap((parents, more) =>
        askForPair(numbered, { children, parents }, more === 0 ? "forward" : "all"),
      ),
  );
}

/** Those that find all. */
export function referenceStatements(numbered: NumberedRows): Statement[] {
  const { slices } = numbered;
  return slices
    .flatMap((children) => slices.flatMap((parents) => askForPair(numbered, { children, parents })))
    .filter((statement) => statement !== null);
}

function askForPair(
  { keys, made }: NumberedRows,
  { children, parents }: { children: RowSlice; parents: RowSlice },
  any?: ReferencesAsked["any"],
): (Statement | null)[] {
  return keys.map((key) =>
    selectReferences({ children: children.rows, parents: parents.rows, key, made, any }),
  );
}

export async function readReferences(
  database: Database,
  numbered: NumberedRows,
  statements: readonly Statement[],
): Promise<References> {
  const { starts, indexOf } = numbered;
  const [from, to]: [number[], number[]] = [[], []];
  const numberOf = (place: PartPlace, n: number) => (starts[indexOf(place)] as number) + n;
  for (const statement of statements) {
    const found = (await database.query(statement)) as [seq: number, part: number, references: string][];
    for (const [seq, part, references] of found) {
      for (const reference of references.split(",")) {
        const [n, parentSeq, parentPart, parent] = reference.split(" ").map(Number) as [
          number,
          number,
          number,
          number,
        ];
        from.push(numberOf({ seq, part }, n));
        to.push(numberOf({ seq: parentSeq, part: parentPart }, parent));
      }
    }
  }
  return { from: Int32Array.from(from), to: Int32Array.from(to) };
}

/** How long the JSON of rows is, bytes; of a slice's rows in their order. */
export async function readSizes(database: Database, { rows }: RowSlice): Promise<Int32Array[]> {
  const params = new Params();
  const { from } = shapeSql({ ...rows, placed: true }, params);
  const sizes = await database.query({
    sql: `SELECT s.seq, s.part, group_concat(octet_length(json(s.v)), ',' ORDER BY s.n) FROM ${from} GROUP BY s.seq, s.part ORDER BY s.seq, s.part`,
    params: params.values,
  });
  return sizes.map(([, , own]) => Int32Array.from(String(own).split(","), Number));
}
