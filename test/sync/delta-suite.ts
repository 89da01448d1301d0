import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/archive/reader.ts";
import type { ArchiveKind, ByteSource, Cell, Row, SchemaObject } from "../../src/archive/types.ts";
import type { FrameToWrite } from "../../src/archive/writer.ts";
import { createBudget } from "../../src/budget.ts";
import type { Mode } from "../../src/sync/run/options.ts";
import { type Engine, execute, newRunKey } from "../support/engine.ts";
import { archiveOfFrames, type KeyedTable, keyedArchive } from "../support/keyed-archive.ts";
import { memoryImages } from "../support/memory-images.ts";
import { archiveFrom, photograph, result, type SceneOptions, setScene } from "./scene.ts";

const AUTHORS = "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INT)";
const POSTS =
  "CREATE TABLE posts (slug TEXT COLLATE NOCASE PRIMARY KEY, author INT REFERENCES authors, v) WITHOUT ROWID";
const TAGS = "CREATE TABLE tags (id INTEGER PRIMARY KEY, label TEXT)";
const SCHEMA = [AUTHORS, POSTS, TAGS];
const LIVE = [
  "INSERT INTO authors VALUES (1, 'Ada', 1), (2, 'Bo', 2), (3, 'Cy', 3), (4, 'Di', 4)",
  "INSERT INTO posts VALUES ('a', 1, 1), ('b', 2, 2), ('c', 3, 3)",
  "INSERT INTO tags VALUES (1, 'x')",
];

const row = (id: number, name: string, n: Cell): { row: Row } => ({ row: { id, name, n } });
const post = (slug: string, author: Cell, v: Cell): { row: Row } => ({ row: { slug, author, v } });
const gone = (...key: Cell[]) => ({ gone: key });

/** 1 is changed, 3 goes with its post, 5 is new. */
const CHANGES: KeyedTable[] = [
  { table: "authors", keys: [row(1, "Ada", 11), gone(3), row(5, "Ed", 5)] },
  { table: "posts", keys: [gone("c"), post("d", 5, 4)] },
];

const MERGED = {
  authors: [
    [1, "Ada", 11],
    [2, "Bo", 2],
    [3, "Cy", 3],
    [4, "Di", 4],
    [5, "Ed", 5],
  ],
  posts: [
    ["a", 1, 1],
    ["b", 2, 2],
    ["c", 3, 3],
    ["d", 5, 4],
  ],
};

const MIRRORED = {
  authors: MERGED.authors.filter(([id]) => id !== 3),
  posts: MERGED.posts.filter(([slug]) => slug !== "c"),
};

const WAYS: [how: string, options: SceneOptions][] = [
  ["one transaction", { atomic: "always" }],
  ["many transactions", { atomic: "never", sliceBytes: 1 }],
  [
    "many transactions and calls",
    { atomic: "never", sliceBytes: 1, budget: () => createBudget({ statements: 30, limit: 1000 }) },
  ],
];

