import { withTerms } from "../../database/fts5/contentless-rows.ts";
import type { Database } from "../../database/port.ts";
import { keyJson } from "../../database/sql/key-json.ts";
import { evaluate, type Scalar } from "../../database/sql/scalars.ts";
import { quote } from "../../database/sql/syntax.ts";
import { isListed } from "../compare/index.ts";
import { hasKey, type IncomingRows, incomingRows, keyMatches, shapeSql } from "../stage/index.ts";
import { type ApplyRequest, changedTables, movedFrom } from "./statements/index.ts";

/** A row that is no longer as the plan saw it. */
export interface MovedRow {
  table: string;
  /** JSON. */
  key: string;
  is: "changed" | "gone" | "there";
}

/** Goes on from "which". */
export const TOLD: Readonly<Record<MovedRow["is"], string>> = {
  changed: "has other values now",
  gone: "is gone",
  there: "was not there",
};

/** Rows that are named. */
export const MOST_MOVED = 20;

/** The first rows that have moved, asked for behind the rollback: by then they may have moved again, and none is found. */
export async function findMoved(database: Database, request: ApplyRequest): Promise<MovedRow[]> {
  const { listed } = request;
  const over = incomingRows([...listed.befores, ...listed.deletes]);
  const inserted = incomingRows(listed.writes.tables).filter(
    (rows) => hasKey(rows) && (rows.shape.updates ?? 0) < rows.shape.rows,
  );
  const asked = [
    ...over.map((rows) => [rows, overwritten(rows)] as const),
    ...inserted.map((rows) => [rows, appeared(rows, listed.befores)] as const),
  ];
  const { values } = await evaluate(
    database,
    asked.map(([, scalar]) => scalar),
    (statements) => withTerms(changedTables(request), statements),
  );
  const found = asked.flatMap(([{ staged }], i) =>
    (JSON.parse(values[i] as string) as [key: string, is: MovedRow["is"]][]).map(
      ([key, is]): MovedRow => ({ table: staged.table.name, key, is }),
    ),
  );
  return found.slice(0, MOST_MOVED);
}

function overwritten(rows: IncomingRows): Scalar {
  return (params) => {
    const { key } = rows.staged.table;
    const sql = shapeSql(rows, params);
    return `SELECT json_group_array(json_array(CAST("key" AS TEXT), "is")) FROM (
      SELECT ${keyJson(key.columns, sql.cell)} AS "key", iif(live.${quote(key.columns[0] as string)} IS NULL, 'gone', 'changed') AS "is"
      FROM ${movedFrom(rows, sql)} LIMIT ${MOST_MOVED})`;
  };
}

/** Rows that are to be inserted and are there now: listed ones with a live row, and none in the list of those that had one. */
function appeared(rows: IncomingRows, befores: ApplyRequest["listed"]["befores"]): Scalar {
  return (params) => {
    const { table } = rows.staged;
    const { key } = table;
    const sql = shapeSql(rows, params);
    const known = isListed(
      befores.filter((one) => one.table.name === table.name),
      "live",
      params,
    );
    return `SELECT json_group_array(json_array(CAST("key" AS TEXT), 'there')) FROM (
      SELECT ${keyJson(key.columns, sql.cell)} AS "key" FROM ${sql.from}
      CROSS JOIN ${quote(table.name)} AS live ON ${keyMatches("live", table, sql)} WHERE NOT (${known}) LIMIT ${MOST_MOVED})`;
  };
}
