import type { Statement } from "../../database/port.ts";
import type { Params } from "../../database/sql/params.ts";
import { CHANGES } from "../run/index.ts";
import type { IncomingRows, KeyList, StagedShape, StagedTable } from "./staged-rows.ts";
import { type ShapeSql, selectStaged } from "./staged-sql.ts";

/*
 * Lists that hold nothing of their rows but the keys: what an undo deletes, and what it leaves. SQL makes them from
 * staged rows, for it cannot say a live row's cells in JSON exactly.
 */

/** A table's rows in such a list, as the rows of other lists are read; `of` tells it from others of the table. */
export function keyListOf(
  { run, table, shapes, made = [] }: StagedTable,
  list: KeyList,
  of?: number,
): StagedTable {
  const { columns } = table.key;
  const all = [...shapes, ...made.filter(({ keyless }) => keyless === undefined)];
  const codes = new Map<number, string>();
  for (const shape of all) {
    for (const [at, own] of keyCodes(shape, columns)) {
      const known = codes.get(at) ?? "";
      codes.set(at, known + [...own].filter((code) => !known.includes(code)).join(""));
    }
  }
  const each = [...shapes, ...made][0]?.each ?? "json_each";
  const text = JSON.stringify({ columns, ...(of === undefined ? {} : { of }) });
  const shape = { columns, text, list, rows: 0, bytes: 0, codes, each };
  return { run, table, shapes: [shape], rows: 0, gone: [], goneKeys: 0 };
}

/** The keys of a list, as they stand there. */
export function keysOf(list: StagedTable, params: Params): string {
  const [shape] = list.shapes as [StagedShape];
  return selectStaged({ staged: list, shape }, list.table.key.columns, params);
}

export interface KeysToList {
  /** The list that they go to. */
  to: StagedTable;
  /** The staged rows that they are of, with `sql` over them placed in their parts. */
  rows: IncomingRows;
  sql: ShapeSql;
  /** FROM and WHERE behind the staged rows. */
  which: string;
  /** The key's cells in SQL, numbers all of them. @default those of the staged rows */
  key?: readonly string[];
  /** Tells apart what is listed of the same part. @default behind all that the list has */
  piece?: number;
}

/** Lists the keys of some staged rows, a row of `_ferry_changes` for each part that has some. */
export function listKeys({ to, rows, sql, which, key, piece }: KeysToList, params: Params): Statement {
  const { staged, shape } = rows;
  const { columns } = staged.table.key;
  const { list, text: own } = to.shapes[0] as StagedShape;
  const cells = key ?? columns.map((name) => `s.v -> '$[${shape.columns.indexOf(name)}]'`);
  const coded = key === undefined ? keyCodes(shape, columns) : [];
  const codes = coded.flatMap(([at, known]) => [...known].map((code) => `${at}${code}`));
  const next = `(SELECT ifnull(max(piece), -1) + 1 FROM ${CHANGES} AS c WHERE c.run = m.run AND c.list = '${list}')`;
  const text = `INSERT INTO ${CHANGES} (run, list, seq, part, piece, tbl, shape, codes, row_count, updates, bytes, digest, rows)
    SELECT m.run, '${list}', m.seq, m.part, ${piece ?? next}, ${params.add(staged.table.name)}, ${params.add(own)}, ${params.add(codes.join(" "))},
      m.listed, 0, octet_length(m.rows), m.digest, m.rows
    FROM (SELECT s.run AS run, s.seq AS seq, s.part AS part, count(*) AS listed, sum((s.n + 1) * (s.n + 7919)) AS digest,
        '[' || group_concat(s.k) || ']' AS rows
      FROM (SELECT DISTINCT s.run AS run, s.seq AS seq, s.part AS part, s.n AS n, json_array(${cells.join(", ")}) AS k
        FROM ${sql.from} ${which} LIMIT -1) AS s
      GROUP BY s.run, s.seq, s.part) AS m`;
  return { sql: text, params: params.values };
}

/** The codes at the key's columns, by position in the key. */
function keyCodes(
  { columns, codes }: Pick<StagedShape, "columns" | "codes">,
  key: readonly string[],
): [number, string][] {
  return key.flatMap((name, at): [number, string][] => {
    const own = codes.get(columns.indexOf(name));
    return own === undefined ? [] : [[at, own]];
  });
}