/** Archives of what changed. */
export function describeDeltas(name: string, engine: Engine): void {
  async function schemaOf(tables: readonly string[] = SCHEMA): Promise<SchemaObject[]> {
    return (await openArchive(await archiveFrom(engine, tables))).header.schema;
  }

  async function deltaOf(
    tables: KeyedTable[],
    { schema = SCHEMA, kind = "delta" }: { schema?: string[]; kind?: ArchiveKind } = {},
  ): Promise<ByteSource> {
    return keyedArchive({ kind, schema: await schemaOf(schema), tables, keysPerFrame: 2 });
  }

  /** Of any frames, each some lines of a table. */
  async function framesOf(frames: [table: string, ...lines: string[]][]): Promise<ByteSource> {
    const written = frames.map(([table, ...lines]): FrameToWrite => {
      const marks = (start: string) => lines.filter((line) => line.startsWith(start)).length;
      const rows = lines.length - marks('{"$gone"') - marks('{"$was"');
      const keys = rows + marks('{"$gone"');
      return { table, rows, keys, after: null, through: null, text: lines.join(",\n") };
    });
    return archiveOfFrames({ kind: "delta", schema: await schemaOf() }, written);
  }

  describe(`An archive of what changed, on ${name},`, () => {
    describe.each(WAYS)("in %s", (_, how) => {
      test.each<[Mode, typeof MERGED, object, boolean]>([
        ["merge", MERGED, { inserted: 1, updated: 1 }, true],
        [
          "insert",
          { ...MERGED, authors: MERGED.authors.with(0, [1, "Ada", 1]) },
          { inserted: 1, unchanged: 1 },
          false,
        ],
        ["mirror", MIRRORED, { inserted: 1, updated: 1, deleted: 1 }, true],
      ])("is synced in mode %s", async (mode, rows, authors, verified) => {
        const scene = await setScene(engine, SCHEMA, LIVE);
        const images = memoryImages();
        const before = await photograph(scene.target);
        const key = newRunKey();
        const report = await scene.sync(await deltaOf(CHANGES), { mode, key, images, ...how });
        expect(await scene.rows("authors")).toEqual(rows.authors);
        expect(await scene.rows("posts")).toEqual(rows.posts);
        expect(await scene.rows("tags")).toEqual([[1, "x"]]);
        expect(report).toMatchObject({ status: "completed", verified, notes: [] });
        // What mode insert leaves as it is, is not the archive's.
        const readBack = mode === "insert" ? ["posts"] : ["authors", "posts"];
        expect(report.verification).toMatchObject({ readBack, compared: [] });
        expect(report.progress.recordsVerified).toBe(mode === "insert" ? 1 : 3);
        expect(report.results).toEqual({
          authors: result({ attempted: 2, ...authors }),
          posts: result({ attempted: 1, inserted: 1, deleted: mode === "mirror" ? 1 : 0 }),
        });

        const kept = [...images.finished.values()].at(-1)!;
        const undo = newRunKey().replace("sync-", "undo-");
        await scene.sync(kept, { mode: "mirror", all: true, key: undo, undoes: key, ...how });
        expect((await photograph(scene.target)).tables).toEqual(before.tables);
      });
    });

    test("again writes nothing, and has gone keys that are gone", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      const delta = await deltaOf(CHANGES);
      await scene.sync(delta, { mode: "mirror" });
      const report = await scene.sync(delta, { mode: "mirror", version: 2 });
      expect(report.plan).toMatchObject({ rowsWritten: 0 });
      expect(report.results).toMatchObject({ authors: { unchanged: 2, deleted: 0 } });
      expect(await scene.rows("authors")).toEqual(MIRRORED.authors);
    });

    test("without any change, or of a table without one, deletes nothing", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      const before = (await photograph(scene.target)).tables;
      const none = await scene.sync(await deltaOf([]), { mode: "mirror" });
      expect(none).toMatchObject({ status: "completed", verified: true, results: {} });
      const empty = await framesOf([["authors"]]);
      const report = await scene.sync(empty, { mode: "mirror", version: 2 });
      expect(report.results).toEqual({ authors: result({}) });
      expect((await photograph(scene.target)).tables).toEqual(before);
    });

    test("into an empty target inserts its rows", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await deltaOf(CHANGES), { mode: "mirror" });
      expect(await scene.rows("authors")).toEqual([
        [1, "Ada", 11],
        [5, "Ed", 5],
      ]);
    });

    test("ignores what its rows were made against", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      const was = "0".repeat(64);
      const keys = [
        { ...row(1, "Ada", 11), was },
        { ...gone(3), was },
        { ...row(5, "Ed", 5), was: null },
      ];
      const tables = [
        { table: "authors", keys },
        { table: "posts", keys: [{ ...gone("c"), was: null }] },
      ];
      await scene.sync(await deltaOf(tables), { mode: "mirror" });
      expect(await scene.rows("authors")).toEqual(MIRRORED.authors);
    });

    test("keeps a row whose key a collation takes for one that is gone", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      const keys = [post("A", 1, 1), gone("a"), gone("B")];
      const report = await scene.sync(await deltaOf([{ table: "posts", keys }]), { mode: "mirror" });
      expect(await scene.rows("posts")).toEqual([
        ["A", 1, 1],
        ["c", 3, 3],
      ]);
      expect(report.results!.posts).toEqual(result({ attempted: 1, updated: 1, deleted: 1 }));
      expect(report.verified).toBe(true);
    });

    test("is synced as far as its tables are asked for", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      await scene.sync(await deltaOf(CHANGES), { mode: "merge", tables: ["authors"] });
      expect(await scene.rows("authors")).toEqual(MERGED.authors);
      expect(await scene.rows("posts")).toHaveLength(3);
      const none = await scene.sync(await deltaOf(CHANGES), { mode: "mirror", tables: ["tags"], version: 2 });
      expect(none).toMatchObject({ status: "completed", verified: true, results: {} });
      await scene.refuse(await deltaOf(CHANGES), "UNKNOWN_TABLE", { tables: ["nowhere"] });
    });

    test("lists what it does in its plan, whose deletes have to be confirmed", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      const delta = await deltaOf(CHANGES);
      const { plan } = await scene.sync(delta, { mode: "mirror", dryRun: true });
      expect(plan!.tables).toMatchObject({
        authors: { inserted: 1, updated: 1, deleted: 1, live: 4 },
        posts: { inserted: 1, updated: 0, deleted: 1, live: 3 },
      });
      const error = await scene.refuse(delta, "CONFIRMATION_REQUIRED", { mode: "mirror", expectDeletes: 1 });
      expect(error.details).toMatchObject({ deletes: 2 });
    });

    describe.each(WAYS.slice(0, 2))("in %s", (_, how) => {
      test("exchanges unique values with rows that are written or go", async () => {
        const scene = await setScene(engine, SCHEMA, LIVE);
        const keys = [row(1, "Bo", 1), row(2, "Ada", 2), gone(3), row(5, "Cy", 5)];
        const tables = [
          { table: "authors", keys },
          { table: "posts", keys: [gone("c")] },
        ];
        const report = await scene.sync(await deltaOf(tables), { mode: "mirror", ...how });
        expect(report).toMatchObject({ status: "completed", verified: true });
        expect(await scene.rows("authors")).toEqual([
          [1, "Bo", 1],
          [2, "Ada", 2],
          [4, "Di", 4],
          [5, "Cy", 5],
        ]);
      });

      test("does not take a unique value of a row that stays, unless it is told how", async () => {
        const delta = await deltaOf([
          { table: "authors", keys: [gone(3), row(5, "Di", 5), row(6, "Flo", 6)] },
        ]);
        const schema = [AUTHORS];
        const live = LIVE.slice(0, 1);
        for (const mode of ["merge", "mirror"] as const) {
          const scene = await setScene(engine, schema, live);
          const error = await scene.refuse(delta, "UNIQUE_CONFLICT", { mode, ...how });
          expect(error.details).toMatchObject({
            conflictCount: 1,
            conflicts: [{ key: "[5]", takenBy: "[4]" }],
          });
          const ids = async () => (await scene.rows("authors", "id")).flat();
          const cleared = mode === "mirror" ? [1, 2] : [1, 2, 3];
          const skipped = await scene.sync(delta, { mode, onConflict: "skip", ...how });
          expect(await ids()).toEqual([...cleared, 4, 6]);
          expect(skipped.results!.authors).toMatchObject({ inserted: 1, skipped: 1 });
          const replaced = await scene.sync(delta, { mode, onConflict: "replace", version: 2, ...how });
          expect(await ids()).toEqual([...cleared, 5, 6]);
          expect(replaced.results!.authors).toMatchObject({ inserted: 1, deleted: 1 });
        }
      });

      test("is refused where a row that stays points to one that goes", async () => {
        const scene = await setScene(engine, SCHEMA, LIVE);
        const delta = await deltaOf([{ table: "authors", keys: [gone(3)] }]);
        const error = await scene.refuse(delta, "FOREIGN_KEY", { mode: "mirror", ...how });
        expect(error.details).toMatchObject({ reason: "delete-reaches-rows", child: "posts", rows: 1 });
        // Nor where it is known and stays so.
        const both = await deltaOf([
          { table: "authors", keys: [gone(3)] },
          { table: "posts", keys: [gone("a"), post("z", 1, 1)] },
        ]);
        const again = await scene.refuse(both, "FOREIGN_KEY", { mode: "mirror", ...how });
        expect(again.details).toMatchObject({ reason: "delete-reaches-rows", key: '["c"]' });
        const moved = await deltaOf([
          { table: "authors", keys: [gone(3)] },
          { table: "posts", keys: [post("c", 4, 3)] },
        ]);
        await scene.sync(moved, { mode: "mirror", ...how });
        expect(await scene.rows("posts")).toContainEqual(["c", 4, 3]);
      });
    });

    test("is planned again where the app has changed or deleted one of its rows", async () => {
      for (const write of [
        "UPDATE authors SET n = 99 WHERE id = 1",
        "DELETE FROM posts WHERE author = 1",
        "UPDATE authors SET n = 98 WHERE id = 3",
        "DELETE FROM posts WHERE author = 3",
        "INSERT INTO authors VALUES (5, 'Eve', 1)",
      ]) {
        const scene = await setScene(engine, SCHEMA, [...LIVE, "INSERT INTO posts VALUES ('e', 1, 0)"]);
        const delta = await deltaOf([
          CHANGES[0]!,
          { table: "posts", keys: [gone("c"), post("d", 5, 4), post("e", 1, 9)] },
        ]);
        const key = newRunKey();
        const { plan } = await scene.sync(delta, { mode: "mirror", dryRun: true, key });
        await execute(scene.target, [write]);
        const error = await scene.refuse(delta, "PLAN_STALE", { mode: "mirror", plan: plan!.hash, key });
        expect(error.details).toMatchObject({ moved: [expect.anything()] });
        const report = await scene.sync(delta, { mode: "mirror", key });
        expect(report).toMatchObject({ status: "completed", verified: true });
        expect(await scene.rows("authors")).toEqual(MIRRORED.authors);
      }
    });

    test("leaves rows that others have written meanwhile", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      const delta = await deltaOf(CHANGES);
      const key = newRunKey();
      const { plan } = await scene.sync(delta, { mode: "mirror", dryRun: true, key });
      await execute(scene.target, [
        "INSERT INTO authors VALUES (9, 'New', 9)",
        "UPDATE authors SET n = 22 WHERE id = 2",
        "DELETE FROM authors WHERE id = 4",
      ]);
      await scene.sync(delta, { mode: "mirror", plan: plan!.hash, key });
      expect((await scene.rows("authors", "id, n")).slice(1)).toEqual([
        [2, 22],
        [5, 5],
        [9, 9],
      ]);
    });

    describe("is refused, and nothing is written, where", () => {
      test.each<[string, [table: string, ...lines: string[]][]]>([
        [
          "a row comes twice",
          [
            ["authors", '{"id":1,"name":"a","n":1}'],
            ["authors", '{"id":1,"name":"b","n":1}'],
          ],
        ],
        [
          "a key is gone twice",
          [
            ["authors", '{"$gone":[1]}'],
            ["authors", '{"$gone":[1]}'],
          ],
        ],
        [
          "a gone key has a row",
          [
            ["authors", '{"$gone":[1]}'],
            ["authors", '{"id":1,"name":"a","n":1}'],
          ],
        ],
        [
          "a gone key has a row in the same frame",
          [["authors", '{"$gone":[1]}', '{"id":1,"name":"a","n":1}']],
        ],
        [
          "a key is twice gone, with and without a base",
          [
            ["authors", '{"$gone":[1],"$was":[null]}', '{"$gone":[2]}'],
            ["authors", '{"$gone":[1]}'],
          ],
        ],
        ["a gone key has two cells", [["authors", '{"$gone":[1,2]}']]],
        ["a gone key is NULL", [["posts", '{"$gone":[null]}']]],
        ["a row's key is NULL", [["posts", '{"slug":null,"author":1,"v":1}']]],
        ["a row has no key", [["posts", '{"author":1,"v":1}']]],
      ])("%s", async (_, frames) => {
        for (const [, how] of WAYS) {
          const scene = await setScene(engine, SCHEMA, LIVE);
          for (const mode of ["merge", "mirror", "insert"] as const)
            await scene.refuse(await framesOf(frames), "ARCHIVE_CORRUPT", { mode, ...how });
        }
      });

      test("a row lacks a column", async () => {
        const scene = await setScene(engine, SCHEMA, LIVE);
        const delta = await framesOf([["authors", '{"id":1,"name":"a"}']]);
        await scene.refuse(delta, "MISSING_COLUMN", { mode: "mirror" });
      });

      test("its table is not there, whether or not tables are made", async () => {
        const scene = await setScene(engine, [TAGS]);
        for (const create of [undefined, true, "all"] as const) {
          const error = await scene.refuse(await deltaOf(CHANGES), "UNKNOWN_TABLE", { create });
          expect(error.details).toMatchObject({ reason: "table-of-rows-missing", table: "authors" });
        }
      });

      test("its table has no key", async () => {
        const schema = ["CREATE TABLE loose (v)"];
        const scene = await setScene(engine, schema, ["INSERT INTO loose VALUES (1)"]);
        const delta = await deltaOf([{ table: "loose", keys: [{ row: { rowid: 1, v: 2 } }] }], { schema });
        const error = await scene.refuse(delta, "UNSUPPORTED", { mode: "mirror" });
        expect(error.details).toMatchObject({ reason: "keyed-without-key", table: "loose" });
      });

      test("it is what a run kept, or what somebody chose", async () => {
        const scene = await setScene(engine, SCHEMA, LIVE);
        for (const kind of ["before-images", "subset"] as const) {
          const error = await scene.refuse(await deltaOf(CHANGES, { kind }), "UNSUPPORTED");
          expect(error.details).toMatchObject({ reason: "archive-of-parts", kind });
        }
      });
    });

    test("may hold a table as a whole, which is mirrored as a whole", async () => {
      const schema = [AUTHORS, "CREATE TABLE loose (v)"];
      const scene = await setScene(engine, schema, [LIVE[0]!, "INSERT INTO loose VALUES (1), (2), (3)"]);
      const lines = (table: string, text: string, rows: number, keys?: number): FrameToWrite => ({
        ...{ table, rows, after: null, through: null, text },
        ...(keys === undefined ? {} : { keys }),
      });
      const archive = await archiveOfFrames({ kind: "delta", schema: await schemaOf(schema) }, [
        lines("authors", '{"$gone":[3]},\n{"id":5,"name":"Ed","n":5}', 1, 2),
        lines("loose", '{"rowid":2,"v":2},\n{"rowid":9,"v":9}', 2),
      ]);
      const report = await scene.sync(archive, { mode: "mirror" });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(await scene.rows("authors", "id")).toEqual([[1], [2], [4], [5]]);
      expect(await scene.rows("loose", "rowid, v")).toEqual([
        [2, 2],
        [9, 9],
      ]);
    });
  });
}
