import { expect } from "vitest";
import type { ByteSource } from "../../src/archive/types.ts";
import type { Database } from "../../src/database/port.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { FerryError } from "../../src/errors.ts";
import { readHistory } from "../../src/sync/run/history.ts";
import type { RunReport, TableResult } from "../../src/sync/run/report.ts";
import { documentSource } from "../support/bytes.ts";
import { type Dump, dumpSchema, dumpTables } from "../support/dump.ts";
import { archiveOf, type DriveOptions, drive, type Engine, execute, newRunKey } from "../support/engine.ts";

/** A target with tables and rows, and what is done to it. */
export interface Scene {
  target: Database;
  /** Syncs a document (by its `data`), or any source, to its end. */
  sync(input: Input, options?: SceneOptions): Promise<RunReport & { calls: number }>;
  /** Syncs what must be refused: with this code, and not a byte of the target changed. */
  refuse(input: Input, code: ErrorCode, options?: SceneOptions): Promise<FerryError>;
  /** The rows of a table, as JavaScript values, in the order of its first column. */
  rows(table: string, columns?: string): Promise<unknown[][]>;
}

export type Input = Record<string, object[]> | ByteSource | string;

export interface SceneOptions extends DriveOptions {
  key?: string;
}

export async function setScene(
  engine: Engine,
  schema: readonly string[],
  rows: readonly string[] = [],
): Promise<Scene> {
  const target = await engine.target();
  await execute(target, schema);
  await execute(target, rows);
  return sceneOf(target);
}

export function sceneOf(target: Database): Scene {
  const sync: Scene["sync"] = (input, { key = newRunKey(), ...options } = {}) =>
    drive(target, asSource(input), key, { mostCalls: 50, ...options });
  return {
    target,
    sync,
    async refuse(input, code, options) {
      const before = await photograph(target);
      const error = await sync(input, options).then(
        (report) => new Error(`Nothing was refused: ${JSON.stringify(report.results)}`),
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof FerryError)) throw error;
      expect(`${error.code}: ${error.message}`).toContain(`${code}: `);
      expect(await photograph(target)).toEqual(before);
      return error;
    },
    async rows(table, columns = "*") {
      const rows = await target.query({
        sql: `SELECT ${columns} FROM "${table.replaceAll('"', '""')}" ORDER BY 1`,
      });
      const texts = rows.map((row) => JSON.stringify(row));
      return rows.every(([first], i) => i === 0 || first !== rows[i - 1]![0])
        ? rows
        : texts.sort().map((text) => JSON.parse(text));
    },
  };
}

function asSource(input: Input): ByteSource {
  if (typeof input === "string") return documentSource(input);
  return "stream" in input && typeof input.stream === "function"
    ? (input as ByteSource)
    : documentSource({ data: input });
}

/** Everything of the user's, and the history. */
export async function photograph(
  database: Database,
): Promise<{ tables: Dump; schema: string[]; history: unknown }> {
  return {
    tables: await dumpTables(database),
    schema: await dumpSchema(database),
    history: (await readHistory(database)).map(({ seedName, seedVersion, recordCount }) => [
      seedName,
      seedVersion,
      recordCount,
    ]),
  };
}

/** The archive of a database made for it. */
export async function archiveFrom(
  engine: Engine,
  schema: readonly string[],
  rows: readonly string[] = [],
  options: Parameters<typeof archiveOf>[1] = {},
): Promise<ByteSource> {
  const source = await engine.source();
  await execute(source, schema);
  await execute(source, rows);
  return archiveOf(source, options);
}

/** A result, zero where nothing is said. */
export function result(counts: Partial<TableResult>): TableResult {
  return { attempted: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, skipped: 0, ...counts };
}

/** What changed in a table between two dumps, by the texts of its first `keyWidth` cells. */
export function compareDumps(
  before: string[][],
  after: string[][],
  keyWidth = 1,
): Pick<TableResult, "inserted" | "updated" | "deleted"> {
  const byKey = (rows: string[][]) =>
    new Map(
      rows.map((row) => {
        const cells = row.flatMap((slice) => slice.split("\n"));
        return [cells.slice(0, keyWidth).join("\n"), cells.join("\n")] as const;
      }),
    );
  const [old, now] = [byKey(before), byKey(after)];
  const keys = [...now.keys()];
  return {
    inserted: keys.filter((key) => !old.has(key)).length,
    updated: keys.filter((key) => old.has(key) && old.get(key) !== now.get(key)).length,
    deleted: [...old.keys()].filter((key) => !now.has(key)).length,
  };
}

/** No frame waits, no run holds the lock. */
export async function expectCleared(database: Database): Promise<void> {
  expect(await database.query({ sql: "SELECT count(*) FROM _ferry_frames" })).toEqual([[0]]);
  expect(await database.query({ sql: "SELECT count(*) FROM _ferry_runs WHERE lease_until > 0" })).toEqual([
    [0],
  ]);
}
