import { base64ToBytes, bytesToBase64 } from "../../../src/archive/base64.ts";
import { type R2BucketLike, r2Bucket } from "../../../src/bucket/r2.ts";
import { type D1Like, d1Database } from "../../../src/database/d1.ts";
import type { Database } from "../../../src/database/port.ts";
import { quote } from "../../../src/database/sql/syntax.ts";
import { createFerry } from "../../../src/http/ferry.ts";
import { look } from "../look.ts";
import type { ImportOptions } from "../side.ts";
import { exportAll, importAll } from "../sync.ts";
import { TOKEN } from "./token.ts";

/** What a D1 side asks of its Worker. */
export type Call =
  | { do: "fill"; statements: readonly string[] }
  | { do: "export"; options: { frameBytes: number; tables?: readonly string[] } }
  | { do: "import"; document: string; options: ImportOptions }
  | { do: "look" };

/** Many databases, for one that cannot be emptied is left behind. */
type Env = Record<`DB${number}`, D1Like> & { DATA_SYNC: R2BucketLike };
let current = 0;

/** An app that carries it. */
const ferry = createFerry<Env>({
  database: databaseOf,
  bucket: (env) => r2Bucket(env.DATA_SYNC),
  tokens: () => ({ FERRY_TOKEN: TOKEN }),
});

/** d1-ferry at work in workerd, on its D1. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const answered = await ferry.handle(request, env);
    if (answered !== null) return answered;
    try {
      return Response.json(await answer(env, (await request.json()) as Call));
    } catch (error) {
      return new Response(error instanceof Error ? error.stack : String(error), { status: 500 });
    }
  },
};

async function answer(env: Env, call: Call): Promise<unknown> {
  switch (call.do) {
    case "fill":
      await empty(databaseOf(env)).catch(() => current++);
      if (call.statements.length > 0) {
        const statements = ["PRAGMA defer_foreign_keys = on", ...call.statements];
        await databaseOf(env).batch(statements.map((sql) => ({ sql })));
      }
      return {};
    case "export":
      return { document: bytesToBase64(await exportAll(databaseOf(env), call.options)) };
    case "import":
      return importAll(databaseOf(env), base64ToBytes(call.document), call.options, false);
    case "look":
      return look(databaseOf(env));
  }
}

function databaseOf(env: Env): Database {
  const binding = env[`DB${current}`];
  if (binding === undefined) throw new Error(`All ${current} databases are used up`);
  return d1Database(binding);
}

/** Rows before tables: a table that is dropped under rows that point to it leaves them pointing. */
async function empty(database: Database): Promise<void> {
  const found = (await database.query({
    sql: `SELECT s.type, s.name FROM sqlite_schema s LEFT JOIN pragma_table_list l ON l.name = s.name AND l.schema = 'main'
      WHERE s.type IN ('table', 'view', 'trigger') AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND s.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
        AND (s.type <> 'table' OR l.type <> 'shadow') ORDER BY s.type DESC`,
  })) as [string, string][];
  const triggers = found.filter(([type]) => type === "trigger");
  const views = found.filter(([type]) => type === "view");
  const tables = found.filter(([type]) => type === "table");
  const drop = ([type, name]: [string, string]) => `DROP ${type} ${quote(name)}`;
  if (found.length === 0) return;
  const statements = [
    "PRAGMA defer_foreign_keys = on",
    ...triggers.map(drop),
    ...views.map(drop),
    ...tables.map(([, name]) => `DELETE FROM ${quote(name)}`),
    ...tables.map(drop),
  ];
  await database.batch(statements.map((sql) => ({ sql })));
}
