import type { Cell, TableSchema } from "../../../archive/types.ts";
import type { Statement } from "../../../database/port.ts";
import { cellSql } from "../../../database/sql/cell-parameter.ts";
import { Params } from "../../../database/sql/params.ts";
import type { Staged } from "../../stage/index.ts";

/**
 * Lifts the target's sequences to the source's, so that a number given out once is not given out
 * again. Two statements for 30 tables.
 */
export function sequenceStatements(source: readonly TableSchema[], staged: Staged): Statement[] {
  const lifted = staged.tables.flatMap(({ table, rows }) => {
    const sequence = source.find(({ name }) => name === table.name)?.sequence;
    const lifts = sequence !== undefined && sequence !== null && table.autoincrement;
    return lifts ? [{ name: table.name, sequence, empty: rows === 0 }] : [];
  });
  const statements: Statement[] = [];
  for (let i = 0; i < lifted.length; i += TABLES_PER_LIFT) {
    const group = lifted.slice(i, i + TABLES_PER_LIFT);
    const empty = group.filter((one) => one.empty).map(({ name }) => name);
    // A table that never had a row has no sequence to lift.
    if (empty.length > 0) {
      statements.push({
        sql: `INSERT INTO sqlite_sequence (name, seq) SELECT value, 0 FROM json_each(?1)
          WHERE value NOT IN (SELECT name FROM sqlite_sequence)`,
        params: [JSON.stringify(empty)],
      });
    }
    statements.push(liftStatement(group));
  }
  return statements;
}

/** Each takes two parameters, of D1's 100. */
const TABLES_PER_LIFT = 30;

function liftStatement(group: readonly { name: string; sequence: Cell }[]): Statement {
  const params = new Params();
  const lifted = group.map(
    ({ name, sequence }) => `WHEN ${params.add(name)} THEN ${cellSql(sequence, params)}`,
  );
  const names = group.map(({ name }) => params.add(name));
  return {
    sql: `UPDATE sqlite_sequence SET seq = max(seq, CASE name ${lifted.join(" ")} END) WHERE name IN (${names.join(", ")})`,
    params: params.values,
  };
}
