import { D1_CAPABILITIES } from "./limits.ts";
import type { Database, Statement, StatementResult, Value } from "./port.ts";
import { bindingError } from "./refused-statement.ts";

/** The part of a D1 binding that is used; `env.DB` fits as it is. */
export interface D1Like {
  prepare(sql: string): D1StatementLike;
  // biome-ignore lint/suspicious/noExplicitAny: the binding's own statement class is nominal
  batch(statements: any[]): Promise<D1ResultLike[]>;
}

interface D1StatementLike {
  bind(...values: unknown[]): D1StatementLike;
  raw(): Promise<unknown[]>;
}

interface D1ResultLike {
  results?: unknown[];
  meta: { changes?: number; rows_written?: number; size_after?: number };
}

/** A D1 database, through a Worker's binding. */
export function d1Database(binding: D1Like): Database {
  const prepare = ({ sql, params }: Statement) => {
    const prepared = binding.prepare(sql);
    return params === undefined || params.length === 0 ? prepared : prepared.bind(...params);
  };
  return {
    engine: "d1",
    capabilities: D1_CAPABILITIES,
    async query(statement) {
      try {
        const rows = (await prepare(statement).raw()) as unknown[][];
        return rows.map(readRow);
      } catch (error) {
        throw bindingError(error, [statement]);
      }
    },
    async batch(statements) {
      try {
        const results = await binding.batch(statements.map(prepare));
        return results.map(readResult);
      } catch (error) {
        throw bindingError(error, statements);
      }
    },
  };
}

function readResult({ results, meta }: D1ResultLike): StatementResult {
  return {
    rows: (results ?? []).map((row) => readRow(Object.values(row as object))),
    changes: meta.changes ?? 0,
    rowsWritten: meta.rows_written ?? 0,
    ...(meta.size_after === undefined ? {} : { databaseBytes: meta.size_after }),
  };
}

/** D1 hands a blob over as an array of its bytes. */
function readRow(cells: unknown[]): Value[] {
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (typeof cell === "object" && cell !== null) cells[i] = Uint8Array.from(cell as ArrayLike<number>);
  }
  return cells as Value[];
}
