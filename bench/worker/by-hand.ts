import { quote } from "../../src/database/sql/syntax.ts";
import type { Ledger } from "./ledger.ts";

export interface ByHandInput {
  table: string;
  rows: Record<string, null | string | number>[];
}

/** The part of a D1 binding that people use first. */
export interface ByHandDatabase {
  prepare(sql: string): {
    bind(...values: unknown[]): { run(): Promise<{ meta: { rows_written?: number } }> };
  };
}

/** How it is done without d1-ferry: a loop, and a statement a row. */
export async function insertByHand(
  request: Request,
  database: ByHandDatabase,
  ledger: Ledger,
): Promise<Response> {
  const { table, rows } = (await request.json()) as ByHandInput;
  for (const row of rows) {
    const names = Object.keys(row);
    const sql = `INSERT INTO ${quote(table)} (${names.map(quote).join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
    const { meta } = await database
      .prepare(sql)
      .bind(...Object.values(row))
      .run();
    ledger.enter(sql, { ms: 0, rowsWritten: meta.rows_written ?? 0 });
  }
  return Response.json({ inserted: rows.length });
}
