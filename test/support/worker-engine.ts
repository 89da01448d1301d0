import { env } from "cloudflare:workers";
import type { D1Like } from "../../src/database/d1.ts";
import { d1Database } from "../../src/database/d1.ts";
import type { Database, Statement } from "../../src/database/port.ts";
import { quote } from "../../src/database/sql/syntax.ts";
import { limitD1 } from "../../src/testing/d1.ts";
import { createMeter } from "../../src/testing/meter.ts";
import type { Engine } from "./engine.ts";

/** Two D1 databases, emptied whenever they are asked for. `wrap` stands between, to count or to limit. */
export function d1Engine(wrap: (binding: D1Like) => D1Like = (binding) => binding): Engine {
  return {
    source: () => empty(env.DB_SOURCE).then(() => d1Database(wrap(env.DB_SOURCE))),
    target: () => empty(env.DB).then(() => d1Database(wrap(env.DB))),
  };
}

/** Two D1 databases held to D1's limits, but for the number of queries: suites call engines without invocations. */
export function limitedEngine(): Engine {
  const meter = createMeter("workers-paid", { calls: Infinity, queries: Infinity });
  return d1Engine((binding) => limitD1(binding, meter));
}

export async function empty(binding: D1Like): Promise<Database> {
  const database = d1Database(binding);
  await dropAll(database);
  if (await hasShadows(database)) {
    await reloadSchema(database);
    await dropAll(database);
  }
  return database;
}

/** A full-text table with `contentless_unindexed` leaves the table of those columns behind. */
async function hasShadows(database: Database): Promise<boolean> {
  const sql = "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'";
  const [[found]] = (await database.query({ sql })) as [[number]];
  return found > 0;
}

/** Until SQLite reads its schema again, as it does when a change of it is rolled back, it lets nobody drop such a table. */
async function reloadSchema(database: Database): Promise<void> {
  const rolledBack = [
    { sql: "CREATE TABLE rolled_back (a)" },
    { sql: "INSERT INTO rolled_back SELECT abs(-9223372036854775808)" },
  ];
  await database.batch(rolledBack).catch(() => undefined);
}

async function dropAll(database: Database): Promise<void> {
  const found = await database.query({
    sql: `SELECT s.type, s.name, (SELECT json_group_array("table") FROM pragma_foreign_key_list(s.name))
      FROM sqlite_schema s LEFT JOIN pragma_table_list l ON l.name = s.name AND l.schema = 'main'
      WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite%' AND s.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
        AND ifnull(l.type, '') <> 'shadow' ORDER BY s.type DESC`,
  });
  const drops = childrenFirst(found as [string, string, string][]);
  if (drops.length > 0) await database.batch([{ sql: "PRAGMA defer_foreign_keys = on" }, ...drops]);
}

/** To drop a table whose rows others refer to, SQLite may look up what else those refer to. */
function childrenFirst(found: [type: string, name: string, parents: string][]): Statement[] {
  const left = new Map(found.map((one) => [one[1], one]));
  const drops: Statement[] = [];
  while (left.size > 0) {
    const held = new Set<string>();
    for (const [, name, parents] of left.values())
      for (const parent of JSON.parse(parents) as string[]) if (parent !== name) held.add(parent);
    const free = [...left.values()].filter(([, name]) => !held.has(name));
    // A circle has no order.
    for (const [type, name] of free.length > 0 ? free : [...left.values()]) {
      drops.push({ sql: `DROP ${type} ${quote(name)}` });
      left.delete(name);
    }
  }
  return drops;
}

export async function emptyBucket(bucket: typeof env.DATA_SYNC): Promise<void> {
  for (let page = await bucket.list(); page.objects.length > 0; page = await bucket.list())
    await bucket.delete(page.objects.map(({ key }) => key));
}
