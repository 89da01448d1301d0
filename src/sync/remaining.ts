import { quote } from "../database/sql.ts";
import { differs } from "./compare.ts";
import { type ConflictRules, withoutConflict } from "./conflicts.ts";
import { hasKey, keyMatches, type Scalar, type Staged, shapeSql } from "./staged.ts";

/**
 * How far the live tables still are from what the run should have made of them: rows that lack or
 * differ, and in a mirror rows too many. Each scalar is 0 after a right apply.
 */
export function remainingScalars(staged: Staged, rules: ConflictRules): Scalar[] {
  const { run, mode, onConflict } = rules;
  return staged.tables.flatMap((table) => {
    const keyed = table.shapes.filter((shape) => hasKey(table, shape));
    const scalars = keyed.map(
      (shape): Scalar =>
        (params) => {
          const sql = shapeSql(run, table, shape, params, (column) => `live.${quote(column)}`);
          const absent = `live.${quote(table.table.key.columns[0] as string)} IS NULL`;
          const wrong =
            mode === "insert"
              ? absent
              : `(${absent} OR ${differs(table.table, shape, (column) => `live.${column}`, sql)})`;
          const expected =
            onConflict === "skip" ? ` AND ${withoutConflict(table, shape, rules, params)}` : "";
          return `SELECT count(*) FROM ${sql.from} LEFT JOIN ${quote(table.table.name)} AS live
        ON ${keyMatches("live", table.table, sql)} WHERE ${sql.where} AND ${wrong}${expected}`;
        },
    );
    if (mode !== "mirror") return scalars;
    const surplus: Scalar = () => `SELECT max(count(*) - ${table.rows}, 0) FROM ${quote(table.table.name)}`;
    return [...scalars, surplus];
  });
}
