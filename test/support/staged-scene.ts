import type { Statement, Value } from "../../src/database/port.ts";
import { readSchema } from "../../src/database/schema.ts";
import { Params } from "../../src/database/sql/params.ts";
import type { Scalar } from "../../src/database/sql/scalars.ts";
import type { ConflictRules } from "../../src/sync/compare/conflicts.ts";
import { NOTHING_COUNTED, planRun } from "../../src/sync/plan/count-plan.ts";
import { createContext } from "../../src/sync/run/context.ts";
import { ensureControlTables } from "../../src/sync/run/control-tables.ts";
import type { ListedRows } from "../../src/sync/stage/listed-rows.ts";
import {
  type IncomingRows,
  readStaged,
  type Staged,
  type StagedTable,
} from "../../src/sync/stage/staged-rows.ts";
import { execute } from "./engine.ts";
import { memoryDatabase } from "./node-engine.ts";

export const RUN = "the-run";
export const MERGE: ConflictRules = { mode: "merge", onConflict: "fail" };

export interface StagedRows {
  table: string;
  columns: string[];
  /** As they are staged: what JSON cannot say as [code, text]. */
  rows: unknown[][];
  /** @default "" */
  codes?: string;
  ragged?: boolean;
}

/** A database with tables, live rows and staged rows, for the SQL that stands between them. */
export async function stagedScene(statements: readonly string[], staging: readonly StagedRows[]) {
  const database = memoryDatabase();
  await execute(database, statements);
  await ensureControlTables(database, await readSchema(database));
  await execute(database, [
    `INSERT INTO _ferry_runs (key, status, record, results, driver, started_at, updated_at) VALUES ('${RUN}', 'planned', '{}', '', 'me', 0, 0)`,
  ]);
  for (const [seq, { table, columns, rows, codes = "", ragged }] of staging.entries()) {
    const shape = JSON.stringify({ columns, ...(ragged === undefined ? {} : { ragged }) });
    const params = [RUN, table, shape, codes, JSON.stringify(rows)];
    const sql = `INSERT INTO _ferry_frames VALUES (?1, ${seq}, 0, ?2, ?3, ?4, ${rows.length}, 1, '${seq + 1}', ?5)`;
    await database.query({ sql, params });
  }
  // The same text whatever SQLite runs the tests.
  const schema = { ...(await readSchema(database)), each: "json_each" as const };
  const staged: Staged = await readStaged(database, schema, RUN);
  const table = staged.tables[0] as StagedTable;
  const shape = table.shapes[0]!;
  const ask = (sql: string, params: Value[] = []) => database.query({ sql, params });
  return {
    database,
    schema,
    staged,
    table,
    shape,
    /** The rows that wait first. */
    incoming: { staged: table, shape } satisfies IncomingRows,
    ask,
    /** What a plan would list. */
    async list(rules = MERGE): Promise<ListedRows> {
      const context = createContext(database, RUN, { driver: "me" });
      const request = { staged, rules, created: new Set<string>(), schema, atomic: "auto" as const };
      const planned = await planRun(context, request, structuredClone(NOTHING_COUNTED));
      if (planned === null) throw new Error("The plan did not end");
      return planned.listed;
    },
    run: (made: readonly Statement[]) => database.batch(made),
    /** The value of a scalar. */
    async value(scalar: Scalar): Promise<Value | undefined> {
      const params = new Params();
      const [row] = await ask(`SELECT (${scalar(params)})`, params.values);
      return row?.[0];
    },
  };
}

export interface Telling {
  /** With the SQL of the staged rows, which is elsewhere "(staged rows) AS s". @default false */
  whole?: boolean;
}

/** A statement as a reader wants it: its lines, and below them what is bound. */
export function told({ sql, params = [] }: Statement, { whole = false }: Telling = {}): string {
  const lines = sql.split("\n").map((line) => line.trim());
  const text = [...lines, ...(params.length === 0 ? [] : [`-- ${params.map(bound).join(", ")}`])].join("\n");
  return whole ? text : text.replaceAll(/\(SELECT j\.value AS v.*?LIMIT -1\) AS s/gs, "(staged rows) AS s");
}

/** The same of SQL that is a part of a statement. */
export function toldPart(make: (params: Params) => string, options?: Telling): string {
  const params = new Params();
  const sql = make(params);
  return told({ sql, params: params.values }, options);
}

const bound = (value: Value, i: number) =>
  `?${i + 1} = ${value instanceof Uint8Array ? `${value.length} bytes` : value === null ? "NULL" : `'${value}'`}`;
