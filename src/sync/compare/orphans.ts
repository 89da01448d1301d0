import type { ForeignKey } from "../../database/schema.ts";
import type { Scalar } from "../../database/sql/scalars.ts";
import { joinBalanced, literal, quote } from "../../database/sql/syntax.ts";
import { hasKey, incomingRows, keyMatches, type ShapeSql, type Staged, shapeSql } from "../stage/index.ts";
import type { ConflictRules } from "./conflicts.ts";

/** How many incoming rows point to a row that is not there, by each foreign key. Each is 0 after a right apply. */
export function orphanScalars(staged: Staged, { mode, onConflict }: ConflictRules): Scalar[] {
  return staged.tables.flatMap((table) =>
    table.table.foreignKeys.flatMap((key) =>
      incomingRows([table])
        .filter(({ shape }) => key.columns.every((name) => shape.columns.includes(name)))
        .map(
          (rows): Scalar =>
            (params) => {
              const sql = shapeSql(rows, params);
              // A row that was skipped is not there to point anywhere.
              const { name } = table.table;
              const own = () =>
                `SELECT 1 FROM ${quote(name)} AS own WHERE ${keyMatches("own", table.table, sql)}`;
              let expected = "";
              if (hasKey(rows)) {
                if (onConflict === "skip") expected += ` AND EXISTS (${own()})`;
                if (mode === "insert")
                  expected += ` AND NOT EXISTS (${own()} AND NOT (${pointsAlike(key, sql)}))`;
              }
              return `SELECT count(*) FROM ${sql.from} WHERE ${isOrphan(key, sql)}${expected}`;
            },
        ),
    ),
  );
}

/** True in SQL for a live row `own` that points where the incoming one does. */
function pointsAlike({ columns }: ForeignKey, sql: Pick<ShapeSql, "cell">): string {
  return joinBalanced(
    columns.map((name) => `own.${quote(name)} IS ${sql.cell(name)}`),
    "AND",
  );
}

/** The same of tables that the batch made, whose foreign keys only the database knows; 0 where it does not keep them. */
export function newTableOrphans(tables: readonly string[]): Scalar[] {
  return tables.map(
    (name) => () =>
      `SELECT count(*) FROM pragma_foreign_key_check(${literal(name)}) WHERE (SELECT foreign_keys FROM pragma_foreign_keys)`,
  );
}

/**
 * True in SQL for an incoming row whose parent is not in the live table, as each is where that is not made yet (then nobody
 * knows its key); a NULL points nowhere.
 */
export function isOrphan(key: ForeignKey, sql: Pick<ShapeSql, "cell">): string {
  const pointing = key.columns.map((name) => `${sql.cell(name)} IS NOT NULL`);
  if (key.parentColumns.length === 0) return joinBalanced(pointing, "AND");
  const same = key.parentColumns.map(
    (name, i) => `parent.${quote(name)} = ${sql.cell(key.columns[i] as string)}`,
  );
  return `${joinBalanced(pointing, "AND")} AND NOT EXISTS (SELECT 1 FROM ${quote(key.parent)} AS parent WHERE ${joinBalanced(same, "AND")})`;
}
