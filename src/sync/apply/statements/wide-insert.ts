import type { Statement } from "../../../database/port.ts";
import { quote } from "../../../database/sql/syntax.ts";

const VIEW = "_ferry_wide";

const TRIGGER = "_ferry_wide_row";

export interface WideInsert {
  /** Selects each row's JSON and its run, as `v` and `run`. */
  select: Statement;
  /** `INSERT INTO … (…) VALUES (…) …`, which has the row as `NEW`. */
  insert: string;
}

/**
 * Inserts rows of more values than a SELECT may have: a hundred columns and the rowid. A view takes
 * each row as one value, and its trigger's VALUES are no SELECT's. Both are gone when the batch ends.
 */
export function wideInsertStatements({ select, insert }: WideInsert): Statement[] {
  return [
    { sql: `CREATE VIEW ${quote(VIEW)} (v, run) AS SELECT NULL, NULL` },
    { sql: `CREATE TRIGGER ${quote(TRIGGER)} INSTEAD OF INSERT ON ${quote(VIEW)} BEGIN ${insert}; END` },
    { ...select, sql: `INSERT INTO ${quote(VIEW)} (v, run) ${select.sql}` },
    { sql: `DROP VIEW ${quote(VIEW)}` },
  ];
}
