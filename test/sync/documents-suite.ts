import { describe, expect, test } from "vitest";
import { archiveToJson } from "../../src/archive/reader.ts";
import { dumpTables } from "../support/dump.ts";
import type { Engine } from "../support/engine.ts";
import { archiveFrom, compareDumps, result, setScene } from "./scene.ts";

const POSTS = [
  `CREATE TABLE blog_posts (id INTEGER PRIMARY KEY, author_id INT, is_draft INTEGER NOT NULL DEFAULT 1, title TEXT DEFAULT 'untitled',
     tags TEXT, created_at INTEGER)`,
];

/** Plain documents, written by hand or by other tools. */
export function describeDocuments(name: string, engine: Engine): void {
  describe(`A plain document on ${name}`, () => {
    test("in camel case, with booleans and nested values, finds its columns", async () => {
      const scene = await setScene(engine, POSTS);
      const report = await scene.sync({
        blogPosts: [
          {
            id: 1,
            authorId: 7,
            isDraft: false,
            title: "One",
            tags: ["a", { b: 1 }],
            createdAt: 1_700_000_000_000,
          },
          { id: 2, authorId: null, isDraft: true, title: "Two", tags: { deep: true }, createdAt: null },
        ],
      });
      expect(await scene.rows("blog_posts")).toEqual([
        [1, 7, 0, "One", '["a",{"b":1}]', 1_700_000_000_000],
        [2, null, 1, "Two", '{"deep":true}', null],
      ]);
      expect(report).toMatchObject({
        results: { blog_posts: result({ attempted: 2, inserted: 2 }) },
        progress: { tablesProcessed: 1, totalTables: 1, recordsProcessed: 2, totalRecords: 2 },
      });
    });

    test("may have other columns in each row: what is not said stays, or takes its default", async () => {
      const scene = await setScene(engine, POSTS, [
        "INSERT INTO blog_posts VALUES (1, 1, 0, 'live', 'kept', 5)",
      ]);
      const before = await dumpTables(scene.target);
      const report = await scene.sync({
        blog_posts: [
          { id: 1, title: "new" },
          { id: 2 },
          { title: "three", id: 3 },
          { id: 4, author_id: 4, title: null },
        ],
      });
      expect(await scene.rows("blog_posts")).toEqual([
        [1, 1, 0, "new", "kept", 5],
        [2, null, 1, "untitled", null, null],
        [3, null, 1, "three", null, null],
        [4, 4, 1, null, null, null],
      ]);
      const { blog_posts } = await dumpTables(scene.target);
      expect(report.results!.blog_posts).toEqual(
        result({ attempted: 4, ...compareDumps(before.blog_posts!, blog_posts!) }),
      );
    });

    test.each(["merge", "mirror"] as const)("may have 128 kinds of rows, in mode %s", async (mode) => {
      const letters = [..."abcdefg"];
      const scene = await setScene(
        engine,
        [`CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT UNIQUE, ${letters.join(", ")})`],
        ["INSERT INTO t (id, u) VALUES (3, 'u4'), (4, 'u3'), (999, 'u5')"],
      );
      const rows = Array.from({ length: 128 }, (_, i) => ({
        id: i,
        u: `u${i}`,
        ...Object.fromEntries(letters.filter((_, bit) => i & (1 << bit)).map((letter) => [letter, i])),
      }));
      const report = await scene.sync({ t: rows }, { mode, onConflict: "replace" });
      expect(report.results!.t).toMatchObject({ attempted: 128, inserted: 126, updated: 2, deleted: 1 });
      expect(await scene.rows("t", "id")).toHaveLength(128);
    });

    test("brings numbers of any size as they are written", async () => {
      const scene = await setScene(engine, ["CREATE TABLE t (id INTEGER PRIMARY KEY, v)"]);
      await scene.sync(
        '{"data":{"t":[{"id":1,"v":9007199254740993},{"id":2,"v":1.5},{"id":3,"v":-9223372036854775808},{"id":9007199254740995,"v":0}]}}',
      );
      expect(await scene.rows("t", "CAST(id AS TEXT), typeof(v), CAST(v AS TEXT)")).toEqual(
        expect.arrayContaining([
          ["1", "integer", "9007199254740993"],
          ["2", "real", "1.5"],
          ["3", "integer", "-9223372036854775808"],
          ["9007199254740995", "integer", "0"],
        ]),
      );
    });

    test("does not make tags of what only looks like one", async () => {
      const scene = await setScene(engine, ["CREATE TABLE t (id INTEGER PRIMARY KEY, v)"]);
      await scene.sync({
        t: [
          { id: 1, v: { $int: "1", more: 2 } },
          { id: 2, v: { $blob: 5 } },
          { id: 3, v: { $int: "seven" } },
        ],
      });
      expect(await scene.rows("t")).toEqual([
        [1, '{"$int":"1","more":2}'],
        [2, '{"$blob":5}'],
        [3, '{"$int":"seven"}'],
      ]);
    });

    test("of two tables that are one in the target fills that one", async () => {
      const scene = await setScene(engine, POSTS);
      const report = await scene.sync({ blogPosts: [{ id: 1 }], blog_posts: [{ id: 2 }] });
      expect(report.results).toEqual({ blog_posts: result({ attempted: 2, inserted: 2 }) });
      expect(await scene.rows("blog_posts", "id")).toEqual([[1], [2]]);
    });

    test("has an empty table: a mirror empties the target's", async () => {
      const scene = await setScene(engine, POSTS, ["INSERT INTO blog_posts (id) VALUES (1)"]);
      const report = await scene.sync({ blog_posts: [] }, { mode: "mirror" });
      expect(report.results).toEqual({ blog_posts: result({ deleted: 1 }) });
      expect(await scene.rows("blog_posts")).toEqual([]);
    });

    test("without any table is refused, as is a version that nothing counts on from", async () => {
      const scene = await setScene(engine, POSTS);
      await scene.refuse('{"version":3,"data":{}}', "DOCUMENT_INVALID");
      await scene.refuse('{"version":-1,"data":{"blog_posts":[{"id":1}]}}', "INVALID_REQUEST");
    });

    test("may chose its tables", async () => {
      const scene = await setScene(engine, [...POSTS, "CREATE TABLE t (id INTEGER PRIMARY KEY)"]);
      await scene.sync(
        { t: [{ id: 1 }], blogPosts: [{ id: 1 }], unknown: [{ x: 1 }] },
        { tables: ["blog_posts", "t"] },
      );
      expect(await scene.rows("t")).toEqual([[1]]);
      expect(await scene.rows("blog_posts", "id")).toEqual([[1]]);
    });

    describe("for a table without a key", () => {
      const schema = ["CREATE TABLE t (v TEXT, n INT)"];

      test("adds its rows", async () => {
        const scene = await setScene(engine, schema, ["INSERT INTO t VALUES ('x', 1)"]);
        const report = await scene.sync({ t: [{ v: "x", n: 1 }, { v: "y" }] });
        expect(report.results).toEqual({ t: result({ attempted: 2, inserted: 2 }) });
        expect(await scene.rows("t", "v")).toEqual([["x"], ["x"], ["y"]]);
      });

      test("cannot be a mirror of it, and says so", async () => {
        const scene = await setScene(engine, schema, ["INSERT INTO t VALUES ('x', 1)"]);
        const error = await scene.refuse({ t: [{ v: "y" }] }, "MISSING_COLUMN", { mode: "mirror" });
        expect(error.message).toContain('A mirror needs to know each row of "t"');
      });

      test("keeps to its unique values", async () => {
        const unique = ["CREATE TABLE t (v TEXT UNIQUE, n INT)"];
        const scene = await setScene(engine, unique, ["INSERT INTO t VALUES ('x', 1)"]);
        await scene.refuse({ t: [{ v: "y" }, { v: "x" }] }, "UNIQUE_CONFLICT");
        const report = await scene.sync({ t: [{ v: "y" }, { v: "x", n: 9 }] }, { onConflict: "skip" });
        expect(report.results).toEqual({ t: result({ attempted: 2, inserted: 1, skipped: 1 }) });
        expect(await scene.rows("t")).toEqual([
          ["x", 1],
          ["y", null],
        ]);
      });
    });

    test("that came from an archive, through JSON, gives the same tables", async () => {
      const schema = ["CREATE TABLE t (id INTEGER PRIMARY KEY, v)", "CREATE TABLE e (k TEXT PRIMARY KEY)"];
      const archive = await archiveFrom(engine, schema, [
        "INSERT INTO t VALUES (1, x'00ff'), (2, 1.0), (3, 9007199254740993), (4, 'é😀')",
      ]);
      const text = await new Response(archiveToJson(archive)).text();
      const scene = await setScene(engine, schema);
      const before = await scene.sync(archive);
      const expected = await dumpTables(scene.target);
      for (const spelling of [
        text,
        JSON.stringify(JSON.parse(text)),
        JSON.stringify(JSON.parse(text), null, 2),
        `\uFEFF${text.replaceAll("\n", "\r\n")}`,
      ]) {
        const again = await setScene(engine, schema);
        const report = await again.sync(spelling, { mode: "mirror" });
        expect(await dumpTables(again.target)).toEqual(expected);
        expect(report.results).toEqual(before.results);
      }
    });

    test("that came from an archive and was filtered or sliced by someone merges what is left", async () => {
      const schema = [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v)",
        "CREATE TABLE u (id INTEGER PRIMARY KEY)",
      ];
      const archive = await archiveFrom(engine, schema, [
        "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')",
        "INSERT INTO u VALUES (1)",
      ]);
      const document = JSON.parse(await new Response(archiveToJson(archive)).text());
      document.data = { t: document.data.t.slice(1) };
      const scene = await setScene(engine, schema, ["INSERT INTO t VALUES (1, 'mine')"]);
      const report = await scene.sync(JSON.stringify(document));
      expect(report.results).toEqual({ t: result({ attempted: 2, inserted: 2 }) });
      expect(await scene.rows("t")).toEqual([
        [1, "mine"],
        [2, "b"],
        [3, "c"],
      ]);
      await scene.refuse(JSON.stringify(document), "DOCUMENT_INVALID", { mode: "mirror", version: 9 });
    });

    test("of many megabytes is staged in pieces and applied at once", async () => {
      const rows = Array.from({ length: 6000 }, (_, id) => ({ id, v: `${id} `.repeat(100) }));
      const scene = await setScene(engine, ["CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)"]);
      const key = "sync-1700000000000-ffffffffffff";
      await scene.sync({ t: rows }, { key, dryRun: true });
      const [[pieces, longest]] = (await scene.target.query({
        sql: "SELECT count(*) AS pieces, max(length(rows)) AS longest FROM _ferry_frames",
      })) as [[number, number]];
      expect(pieces).toBeGreaterThan(2);
      expect(longest).toBeLessThan(2_000_000);
      const report = await scene.sync({ t: rows }, { key });
      expect(report).toMatchObject({ calls: 1, plan: { transactions: "one" } });
      expect(report.results).toEqual({ t: result({ attempted: 6000, inserted: 6000 }) });
      expect(await scene.rows("t", "sum(length(v))")).toEqual([
        [rows.reduce((sum, { v }) => sum + v.length, 0)],
      ]);
    });
  });
}
