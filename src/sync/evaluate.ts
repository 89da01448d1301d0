import type { Database, Value } from "../database/port.ts";
import { packScalars, type Scalar } from "./staged.ts";

export interface Evaluated {
  /** One a scalar, in their order. */
  values: Value[];
  /** The database's size, where the engine says it. */
  databaseBytes: number | null;
}

/** Asks for many scalars in few statements, all of one moment. */
export async function evaluate(database: Database, scalars: readonly Scalar[]): Promise<Evaluated> {
  const groups = packScalars(scalars);
  if (groups.length === 0) return { values: [], databaseBytes: null };
  const statements = groups.map(({ expressions, params }) => ({
    sql: `SELECT ${expressions.map((expression, i) => `${expression} AS c${i}`).join(", ")}`,
    params: params.values,
  }));
  const results = await database.batch(statements);
  return {
    values: results.flatMap(({ rows }) => rows[0] as Value[]),
    databaseBytes: results.at(-1)?.databaseBytes ?? null,
  };
}
