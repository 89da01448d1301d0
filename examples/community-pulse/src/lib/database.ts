import { env } from "cloudflare:workers";

type Cell = string | number | null;

/** The rows of a query. */
export async function all<Row>(sql: string, ...values: Cell[]): Promise<Row[]> {
  const { results } = await env.DB.prepare(sql)
    .bind(...values)
    .all<Row>();
  return results;
}

/** The first row, or null. */
export async function first<Row>(sql: string, ...values: Cell[]): Promise<Row | null> {
  return env.DB.prepare(sql)
    .bind(...values)
    .first<Row>();
}

export async function run(sql: string, ...values: Cell[]): Promise<void> {
  await env.DB.prepare(sql)
    .bind(...values)
    .run();
}
