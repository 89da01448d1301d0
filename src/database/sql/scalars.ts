import { D1_LIMITS } from "../limits.ts";
import type { Database, Statement, Value } from "../port.ts";
import { Params } from "./params.ts";

export interface Evaluated {
  /** One a scalar, in their order. */
  values: Value[];
  /** The database's size, where the engine says it. */
  databaseBytes: number | null;
}

/** Asks for many scalars in few statements, all of one moment. `around` may put others before and behind them. */
export async function evaluate(
  database: Database,
  scalars: readonly Scalar[],
  around: (statements: Statement[]) => Statement[] = (statements) => statements,
): Promise<Evaluated> {
  const asking = packScalars(scalars).map(({ expressions, params }) => ({
    sql: `SELECT ${expressions.map((expression, i) => `${expression} AS c${i}`).join(", ")}`,
    params: params.values,
  }));
  const statements = around(asking);
  if (statements.length === 0) return { values: [], databaseBytes: null };
  const results = await database.batch(statements);
  return {
    values: results.flatMap(({ rows }) => rows[0] ?? []),
    databaseBytes: results.at(-1)?.databaseBytes ?? null,
  };
}

/** The SQL of a scalar subquery, its parameters added to `params`. */
export type Scalar = (params: Params) => string;

export interface ScalarGroup {
  /** Each in parentheses. */
  expressions: string[];
  params: Params;
}

/** Groups scalars so that each group fits one statement of D1, with room for what stands around it. */
export function packScalars(scalars: readonly Scalar[]): ScalarGroup[] {
  const groups: ScalarGroup[] = [];
  let length = Infinity;
  let group: ScalarGroup = { expressions: [], params: new Params() };
  for (const scalar of scalars) {
    // Half the limits, so that one more scalar, itself never that large, always fits.
    const full =
      group.expressions.length >= D1_LIMITS.columns / 2 ||
      group.params.values.length > D1_LIMITS.parameters / 2 ||
      length > D1_LIMITS.sqlBytes / 2;
    if (full) {
      group = { expressions: [], params: new Params() };
      groups.push(group);
      length = 0;
    }
    const expression = `(${scalar(group.params)})`;
    group.expressions.push(expression);
    length += expression.length;
  }
  return groups;
}
