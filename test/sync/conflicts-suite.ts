import { describe, expect, test } from "vitest";
import { dumpTables } from "../support/dump.ts";
import { type Engine, execute } from "../support/engine.ts";
import { compareDumps, expectCleared, result, setScene } from "./scene.ts";

const ITEMS = ["CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT UNIQUE, n INTEGER)"];
const LIVE = ["INSERT INTO items VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)"];
const KIDS = (action: string) => [
  ...ITEMS,
  `CREATE TABLE kids (id INTEGER PRIMARY KEY, item INTEGER REFERENCES items ${action})`,
];

/** Unique values that incoming rows bring and other rows hold. */
export function describeConflicts(name: string, engine: Engine): void {
  describe(`A unique value on ${name}`, () => {
    test("held by a row that stays is a conflict, listed with both keys", async () => {
      const scene = await setScene(engine, ITEMS, LIVE);
      const error = await scene.refuse({ items: [{ id: 9, code: "b", n: 9 }] }, "UNIQUE_CONFLICT");
      expect(error.message).toContain("items");
      expect(error.details).toMatchObject({
        conflictCount: 1,
        conflicts: [{ table: "items", index: "code", key: "[9]", takenBy: "[2]" }],
      });
    });

    test("in conflict is in the plan of a dry run", async () => {
      const scene = await setScene(engine, ITEMS, LIVE);
      const report = await scene.sync({ items: [{ id: 9, code: "b" }] }, { dryRun: true });
      expect(report.plan).toMatchObject({ conflictCount: 1, conflicts: [{ key: "[9]", takenBy: "[2]" }] });
    });

    test("in conflict lists 20 conflicts and counts all", async () => {
      const rows = Array.from({ length: 50 }, (_, i) => i);
      const scene = await setScene(engine, ITEMS, [
        `INSERT INTO items VALUES ${rows.map((i) => `(${i}, 'c${i}', 0)`).join(", ")}`,
      ]);
      const error = await scene.refuse(
        { items: rows.map((i) => ({ id: 100 + i, code: `c${i}` })) },
        "UNIQUE_CONFLICT",
      );
      expect(error.details).toMatchObject({ conflictCount: 50 });
      expect(error.details!.conflicts).toHaveLength(20);
    });

    test("in conflict is skipped with its row", async () => {
      const scene = await setScene(engine, ITEMS, LIVE);
      const report = await scene.sync(
        {
          items: [
            { id: 9, code: "b", n: 9 },
            { id: 1, code: "a", n: 11 },
          ],
        },
        { onConflict: "skip" },
      );
      expect(report.results).toEqual({ items: result({ attempted: 2, updated: 1, skipped: 1 }) });
      expect(await scene.rows("items")).toEqual([
        [1, "a", 11],
        [2, "b", 2],
        [3, "c", 3],
      ]);
      expect(await scene.rows("seed_history", "seed_name, record_count")).toEqual([["items", 1]]);
    });

    test("in conflict is replaced: its holder goes, and is counted", async () => {
      const scene = await setScene(engine, ITEMS, LIVE);
      const report = await scene.sync({ items: [{ id: 9, code: "b", n: 9 }] }, { onConflict: "replace" });
      expect(await scene.rows("items")).toEqual([
        [1, "a", 1],
        [3, "c", 3],
        [9, "b", 9],
      ]);
      expect(report.results).toEqual({ items: result({ attempted: 1, inserted: 1, deleted: 1 }) });
    });

    test("that two rows swap is no conflict", async () => {
      for (const notNull of ["", "NOT NULL"]) {
        const scene = await setScene(
          engine,
          [`CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT ${notNull} UNIQUE, n INTEGER)`],
          LIVE,
        );
        const report = await scene.sync({
          items: [
            { id: 1, code: "b" },
            { id: 2, code: "c" },
            { id: 3, code: "a" },
          ],
        });
        expect(report.results).toEqual({ items: result({ attempted: 3, updated: 3 }) });
        expect(await scene.rows("items")).toEqual([
          [1, "b", 1],
          [2, "c", 2],
          [3, "a", 3],
        ]);
      }
    });

    test("that an incoming row takes from one that a mirror deletes is no conflict", async () => {
      const scene = await setScene(engine, ITEMS, LIVE);
      const report = await scene.sync({ items: [{ id: 9, code: "a", n: 9 }] }, { mode: "mirror" });
      expect(report.results).toEqual({ items: result({ attempted: 1, inserted: 1, deleted: 3 }) });
      expect(await scene.rows("items")).toEqual([[9, "a", 9]]);
    });

    test("that is NULL is nobody's", async () => {
      const scene = await setScene(engine, ITEMS, ["INSERT INTO items VALUES (1, NULL, 1)"]);
      await scene.sync({
        items: [
          { id: 2, code: null },
          { id: 3, code: null },
        ],
      });
      expect(await scene.rows("items", "id")).toEqual([[1], [2], [3]]);
    });

    test("held by an incoming row that is itself skipped stays with it", async () => {
      const scene = await setScene(engine, ITEMS, LIVE);
      const before = await dumpTables(scene.target);
      // 2 cannot have c, so it keeps b, so 1 cannot have b.
      const report = await scene.sync(
        {
          items: [
            { id: 1, code: "b", n: 10 },
            { id: 2, code: "c", n: 20 },
          ],
        },
        { onConflict: "skip" },
      );
      expect(await dumpTables(scene.target)).toEqual(before);
      expect(report.results).toEqual({ items: result({ attempted: 2, skipped: 2 }) });
    });

    test.each(["fail", "skip"] as const)(
      "of a row that mode insert finds there already is of no concern with %s",
      async (onConflict) => {
        const scene = await setScene(engine, ITEMS, LIVE);
        const before = await dumpTables(scene.target);
        const report = await scene.sync(
          { items: [{ id: 1, code: "b", n: 10 }] },
          { mode: "insert", onConflict },
        );
        expect(await dumpTables(scene.target)).toEqual(before);
        expect(report.results).toEqual({ items: result({ attempted: 1, unchanged: 1 }) });
      },
    );

    test("is not replaced in mode insert, which changes nothing that is there", async () => {
      const scene = await setScene(engine, ITEMS, LIVE);
      await scene.refuse({ items: [{ id: 9, code: "a" }] }, "INVALID_REQUEST", {
        mode: "insert",
        onConflict: "replace",
      });
    });

    test("of a new row that a live row holds is a conflict in mode insert, also when that row is in the document", async () => {
      const scene = await setScene(engine, ITEMS, LIVE);
      const rows = [
        { id: 1, code: "z" },
        { id: 9, code: "a" },
      ];
      await scene.refuse({ items: rows }, "UNIQUE_CONFLICT", { mode: "insert" });
      const report = await scene.sync({ items: rows }, { mode: "insert", onConflict: "skip" });
      expect(report.results).toEqual({ items: result({ attempted: 2, unchanged: 1, skipped: 1 }) });
    });

    test("that the document brings twice is refused, with the table and a key", async () => {
      const scene = await setScene(engine, ITEMS, LIVE);
      for (const onConflict of ["fail", "skip", "replace"] as const) {
        const error = await scene.refuse(
          {
            items: [
              { id: 8, code: "new" },
              { id: 9, code: "new" },
            ],
          },
          "UNIQUE_CONFLICT",
          { onConflict },
        );
        expect(error.message).toMatch(/items/);
        expect(error.message).toMatch(/code/);
        expect(error.message).toMatch(/\[[89]\]/);
      }
    });

    test("of several columns is compared as a whole", async () => {
      const scene = await setScene(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, UNIQUE (a, b))"],
        ["INSERT INTO t VALUES (1, 'x', 1), (2, 'x', 2)"],
      );
      await scene.sync({
        t: [
          { id: 3, a: "x", b: 3 },
          { id: 1, a: "x", b: 2 },
          { id: 2, a: "x", b: 1 },
        ],
      });
      expect(await scene.rows("t")).toEqual([
        [1, "x", 2],
        [2, "x", 1],
        [3, "x", 3],
      ]);
      await scene.refuse({ t: [{ id: 4, a: "x", b: 3 }] }, "UNIQUE_CONFLICT", { version: 2 });
    });

    test("may be swapped where it shares a column with the key", async () => {
      const scene = await setScene(
        engine,
        [
          "CREATE TABLE t (a INT NOT NULL, c INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, c), UNIQUE (a, b))",
        ],
        ["INSERT INTO t VALUES (1, 1, 1), (1, 2, 2)"],
      );
      const report = await scene.sync({
        t: [
          { a: 1, c: 1, b: 2 },
          { a: 1, c: 2, b: 1 },
        ],
      });
      expect(await scene.rows("t")).toEqual([
        [1, 1, 2],
        [1, 2, 1],
      ]);
      expect(report.results).toEqual({ t: result({ attempted: 2, updated: 2 }) });
    });

    test.each([
      ["a CHECK", "pos INTEGER NOT NULL UNIQUE CHECK (pos BETWEEN 1 AND 9)", "1", "2", 1, 2],
      ["a CHECK on text", "pos TEXT NOT NULL UNIQUE CHECK (length(pos) = 1)", "'x'", "'y'", "x", "y"],
      ["a REAL", "pos REAL NOT NULL UNIQUE", "1.5", "2.5", 1.5, 2.5],
    ])("may be swapped where the column takes little else: %s", async (_, column, sqlA, sqlB, a, b) => {
      const scene = await setScene(
        engine,
        [`CREATE TABLE t (id INTEGER PRIMARY KEY, ${column})`],
        [`INSERT INTO t VALUES (1, ${sqlA}), (2, ${sqlB})`],
      );
      await scene.sync({
        t: [
          { id: 1, pos: b },
          { id: 2, pos: a },
        ],
      });
      expect(await scene.rows("t")).toEqual([
        [1, b],
        [2, a],
      ]);
    });

    test("is not swapped through a delete that would lose a column or reach other rows", async () => {
      const table =
        "CREATE TABLE t (id INTEGER PRIMARY KEY, pos INT NOT NULL UNIQUE CHECK (pos < 10), note TEXT)";
      const rows = "INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two')";
      const swapped = [
        { id: 1, pos: 2 },
        { id: 2, pos: 1 },
      ];
      const scene = await setScene(engine, [table], [rows]);
      await scene.refuse({ t: swapped }, "ROW_REFUSED");
      const kids = "CREATE TABLE kids (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t ON DELETE CASCADE)";
      const parents = await setScene(engine, [table, kids], [rows, "INSERT INTO kids VALUES (1, 2)"]);
      const whole = swapped.map((row) => ({ ...row, note: "new" }));
      await parents.refuse({ t: whole }, "ROW_REFUSED");
      await execute(parents.target, ["DROP TABLE kids"]);
      await parents.sync({ t: whole });
      expect(await parents.rows("t", "id, pos")).toEqual([
        [1, 2],
        [2, 1],
      ]);
    });

    test("may be swapped where it is a BLOB of a STRICT table", async () => {
      const scene = await setScene(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, h BLOB NOT NULL UNIQUE) STRICT"],
        ["INSERT INTO t VALUES (1, x'01'), (2, x'02')"],
      );
      const text = JSON.stringify({
        format: "d1-ferry/1",
        data: {
          t: [
            { id: 1, h: { $blob: "Ag==" } },
            { id: 2, h: { $blob: "AQ==" } },
          ],
        },
      });
      await scene.sync(text);
      expect(await scene.rows("t", "id, hex(h)")).toEqual([
        [1, "02"],
        [2, "01"],
      ]);
    });

    test.each([
      ["a partial index", "on_ INT", "CREATE UNIQUE INDEX u ON t (v) WHERE on_ = 1"],
      ["an expression", "on_ INT", "CREATE UNIQUE INDEX u ON t (lower(v))"],
      ["another collation", "on_ INT", "CREATE UNIQUE INDEX u ON t (v COLLATE NOCASE)"],
      ["a generated column", "on_ INT, g TEXT AS (lower(v))", "CREATE UNIQUE INDEX u ON t (g)"],
      ["a generated column of the table", "on_ INT, g TEXT AS (lower(v)) UNIQUE", null],
    ])("may be swapped under %s", async (_, columns, index) => {
      const scene = await setScene(
        engine,
        [`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, ${columns})`, ...(index === null ? [] : [index])],
        ["INSERT INTO t (id, v, on_) VALUES (1, 'a', 1), (2, 'b', 1)"],
      );
      await scene.sync({
        t: [
          { id: 1, v: "B", on_: 1 },
          { id: 2, v: "A", on_: 1 },
        ],
      });
      expect(await scene.rows("t", "id, v")).toEqual([
        [1, "B"],
        [2, "A"],
      ]);
    });

    test("that nobody sees ahead is not swapped in many transactions, and what can do it is said", async () => {
      const scene = await setScene(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "CREATE UNIQUE INDEX u ON t (lower(v))"],
        ["INSERT INTO t VALUES (1, 'a'), (2, 'b')"],
      );
      const rows = [
        { id: 1, v: "b" },
        { id: 2, v: "a" },
      ];
      const error = await scene.refuse({ t: rows }, "UNIQUE_CONFLICT", { atomic: "never" });
      expect(error.details).toMatchObject({ reason: "unique-in-parts" });
    });

    // INTEGER PRIMARY KEY DESC is no rowid, and takes NULL: rows are deleted by their rowid, which the new row is given.
    test("that a table's own index generates is taken from a row that goes, and leaves its rowid", async () => {
      const scene = await setScene(
        engine,
        [
          "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, v TEXT, slug TEXT AS (lower(v)) STORED UNIQUE, note TEXT)",
        ],
        ["INSERT INTO t (id, v) VALUES (1, 'A')"],
      );
      const report = await scene.sync({ t: [{ id: 5, v: "a", note: null }] }, { mode: "mirror" });
      expect(report).toMatchObject({ status: "completed", results: { t: { inserted: 1, deleted: 1 } } });
      expect(await scene.rows("t")).toEqual([[5, "a", "a", null]]);
    });

    test.each([
      ["a partial index", "on_ INT", "CREATE UNIQUE INDEX u ON t (v) WHERE on_ = 1"],
      ["an expression", "on_ INT", "CREATE UNIQUE INDEX u ON t (lower(v))"],
      ["another collation", "on_ INT", "CREATE UNIQUE INDEX u ON t (v COLLATE NOCASE)"],
    ])(
      "in conflict under %s is refused with its table and both rows as they were",
      async (_, columns, index) => {
        const scene = await setScene(
          engine,
          [`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, ${columns})`, index],
          ["INSERT INTO t (id, v, on_) VALUES (1, 'a', 1)"],
        );
        await scene.refuse({ t: [{ id: 2, v: "a", on_: 1 }] }, "UNIQUE_CONFLICT");
      },
    );

    describe("of a parent is swapped while children outside the sync point to it", () => {
      const rows = ["INSERT INTO p VALUES (1, 'a'), (2, 'b')", "INSERT INTO c VALUES (1, 'a'), (2, 'b')"];
      const swapped = {
        p: [
          { id: 1, code: "b" },
          { id: 2, code: "a" },
        ],
      };
      const tables = (action: string) => [
        "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE)",
        `CREATE TABLE c (id INTEGER PRIMARY KEY, code TEXT REFERENCES p (code) ${action})`,
      ];

      test("and keep the value, and with it another parent, under no action", async () => {
        const scene = await setScene(engine, tables(""), rows);
        await scene.sync(swapped);
        expect(await scene.rows("p")).toEqual([
          [1, "b"],
          [2, "a"],
        ]);
        expect(await scene.rows("c")).toEqual([
          [1, "a"],
          [2, "b"],
        ]);
      });

      test.each(["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"])(
        "and is refused where they would follow: ON UPDATE %s",
        async (action) => {
          for (const atomic of ["always", "never"] as const) {
            const scene = await setScene(engine, tables(`ON UPDATE ${action}`), rows);
            const error = await scene.refuse(swapped, "FOREIGN_KEY", { atomic });
            expect(error.details).toMatchObject({
              reason: "update-reaches-rows",
              table: "p",
              child: "c",
              rows: 2,
            });
          }
        },
      );
    });

    test.each(["always", "never"] as const)(
      "is not changed where rows that stay point to it: atomic %s",
      async (atomic) => {
        const scene = await setScene(
          engine,
          [
            "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE)",
            "CREATE TABLE c (id INTEGER PRIMARY KEY, code TEXT REFERENCES p (code))",
          ],
          ["INSERT INTO p VALUES (1, 'a'), (2, 'b')", "INSERT INTO c VALUES (1, 'a')"],
        );
        for (const also of [{}, { c: [{ id: 2, code: "b" }] }]) {
          const data = { p: [{ id: 1, code: "z" }], ...also };
          const error = await scene.refuse(data, "FOREIGN_KEY", { atomic });
          expect(error.transient).toBe(false);
        }
        // A value that nobody points to may change.
        await scene.sync({ p: [{ id: 2, code: "z" }] }, { atomic });
        expect(await scene.rows("p")).toEqual([
          [1, "a"],
          [2, "z"],
        ]);
      },
    );

    test.each(["", "ON DELETE CASCADE", "ON DELETE SET NULL"])(
      "is not replaced where rows outside the sync point to its holder (%s)",
      async (action) => {
        const scene = await setScene(engine, KIDS(action), [...LIVE, "INSERT INTO kids VALUES (1, 2)"]);
        const error = await scene.refuse({ items: [{ id: 9, code: "b" }] }, "FOREIGN_KEY", {
          onConflict: "replace",
        });
        expect(error.message).toContain("kids");
      },
    );

    test("is not replaced where rows of the sync that the document does not have point to its holder", async () => {
      const scene = await setScene(engine, KIDS("ON DELETE CASCADE"), [
        ...LIVE,
        "INSERT INTO kids VALUES (1, 2)",
      ]);
      await scene.refuse({ items: [{ id: 9, code: "b" }], kids: [{ id: 5, item: 9 }] }, "FOREIGN_KEY", {
        onConflict: "replace",
      });
    });

    test.each([
      ["go with it and come in again in part", "ON DELETE CASCADE", { id: 1, item: 9 }],
      ["are held to it at once", "ON DELETE RESTRICT", { id: 1, item: 9, note: "new" }],
    ])("is not replaced where the rows that point to its holder %s", async (_, action, kid) => {
      const kids = `CREATE TABLE kids (id INTEGER PRIMARY KEY, item INTEGER REFERENCES items ${action}, note TEXT)`;
      const scene = await setScene(
        engine,
        [...ITEMS, kids],
        [...LIVE, "INSERT INTO kids VALUES (1, 2, 'kept')"],
      );
      const document = { items: [{ id: 9, code: "b" }], kids: [kid] };
      const error = await scene.refuse(document, "FOREIGN_KEY", { onConflict: "replace" });
      expect(error.details).toMatchObject({
        table: "items",
        child: "kids",
        columns: ["item"],
        key: "[1]",
        rows: 1,
      });
    });

    test("is replaced where the rows that point to its holder come in again whole", async () => {
      const scene = await setScene(engine, KIDS("ON DELETE CASCADE"), [
        ...LIVE,
        "INSERT INTO kids VALUES (1, 2)",
      ]);
      await scene.sync(
        { items: [{ id: 9, code: "b" }], kids: [{ id: 1, item: 9 }] },
        { onConflict: "replace" },
      );
      expect(await scene.rows("kids")).toEqual([[1, 9]]);
    });

    test("is replaced where the rows that point to its holder move with it", async () => {
      const scene = await setScene(engine, KIDS(""), [...LIVE, "INSERT INTO kids VALUES (1, 2)"]);
      const before = await dumpTables(scene.target);
      const report = await scene.sync(
        { items: [{ id: 9, code: "b" }], kids: [{ id: 1, item: 9 }] },
        { onConflict: "replace" },
      );
      expect(await scene.rows("kids")).toEqual([[1, 9]]);
      const after = await dumpTables(scene.target);
      for (const table of ["items", "kids"]) {
        expect(report.results![table]).toMatchObject(compareDumps(before[table]!, after[table]!));
      }
      await expectCleared(scene.target);
    });
  });
}
