import { env } from "cloudflare:workers";
import { d1Database } from "../../../../src/database/d1.ts";
import type { Database } from "../../../../src/database/port.ts";
import { quote } from "../../../../src/database/sql/syntax.ts";
import { archiveOf, execute } from "../../../support/engine.ts";
import { empty } from "../../../support/worker-engine.ts";
import type { GapsGround } from "./ground.ts";
import { NAMES, SCHEMA } from "./tables.ts";

const OURS = ["_ferry_runs", "_ferry_frames", "_ferry_changes", "_ferry_cells", "seed_history"];

export function workerGapsGround(): GapsGround {
  const target = d1Database(env.DB);
  const source = d1Database(env.DB_SOURCE);
  const made = new Set<Database>();
  /** All rows gone, and these there. */
  const fill = async (database: Database, rows: readonly string[]) => {
    if (!made.has(database)) {
      await empty(database === target ? env.DB : env.DB_SOURCE);
      await execute(database, SCHEMA);
      made.add(database);
    }
    const there = await tablesOf(database);
    await execute(database, [...there.toReversed().map((name) => `DELETE FROM ${name}`), ...rows]);
    return database;
  };
  return {
    name: "D1",
    target: (rows) => fill(target, rows),
    restore: (saved) => fill(target, saved as string[]),
    async save() {
      const there = await tablesOf(target);
      const columns = await target.batch(
        there.map((name) => ({ sql: `SELECT name FROM pragma_table_xinfo('${name}') WHERE hidden = 0` })),
      );
      const reads = there.map((name, i) => {
        const own = (columns[i]?.rows ?? []).map(([column]) => quote(String(column)));
        if (name === "loose" || name === "words") own.unshift("rowid");
        return {
          sql: `SELECT 'INSERT INTO ${name} (${own.join(", ")}) VALUES (' || concat_ws(', ', ${own.map((one) => `quote(${one})`).join(", ")}) || ')' AS made FROM ${name}`,
        };
      });
      const answers = await target.batch(reads);
      return answers.flatMap(({ rows }) => rows.map(([sql]) => String(sql)));
    },
    async archive(rows, tables) {
      await fill(source, rows);
      return archiveOf(source, { tables: [...tables] });
    },
  };
}

async function tablesOf(database: Database): Promise<string[]> {
  const found = await database.query({ sql: "SELECT name FROM sqlite_schema WHERE type = 'table'" });
  const names = new Set(found.map(([name]) => String(name)));
  return [...NAMES, ...OURS].filter((name) => names.has(name));
}
