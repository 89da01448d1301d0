import type { Database } from "../../database/port.ts";
import { findTable, hiddenRowid, type LiveSchema, type LiveTable } from "../../database/schema.ts";
import { CHANGES } from "../run/index.ts";
import {
  type List,
  readCodes,
  type Shape,
  type Staged,
  type StagedShape,
  type StagedTable,
} from "./staged-rows.ts";

/** What a plan does, row by row. Tables that it leaves as they are, are in none of the lists. */
export interface ListedRows {
  /** Staged rows that are inserted, or written over live ones. */
  writes: Staged;
  /** Live rows that are written over, as the plan saw them: their keys, and the columns that change. */
  befores: StagedTable[];
  /** Live rows that are deleted, whole. */
  deletes: StagedTable[];
  /** Live rows, by their keys, that an undo leaves: somebody has edited them, or a constraint holds them. */
  left: Record<"edited" | "held", StagedTable[]>;
  /** Bytes that the lists take in the target, beside what is staged. */
  bytes: number;
  /** Says which rows they are: another list has another one. */
  digest: string;
}

/** The lists of the plan for what is staged, one statement. */
export async function readListedRows(
  database: Database,
  schema: LiveSchema,
  { run, tables: waiting }: Staged,
): Promise<ListedRows> {
  const rows = await database.query({
    sql: `SELECT list, tbl, shape, sum(row_count), sum(updates), sum(bytes), sum(ifnull(octet_length(rows), 0)),
        group_concat(DISTINCT codes), group_concat(seq || ' ' || part || ' ' || digest, ',' ORDER BY seq, part, piece)
      FROM ${CHANGES} WHERE run = ?1 GROUP BY list, tbl, shape ORDER BY list, min(seq), min(part), shape`,
    params: [run],
  });
  const tables = new Map<string, StagedTable>();
  let ownBytes = 0;
  const digests: string[] = [];
  for (const row of rows as ListRow[]) {
    const [list, name, text, count, updates, bytes, own, codes, digest] = row;
    const shape = JSON.parse(text) as Shape;
    const table = asListed(findTable(schema.tables, name) as LiveTable, shape);
    const id = `${list} ${name}`;
    const listed = tables.get(id) ?? { run, table, shapes: [], rows: 0, gone: [], goneKeys: 0 };
    const { each } = schema;
    const appends = list === "write" && shapeOf(waiting, name, text)?.appends === true;
    listed.shapes.push({
      ...{ ...shape, text, list, rows: count, updates, bytes, codes: readCodes(codes), each },
      ...(appends ? { appends } : {}),
    });
    listed.rows += count;
    ownBytes += own;
    digests.push(JSON.stringify([list, name, text, digest]));
    tables.set(id, listed);
  }
  const of = (list: List) =>
    [...tables].filter(([id]) => id.startsWith(`${list} `)).map(([, listed]) => listed);
  const writes = of("write");
  const sum = (what: (one: StagedTable) => number) => writes.reduce((total, one) => total + what(one), 0);
  return {
    writes: {
      run,
      tables: writes,
      rows: sum(({ rows: count }) => count),
      bytes: sum(({ shapes }) => shapes.reduce((total, { bytes }) => total + bytes, 0)),
    },
    befores: of("before"),
    deletes: of("delete"),
    left: { edited: of("edited"), held: of("held") },
    bytes: ownBytes,
    digest: digests.join("\n"),
  };
}

/**
 * Rows that begin with a rowid are known by it: those that are deleted, and all of a table whose declared key holds
 * NULLs in the source. A rowid that only travels along stands behind the columns.
 */
function asListed(table: LiveTable, { columns }: Shape): LiveTable {
  const rowid = hiddenRowid(table);
  if (rowid === null || columns[0] !== rowid) return table;
  return { ...table, key: { kind: "rowid", columns: [rowid] } };
}

function shapeOf(tables: readonly StagedTable[], name: string, text: string): StagedShape | undefined {
  return tables.find(({ table }) => table.name === name)?.shapes.find((shape) => shape.text === text);
}

type ListRow = [
  list: List,
  table: string,
  shape: string,
  rows: number,
  updates: number,
  bytes: number,
  own: number,
  codes: string,
  digest: string,
];
