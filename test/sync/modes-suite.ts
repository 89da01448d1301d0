import { describe, expect, test } from "vitest";
import { readHistory } from "../../src/sync/run/history.ts";
import type { Mode } from "../../src/sync/run/options.ts";
import { dumpTables } from "../support/dump.ts";
import type { Engine } from "../support/engine.ts";
import { archiveFrom, compareDumps, expectCleared, photograph, result, setScene } from "./scene.ts";

const SCHEMA = ["CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT UNIQUE, n INTEGER)"];
const LIVE = ["INSERT INTO items VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)"];
const INCOMING = ["INSERT INTO items VALUES (2, 'b', 2), (3, 'c', 33), (4, 'd', 4)"];

/** What each mode does to a table. */
export function describeModes(name: string, engine: Engine): void {
  describe(`A sync on ${name}`, () => {
    test.each<[Mode, unknown[][], Parameters<typeof result>[0]]>([
      [
        "merge",
        [
          [1, "a", 1],
          [2, "b", 2],
          [3, "c", 33],
          [4, "d", 4],
        ],
        { inserted: 1, updated: 1, unchanged: 1 },
      ],
      [
        "insert",
        [
          [1, "a", 1],
          [2, "b", 2],
          [3, "c", 3],
          [4, "d", 4],
        ],
        { inserted: 1, unchanged: 2 },
      ],
      [
        "mirror",
        [
          [2, "b", 2],
          [3, "c", 33],
          [4, "d", 4],
        ],
        { inserted: 1, updated: 1, unchanged: 1, deleted: 1 },
      ],
    ])("in mode %s changes what the mode says, and counts it", async (mode, rows, counts) => {
      const source = await archiveFrom(engine, SCHEMA, INCOMING);
      const scene = await setScene(engine, SCHEMA, LIVE);
      const before = await dumpTables(scene.target);
      const report = await scene.sync(source, { mode });
      expect(await scene.rows("items")).toEqual(rows);
      expect(report).toMatchObject({ status: "completed", mode, error: null });
      // A row that is there stays as it is: nobody compared it.
      expect(report.verified).toBe(mode !== "insert");
      expect(report.results).toEqual({ items: result({ attempted: 3, ...counts }) });
      const { items } = await dumpTables(scene.target);
      expect(report.results!.items).toMatchObject(compareDumps(before.items!, items!));
      expect(report.plan!.tables.items).toEqual({ ...report.results!.items, live: 3 });
      await expectCleared(scene.target);
    });

    test.each<[Mode, number]>([
      ["merge", 4],
      ["mirror", 3],
    ])("again in mode %s writes nothing", async (mode, count) => {
      const source = await archiveFrom(engine, SCHEMA, INCOMING);
      const scene = await setScene(engine, SCHEMA, LIVE);
      await scene.sync(source, { mode });
      const before = await dumpTables(scene.target);
      const report = await scene.sync(source, { mode, version: 2 });
      expect(report.results).toEqual({ items: result({ attempted: 3, unchanged: 3 }) });
      expect(report.plan!.rowsWritten).toBe(0);
      expect(await dumpTables(scene.target)).toEqual(before);
      expect((await scene.rows("items")).length).toBe(count);
    });

    test("records each table at its version, once", async () => {
      const schema = [...SCHEMA, "CREATE TABLE empty (id INTEGER PRIMARY KEY)"];
      const source = await archiveFrom(engine, schema, INCOMING, { version: 7 });
      const scene = await setScene(engine, schema, LIVE);
      await scene.sync(source, { now: () => 1_700_000_000_000 });
      expect(await readHistory(scene.target)).toEqual([
        { seedName: "empty", seedVersion: 7, recordCount: 0, appliedAt: 1_700_000_000_000 },
        { seedName: "items", seedVersion: 7, recordCount: 3, appliedAt: 1_700_000_000_000 },
      ]);
    });

    test("writes into a history table that the app made, with other columns too", async () => {
      const scene = await setScene(engine, [
        ...SCHEMA,
        `CREATE TABLE seed_history (id INTEGER PRIMARY KEY AUTOINCREMENT, seed_name TEXT NOT NULL, seed_version INTEGER NOT NULL,
           record_count INTEGER NOT NULL, applied_at INTEGER NOT NULL, note TEXT DEFAULT 'by the app')`,
        "CREATE UNIQUE INDEX by_version ON seed_history (seed_name, seed_version)",
        "INSERT INTO seed_history (seed_name, seed_version, record_count, applied_at) VALUES ('items', 3, 2, 5)",
      ]);
      await scene.sync({ items: [{ id: 1, code: "a", n: 1 }] }, { version: 4 });
      expect(await scene.rows("seed_history", "id, seed_name, seed_version, record_count, note")).toEqual([
        [1, "items", 3, 2, "by the app"],
        [2, "items", 4, 1, "by the app"],
      ]);
    });

    test("fills tables that are empty, and leaves them empty where the source is", async () => {
      const schema = [...SCHEMA, "CREATE TABLE other (k TEXT PRIMARY KEY)"];
      const source = await archiveFrom(engine, schema, INCOMING);
      const scene = await setScene(engine, schema);
      const report = await scene.sync(source, { mode: "mirror" });
      expect(report.results).toEqual({ items: result({ attempted: 3, inserted: 3 }), other: result({}) });
      expect(await scene.rows("items")).toHaveLength(3);
    });

    test("mirrors an empty table by deleting every row", async () => {
      const source = await archiveFrom(engine, SCHEMA);
      const scene = await setScene(engine, SCHEMA, LIVE);
      const report = await scene.sync(source, { mode: "mirror" });
      expect(report.results).toEqual({ items: result({ deleted: 3 }) });
      expect(await scene.rows("items")).toEqual([]);
    });

    test("that only plans changes no table and no history", async () => {
      const source = await archiveFrom(engine, SCHEMA, INCOMING);
      const scene = await setScene(engine, SCHEMA, LIVE);
      const before = await photograph(scene.target);
      const report = await scene.sync(source, { mode: "mirror", dryRun: true });
      expect(report).toMatchObject({ status: "planned", results: null, verified: false });
      expect(report.plan).toMatchObject({
        tables: { items: { attempted: 3, inserted: 1, updated: 1, unchanged: 1, deleted: 1, live: 3 } },
        transactions: "one",
        conflictCount: 0,
      });
      expect(await photograph(scene.target)).toEqual(before);
    });

    test("goes from its plan to its end when it is called without dryRun", async () => {
      const source = await archiveFrom(engine, SCHEMA, INCOMING);
      const scene = await setScene(engine, SCHEMA, LIVE);
      const key = "sync-1700000000000-aaaaaaaaaaaa";
      await scene.sync(source, { key, dryRun: true, mode: "mirror" });
      const report = await scene.sync(source, { key });
      expect(report).toMatchObject({ status: "completed", mode: "mirror" });
      expect(await scene.rows("items", "id")).toEqual([[2], [3], [4]]);
    });

    test("plans anew what changed since the plan", async () => {
      const source = await archiveFrom(engine, SCHEMA, INCOMING);
      const scene = await setScene(engine, SCHEMA, LIVE);
      const key = "sync-1700000000000-bbbbbbbbbbbb";
      await scene.sync(source, { key, dryRun: true });
      await scene.target.batch([{ sql: "DELETE FROM items WHERE id = 3" }]);
      const report = await scene.sync(source, { key, mode: "mirror" });
      expect(report.results).toEqual({
        items: result({ attempted: 3, inserted: 2, unchanged: 1, deleted: 1 }),
      });
    });

    test("deletes only as many rows as were confirmed", async () => {
      const source = await archiveFrom(engine, SCHEMA, INCOMING);
      const scene = await setScene(engine, SCHEMA, LIVE);
      const key = "sync-1700000000000-cccccccccccc";
      for (const expectDeletes of [0, 2]) {
        const error = await scene.refuse(source, "CONFIRMATION_REQUIRED", {
          key,
          mode: "mirror",
          expectDeletes,
        });
        expect(error.details).toMatchObject({ deletes: 1, expected: expectDeletes });
      }
      await scene.sync(source, { key, mode: "mirror", expectDeletes: 1 });
      expect(await scene.rows("items", "id")).toEqual([[2], [3], [4]]);
    });

    test("updates only as many rows as are expected, also where a row comes in behind the plan", async () => {
      const source = await archiveFrom(engine, SCHEMA, INCOMING);
      const scene = await setScene(engine, SCHEMA, LIVE);
      const key = "sync-1700000000000-dddddddddddd";
      const before = await dumpTables(scene.target);
      for (const expectUpdates of [0, 2]) {
        const error = await scene.refuse(source, "CONFIRMATION_REQUIRED", { key, expectUpdates });
        expect(error.details).toMatchObject({ updates: 1, expected: expectUpdates });
      }
      expect((await dumpTables(scene.target)).items).toEqual(before.items);
      await scene.sync(source, { key, expectUpdates: 1 });
      expect(await scene.rows("items")).toHaveLength(4);

      const empty = await setScene(engine, SCHEMA, []);
      await empty.sync(source, { key, dryRun: true });
      await empty.target.batch([{ sql: "INSERT INTO items VALUES (4, 'd', 40)" }]);
      await empty.refuse(source, "CONFIRMATION_REQUIRED", { key, expectDeletes: 0, expectUpdates: 0 });
      expect(await empty.rows("items")).toEqual([[4, "d", 40]]);
    });

    describe("of some tables", () => {
      const schema = [
        ...SCHEMA,
        "CREATE TABLE other (k TEXT PRIMARY KEY)",
        "CREATE TABLE third (k TEXT PRIMARY KEY)",
      ];
      const rows = [...INCOMING, "INSERT INTO other VALUES ('x')", "INSERT INTO third VALUES ('y')"];

      test.each([
        [{ tables: ["other"] }, ["other"]],
        [{ tables: ["OTHER", "items"] }, ["items", "other"]],
        [{ exclude: ["items"] }, ["other", "third"]],
        [{ tables: ["items", "third"], exclude: ["third"] }, ["items"]],
      ])("by %j leaves the others alone, also in a mirror", async (choice, chosen) => {
        const source = await archiveFrom(engine, schema, rows);
        const scene = await setScene(engine, schema, [...LIVE, "INSERT INTO third VALUES ('mine')"]);
        const before = await dumpTables(scene.target);
        const report = await scene.sync(source, { mode: "mirror", ...choice });
        expect(Object.keys(report.results!).sort()).toEqual(chosen);
        const after = await dumpTables(scene.target);
        for (const table of ["items", "other", "third"]) {
          if (chosen.includes(table)) expect(after[table], table).not.toEqual(before[table]);
          else expect(after[table], table).toEqual(before[table]);
        }
        expect((await readHistory(scene.target)).map(({ seedName }) => seedName).sort()).toEqual(chosen);
      });

      test("stages anew when another call of the run chooses others", async () => {
        const source = await archiveFrom(engine, schema, rows);
        const scene = await setScene(engine, schema);
        const key = "sync-1700000000000-dddddddddddd";
        await scene.sync(source, { key, dryRun: true });
        const report = await scene.sync(source, { key, tables: ["other"] });
        expect(Object.keys(report.results!)).toEqual(["other"]);
        expect(await scene.rows("items")).toEqual([]);
      });

      test("refuses a table that the document does not have, rather than doing nothing", async () => {
        const source = await archiveFrom(engine, schema, rows);
        const scene = await setScene(engine, schema);
        const error = await scene.refuse(source, "UNKNOWN_TABLE", { tables: ["itms"] });
        expect(error.message).toContain("itms");
      });
    });
  });
}
