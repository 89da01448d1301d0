import type { Statement } from "../../../database/port.ts";
import { Params } from "../../../database/sql/params.ts";
import { quote } from "../../../database/sql/syntax.ts";
import { CHANGES } from "../../run/index.ts";
import { type IncomingRows, keyMatches, type PartPlace, shapeSql } from "../../stage/index.ts";

/** Where rows of a listed part go. */
export interface PartMoves extends PartPlace {
  /** Of each row: what `moveTo` says of it; `STAYS` for one that stays where it is. */
  to: Float64Array;
}

export const STAYS = -1;

/** Rows, and parts of one step, that a move can number. */
export const MOST_MOVED = 2 ** 20;

export const MOST_PARTS = 2 ** 10;

/** A place in the new order, as one number: the row's among all, in which part of which step. */
export function moveTo({ step, part, at }: { step: number; part: number; at: number }): number {
  return (step * MOST_PARTS + part) * MOST_MOVED + at;
}

export interface Moves {
  /** The listed rows, of one shape. */
  rows: IncomingRows;
  /** Of all parts from which rows go. */
  parts: readonly PartMoves[];
  /** What the list calls the first step. */
  firstSeq: number;
  /** The run makes the table. */
  made: boolean;
}

/** Characters of JSON in one parameter; D1 takes 2,000,000 bytes. */
const PARAM_LENGTH = 1_900_000;

/** Rows that are told in one piece. */
const PIECE_ROWS = 20_000;

/** Terms of a compound SELECT. */
const MOST_PARAMS = 5;

/** True where the statements can say where the rows go. */
export function fitMoves(parts: readonly PartMoves[]): boolean {
  return packMoves(parts).length <= MOST_PARAMS;
}

/** Moves rows of a list of rows to write to steps behind all others, in their new order. */
export function moveStatements({ rows, parts, firstSeq, made }: Moves): Statement[] {
  const params = new Params();
  const { table, run } = rows.staged;
  const { shape } = rows;
  const sql = shapeSql({ ...rows, placed: true }, params);
  const packed = packMoves(parts).map((json) => params.add(json));
  const moves = packed.map(
    (param) =>
      `SELECT p.seq, p.part, p.first + o.key AS n, o.value AS place FROM (SELECT value ->> 0 AS seq, value ->> 1 AS part, value ->> 2 AS first, value -> 3 AS places
        FROM json_each(${param}) LIMIT -1) AS p CROSS JOIN json_each(p.places) AS o`,
  );
  const codes = [...shape.codes].flatMap(([position, own]) => [...own].map((code) => `${position}${code}`));
  const live = made ? "" : ` LEFT JOIN ${quote(table.name)} AS live ON ${keyMatches("live", table, sql)}`;
  const updates = made ? "0" : `live.${quote(table.key.columns[0] as string)} IS NOT NULL`;
  const insert = `INSERT INTO ${CHANGES} (run, list, seq, part, piece, tbl, shape, codes, row_count, updates, bytes, digest, rows)
    SELECT ${params.add(run)}, 'write', m.seq, m.part, 0, ${params.add(table.name)}, ${params.add(shape.text)}, ${params.add(codes.join(" "))},
      count(*), sum(m.updates), sum(octet_length(m.v) + 1), sum((m.n + 1) * (m.n + 7919) * (1 + 2 * m.updates) + m.was_seq * 1000003 + m.was_part),
      '[' || group_concat(m.v, ',' ORDER BY m.at, m.was_seq, m.was_part, m.n) || ']'
    FROM (SELECT iif(o.place = ${STAYS}, s.seq, ${params.add(firstSeq)} + o.place / ${MOST_MOVED * MOST_PARTS}) AS seq,
        iif(o.place = ${STAYS}, s.part, o.place / ${MOST_MOVED} % ${MOST_PARTS}) AS part, o.place % ${MOST_MOVED} AS at,
        s.seq AS was_seq, s.part AS was_part, s.n AS n, json(s.v) AS v, ${updates} AS updates
      FROM ${sql.from} CROSS JOIN (${moves.join(" UNION ALL ")} LIMIT -1) AS o ON o.seq = s.seq AND o.part = s.part AND o.n = s.n${live} LIMIT -1) AS m
    GROUP BY m.seq, m.part
    ON CONFLICT (run, list, seq, part, piece) DO UPDATE SET codes = excluded.codes, row_count = excluded.row_count, updates = excluded.updates,
      bytes = excluded.bytes, digest = excluded.digest, rows = excluded.rows`;
  const empty = parts.filter(({ to }) => !to.includes(STAYS)).map(({ seq, part }) => [seq, part]);
  return [
    { sql: insert, params: params.values },
    {
      sql: `DELETE FROM ${CHANGES} WHERE run = ?1 AND list = 'write' AND tbl = ?2 AND shape = ?3
        AND (seq, part) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?4))`,
      params: [run, table.name, shape.text, JSON.stringify(empty)],
    },
  ];
}

function packMoves(parts: readonly PartMoves[]): string[] {
  const packs: string[][] = [];
  let length = Infinity;
  for (const { seq, part, to } of parts) {
    for (let first = 0; first < to.length; first += PIECE_ROWS) {
      const json = `[${seq},${part},${first},[${to.subarray(first, first + PIECE_ROWS).join(",")}]]`;
      if (length + json.length > PARAM_LENGTH) {
        packs.push([]);
        length = 0;
      }
      packs.at(-1)?.push(json);
      length += json.length + 1;
    }
  }
  return packs.map((pack) => `[${pack.join(",")}]`);
}
