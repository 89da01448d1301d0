import { expect, inject } from "vitest";
import { COUNTS } from "../../../examples/community-pulse/scripts/generate.js";
import { compareDatabases, openD1, openR2Index } from "../../../scripts/demo/databases.ts";

export const TABLES = Object.keys(COUNTS);
export const ROWS = Object.values(COUNTS).reduce((sum, count) => sum + count, 0);

/** Reads both SQLite files, past all of d1-ferry, and holds the tables to be equal row for row. */
export function expectEqualTables(state: string, tables: readonly string[] = TABLES): void {
  const expected = tables.map((table) => {
    const count = COUNTS[table as keyof typeof COUNTS];
    return { table, local: count, production: count, difference: null };
  });
  expect(compareDatabases(inject("shared").local.state, state, tables)).toEqual(expected);
}

/** Rows per table of an app's database. */
export function countRows(state: string): Record<string, number> {
  const database = openD1(state);
  try {
    return Object.fromEntries(
      TABLES.map((table) => [
        table,
        Number(database.prepare(`SELECT count(*) AS rows FROM "${table}"`).get()?.rows),
      ]),
    );
  } finally {
    database.close();
  }
}

/** Runs a query on an app's database file; each row as a list. */
export function query(state: string, sql: string): unknown[][] {
  const database = openD1(state);
  try {
    return database.prepare(sql).all().map(Object.values);
  } finally {
    database.close();
  }
}

/** What nobody would ever clean up: staged frames, and uploads that were begun and left. */
export function expectNothingLeftOver(state: string): void {
  expect(query(state, "SELECT run, seq FROM _ferry_frames")).toEqual([]);
  const bucket = openR2Index(state);
  try {
    expect(bucket.prepare("SELECT key FROM _mf_multipart_uploads WHERE state = 0").all()).toEqual([]);
    const ledger = "SELECT key FROM _mf_objects WHERE key LIKE '%/uploads/%' AND key NOT LIKE '%/completed'";
    expect(bucket.prepare(ledger).all()).toEqual([]);
  } finally {
    bucket.close();
  }
}

/** The tables and versions in the history, with their rows. */
export function history(state: string): unknown[][] {
  return query(
    state,
    "SELECT seed_name, seed_version, record_count FROM seed_history ORDER BY seed_version, seed_name",
  );
}

/** The history of complete syncs under these versions. */
export function completeHistory(...versions: number[]): unknown[][] {
  return versions.flatMap((version) =>
    Object.entries(COUNTS)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([table, count]) => [table, version, count]),
  );
}
