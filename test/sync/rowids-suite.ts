import { describe, expect, test } from "vitest";
import type { Database, Statement } from "../../src/database/port.ts";
import type { Engine } from "../support/engine.ts";
import { before } from "./before-batch.ts";
import { archiveFrom, sceneOf, setScene } from "./scene.ts";

const NOTES = "CREATE TABLE notes (slug TEXT PRIMARY KEY, body TEXT)";
const SEARCH = "CREATE VIRTUAL TABLE search USING fts5(body)";

/** Words that nobody else has, under rowids that do not follow the keys' order. */
const ROWS = [
  "INSERT INTO notes (rowid, slug, body) VALUES (90, 'a', 'alder'), (7, 'b', 'birch'), (-3, 'c', 'cedar'), (9007199254740993, 'd', 'dogwood')",
  "INSERT INTO search (rowid, body) SELECT rowid, body FROM notes",
];

const bySearch = async (database: Database, word: string) =>
  database.query({
    sql: "SELECT slug FROM search JOIN notes ON notes.rowid = search.rowid WHERE search MATCH ?1",
    params: [word],
  });

const rowids = (database: Database, table = "notes") =>
  database.query({ sql: `SELECT CAST(rowid AS TEXT), slug FROM "${table}" ORDER BY slug` });

/** Rowids that no column holds, which full-text tables and apps name rows by all the same. */
export function describeRowids(name: string, engine: Engine): void {
  describe(`Rowids on ${name}`, () => {
    test.each(["always", "never"] as const)(
      "are carried into a table that is empty, so a search finds the rows it found: atomic %s",
      async (atomic) => {
        const source = await archiveFrom(engine, [NOTES, SEARCH], ROWS, { frameBytes: 60 });
        const scene = await setScene(engine, [NOTES, SEARCH]);
        const report = await scene.sync(source, { mode: "mirror", atomic });
        expect(report).toMatchObject({ status: "completed", verified: true, notes: [] });
        expect(await rowids(scene.target)).toEqual([
          ["90", "a"],
          ["7", "b"],
          ["-3", "c"],
          ["9007199254740993", "d"],
        ]);
        for (const [word, slug] of [
          ["alder", "a"],
          ["birch", "b"],
          ["cedar", "c"],
          ["dogwood", "d"],
        ])
          expect(await bySearch(scene.target, word!)).toEqual([[slug]]);
      },
    );

    test("are carried into a table that the sync creates", async () => {
      const source = await archiveFrom(engine, [NOTES, SEARCH], ROWS);
      const scene = await setScene(engine, []);
      await scene.sync(source, { create: true });
      expect(await bySearch(scene.target, "cedar")).toEqual([["c"]]);
    });

    test("are carried with a hundred columns beside them", async () => {
      const columns = Array.from({ length: 99 }, (_, i) => `c${i} INT`);
      const schema = [`CREATE TABLE notes (slug TEXT PRIMARY KEY, ${columns.join(", ")})`];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO notes (rowid, slug, c98) VALUES (41, 'a', 1), (40, 'b', 2)",
      ]);
      const scene = await setScene(engine, schema);
      await scene.sync(source);
      expect(await rowids(scene.target)).toEqual([
        ["41", "a"],
        ["40", "b"],
      ]);
    });

    test("stay as they are in a table that has rows, and the plan says so where a search may name them", async () => {
      const source = await archiveFrom(engine, [NOTES, SEARCH], ROWS);
      const there = "INSERT INTO notes (rowid, slug, body) VALUES (90, 'z', 'zelkova'), (5, 'b', 'beech')";
      const scene = await setScene(engine, [NOTES, SEARCH], [there]);
      const planned = await scene.sync(source, { dryRun: true });
      expect(planned.notes).toEqual([expect.stringMatching(/new rows of notes get other rowids.*search/)]);
      await scene.sync(source, { version: 2 });
      const found = Object.fromEntries((await rowids(scene.target)).map(([rowid, slug]) => [slug, rowid]));
      expect(found).toMatchObject({ z: "90", b: "5" });
      expect(new Set(Object.values(found)).size).toBe(5);
    });

    test.each([
      ["rows of a document have none to bring", [NOTES, SEARCH], { notes: [{ slug: "a", body: "x" }] }, 1],
      ["nothing names rows by them", [NOTES], { notes: [{ slug: "a", body: "x" }] }, 0],
      [
        "they are the key",
        ["CREATE TABLE notes (id INTEGER PRIMARY KEY, slug TEXT)", SEARCH],
        { notes: [{ id: 4, slug: "a" }] },
        0,
      ],
      [
        "there are none",
        ["CREATE TABLE notes (slug TEXT PRIMARY KEY) WITHOUT ROWID", SEARCH],
        { notes: [{ slug: "a" }] },
        0,
      ],
      [
        "the index is made again",
        [NOTES, "CREATE VIRTUAL TABLE search USING fts5(body, content='notes')"],
        { notes: [{ slug: "a", body: "x" }] },
        0,
      ],
    ])("are told of only where they matter: %s", async (_, schema, data, notes) => {
      const scene = await setScene(engine, schema);
      expect((await scene.sync(data)).notes).toHaveLength(notes);
    });

    test("of a table with columns of all three names are not asked for", async () => {
      const schema = ["CREATE TABLE notes (slug TEXT PRIMARY KEY, rowid TEXT, _rowid_ TEXT, oid TEXT)"];
      const source = await archiveFrom(engine, schema, ["INSERT INTO notes VALUES ('a', 'x', 'y', 'z')"]);
      const scene = await setScene(engine, schema);
      await scene.sync(source);
      expect(await scene.rows("notes")).toEqual([["a", "x", "y", "z"]]);
    });

    test("that a row has been given meanwhile are left to it", async () => {
      const source = await archiveFrom(engine, [NOTES], ROWS.slice(0, 1), { frameBytes: 60 });
      const scene = await setScene(engine, [NOTES]);
      let written = false;
      const target: Database = {
        ...scene.target,
        async batch(statements) {
          const answers = await scene.target.batch(statements);
          if (!written && statements.some(({ sql }) => sql.includes("SET frames_through"))) {
            written = true;
            await scene.target.batch([{ sql: "INSERT INTO notes (rowid, slug) VALUES (-3, 'app')" }]);
          }
          return answers;
        },
      };
      // The row of the app is seen when the table is read back, which was empty in the plan.
      const report = await sceneOf(target).sync(source, { atomic: "never", sliceBytes: 1 });
      expect(report.verification?.changedSince).toEqual({ notes: 1 });
      expect(written).toBe(true);
      const found = Object.fromEntries((await rowids(scene.target)).map(([rowid, slug]) => [slug, rowid]));
      expect(found).toMatchObject({ a: "90", b: "7", app: "-3" });
      expect(Object.keys(found)).toHaveLength(5);
    });

    test.each([
      ["with a key", "slug TEXT PRIMARY KEY"],
      ["without a key", "slug TEXT"],
    ] as const)("are not given to a row whose own is taken, in a table %s", async (_, slug) => {
      const schema = [`CREATE TABLE notes (${slug}, body TEXT)`];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO notes VALUES ('a', 'alder'), ('b', 'birch'), ('c', 'cedar')",
      ]);
      const { target } = await setScene(engine, schema);
      const writes = (statements: readonly Statement[]) =>
        statements.some(({ sql }) => /^INSERT OR ABORT INTO "notes"/.test(sql));
      const rows = ["('app', 'ash')"];
      const app = async () => {
        const [row] = rows.splice(0);
        if (row !== undefined) await target.batch([{ sql: `INSERT INTO notes VALUES ${row}` }]);
      };
      await sceneOf(before(target, writes, app)).sync(source, { atomic: "never", keyless: "append" });
      expect(await rowids(target)).toEqual([
        [expect.anything(), "a"],
        ["1", "app"],
        ["2", "b"],
        ["3", "c"],
      ]);
    });
  });
}
