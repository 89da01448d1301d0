import { beforeEach, describe, expect, test } from "vitest";
import type { Bytes } from "../../src/bytes.ts";
import { sqliteMessage } from "../../src/database/failure.ts";
import type { Database, Value } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";

export interface DatabaseSubject {
  /** An empty database, foreign keys on. */
  create(): Promise<Database>;
}

/** What every implementation of the Database port does. */
export function describeDatabase(name: string, { create }: DatabaseSubject): void {
  describe(`${name} as a database`, () => {
    let database: Database;
    const run = (...statements: string[]) => database.batch(statements.map((sql) => ({ sql })));
    const ask = async (sql: string, ...params: Value[]): Promise<Value[][]> =>
      database.query({ sql, params });
    const refusal = async (work: Promise<unknown>): Promise<FerryError> => {
      const error = await work.then(
        () => new Error("nothing was refused"),
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(FerryError);
      return error as FerryError;
    };

    beforeEach(async () => {
      database = await create();
      await run("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
    });

    test("answers rows as arrays in select order", async () => {
      await run("INSERT INTO t VALUES (1, 'one'), (2, NULL)");
      expect(await ask("SELECT v, id FROM t ORDER BY id DESC")).toEqual([
        [null, 2],
        ["one", 1],
      ]);
      expect(await ask("SELECT v FROM t WHERE id > 5")).toEqual([]);
    });

    test("answers columns that are named like numbers or alike but for case in select order", async () => {
      const sql = 'SELECT 1 AS "b", 2 AS "a", 3 AS "B"';
      expect(await ask(sql)).toEqual([[1, 2, 3]]);
      const [result] = await database.batch([{ sql }]);
      expect(result!.rows).toEqual([[1, 2, 3]]);
    });

    test("answers 100 columns", async () => {
      const columns = Array.from({ length: 100 }, (_, i) => i);
      const sql = `SELECT ${columns.map((i) => `${i} AS c${i}`).join(", ")}`;
      expect(await ask(sql)).toEqual([columns]);
      expect((await database.batch([{ sql }]))[0]!.rows).toEqual([columns]);
    });

    test("takes tables as wide as it says", async () => {
      const columns = Array.from(
        { length: Math.min(database.capabilities.maxColumns, 300) },
        (_, i) => `c${i}`,
      );
      await run(`CREATE TABLE wide (${columns.join(", ")})`, "INSERT INTO wide (c0) VALUES (1)");
      expect(await ask(`SELECT ${columns.at(-1)} FROM wide`)).toEqual([[null]]);
    });

    test("has temporary tables where it says so, and nowhere else", async () => {
      const made = run("CREATE TEMP TABLE passing (x)");
      if (database.capabilities.temporaryTables) await made;
      else expect((await refusal(made)).code).toBe("DATABASE_ERROR");
    });

    test("gives texts whole where it says so, and else ends them at a NUL", async () => {
      const text = database.capabilities.wholeTexts ? "a\0b" : "a";
      expect(await ask("SELECT char(97, 0, 98) AS a")).toEqual([[text]]);
    });

    test("binds a number as REAL, text as TEXT, bytes as BLOB and null as NULL", async () => {
      const sql = "SELECT typeof(?1) AS a, typeof(?2) AS b, typeof(?3) AS c, typeof(?4) AS d";
      const params = [1, "1", new Uint8Array([1]), null];
      expect(await ask(sql, ...params)).toEqual([["real", "text", "blob", "null"]]);
      expect((await database.batch([{ sql, params }]))[0]!.rows).toEqual([["real", "text", "blob", "null"]]);
    });

    test("carries an integer through JSON as an integer", async () => {
      expect(await ask("SELECT typeof(?1 ->> 0) AS a, (?1 ->> 0) AS b", "[7]")).toEqual([["integer", 7]]);
    });

    test("binds one parameter in several places", async () => {
      expect(await ask("SELECT ?2 AS a, ?1 AS b, ?2 AS c", "x", "y")).toEqual([["y", "x", "y"]]);
    });

    test("takes 100 parameters", async () => {
      const names = Array.from({ length: 100 }, (_, i) => `?${i + 1}`);
      const sql = `SELECT ${names.map((name, i) => `${name} AS c${i}`).join(", ")}`;
      const params = names.map((_, i) => `v${i}`);
      expect(await ask(sql, ...params)).toEqual([params]);
    });

    test.each([
      ["bytes", new Uint8Array([0, 1, 254, 255])],
      ["no bytes", new Uint8Array(0)],
    ])("gives %s back as bytes", async (_, bytes: Bytes) => {
      await database.batch([{ sql: "INSERT INTO t VALUES (1, ?1)", params: [bytes] }]);
      const [row] = await ask("SELECT v FROM t");
      expect(row![0]).toBeInstanceOf(Uint8Array);
      expect([...(row![0] as Bytes)]).toEqual([...bytes]);
      const [result] = await database.batch([{ sql: "SELECT v FROM t" }]);
      expect([...(result!.rows[0]![0] as Bytes)]).toEqual([...bytes]);
    });

    test("binds a view on part of a buffer as that part", async () => {
      const part = new Uint8Array([9, 8, 7, 6]).subarray(1, 3);
      expect(await ask("SELECT hex(?1) AS h", part)).toEqual([["0807"]]);
    });

    test.each(["", "plain", "é 😀 \u2028", "a\u0000b", "\uFEFFmark", "\uFFFD", "line\r\n\ttab"])(
      "gives the text %j back",
      async (text) => {
        await database.batch([{ sql: "INSERT INTO t VALUES (1, ?1)", params: [text] }]);
        expect(await ask("SELECT v, typeof(v) FROM t")).toEqual([[text, "text"]]);
      },
    );

    test.each([0, 1, -1, 1.5, 2 ** 53, -(2 ** 53), 1e300, 5e-324, 0.1 + 0.2])(
      "gives the number %d back",
      async (number) => {
        expect(await ask("SELECT ?1 AS n", number)).toEqual([[number]]);
      },
    );

    test("gives integers beyond 2^53 back rounded, as numbers", async () => {
      const [row] = await ask("SELECT 9223372036854775807 AS n, -9007199254740993 AS m");
      expect(row).toEqual([2 ** 63, -(2 ** 53)]);
    });

    test("counts the rows that a statement changed, each for itself", async () => {
      const results = await run(
        "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')",
        "UPDATE t SET v = 'x' WHERE id > 1",
        "UPDATE t SET v = 'x' WHERE id > 7",
        "DELETE FROM t WHERE id = 1",
        "INSERT INTO t VALUES (2, 'again') ON CONFLICT (id) DO NOTHING",
      );
      expect(results.map(({ changes }) => changes)).toEqual([3, 2, 0, 1, 0]);
    });

    test("answers the rows of RETURNING", async () => {
      const [result] = await run("INSERT INTO t VALUES (5, 'five') RETURNING id, v");
      expect(result).toMatchObject({ rows: [[5, "five"]], changes: 1 });
    });

    test("runs a batch's statements in order, each seeing those before it", async () => {
      const results = await run(
        "INSERT INTO t VALUES (1, 'a')",
        "SELECT count(*) AS n FROM t",
        "DELETE FROM t",
      );
      expect(results[1]!.rows).toEqual([[1]]);
      expect(results).toHaveLength(3);
    });

    test("undoes the whole batch when its last statement fails", async () => {
      await run("INSERT INTO t VALUES (1, 'kept')");
      await refusal(
        run("UPDATE t SET v = 'lost'", "CREATE TABLE gone (x)", "INSERT INTO t VALUES (1, 'twice')"),
      );
      expect(await ask("SELECT v FROM t")).toEqual([["kept"]]);
      expect(await ask("SELECT name FROM sqlite_schema WHERE name = 'gone'")).toEqual([]);
    });

    test("goes on after a failed batch", async () => {
      await refusal(run("INSERT INTO t VALUES (1, 'a')", "nonsense"));
      await run("INSERT INTO t VALUES (1, 'b')");
      expect(await ask("SELECT v FROM t")).toEqual([["b"]]);
    });

    test("refuses a statement with a syntax error, and with it the batch", async () => {
      const error = await refusal(ask("SELEC 1"));
      expect(error.code).toBe("DATABASE_ERROR");
      expect(sqliteMessage(error)).toMatch(/^near "SELEC": syntax error( at offset \d+)?$/);
    });

    test("checks foreign keys at once by default", async () => {
      await run("CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t)");
      const error = await refusal(run("INSERT INTO c VALUES (1, 9)", "INSERT INTO t VALUES (9, 'late')"));
      expect(sqliteMessage(error)).toMatch(/^FOREIGN KEY constraint failed/);
    });

    test("checks deferred foreign keys at a batch's end", async () => {
      await run("CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t)");
      await run(
        "PRAGMA defer_foreign_keys = on",
        "INSERT INTO c VALUES (1, 9)",
        "INSERT INTO t VALUES (9, 'late')",
      );
      expect(await ask("SELECT t FROM c")).toEqual([[9]]);
    });

    test("undoes a batch whose deferred foreign keys point to nothing at its end", async () => {
      await run("CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t)");
      const error = await refusal(run("PRAGMA defer_foreign_keys = on", "INSERT INTO c VALUES (1, 9)"));
      // Which words it says is the engine's own: D1 speaks of an internal error.
      expect(error.code).toBe("DATABASE_ERROR");
      expect(await ask("SELECT * FROM c")).toEqual([]);
      // Deferring ends with its transaction, also one that failed.
      await refusal(run("INSERT INTO c VALUES (1, 9)", "INSERT INTO t VALUES (9, 'late')"));
    });

    test.each([
      ["UNIQUE", "INSERT INTO t VALUES (1, 'b')", "UNIQUE constraint failed: t.id"],
      ["NOT NULL", "INSERT INTO strictly VALUES (1, NULL, 1)", "NOT NULL constraint failed: strictly.a"],
      ["CHECK", "INSERT INTO strictly VALUES (1, 1, -1)", "CHECK constraint failed: b > 0"],
      [
        "STRICT",
        "INSERT INTO strictly VALUES (1, 'x', 1)",
        "cannot store TEXT value in INT column strictly.a",
      ],
      ["no table", "INSERT INTO nowhere VALUES (1)", "no such table: nowhere"],
      ["no column", "INSERT INTO t (absent) VALUES (1)", "table t has no column named absent"],
    ])("refuses %s with SQLite's own words", async (_, sql, words) => {
      await run(
        "INSERT INTO t VALUES (1, 'a')",
        "CREATE TABLE strictly (id INTEGER PRIMARY KEY, a INT NOT NULL, b INT CHECK (b > 0)) STRICT",
      );
      for (const work of [() => run(sql), () => ask(sql)]) {
        const error = await refusal(work());
        expect(error.code).toBe("DATABASE_ERROR");
        expect(error.transient).toBe(false);
        // D1 says where in the statement; nothing else is added.
        expect(sqliteMessage(error).replace(/ at offset \d+$/, "")).toBe(words);
      }
    });
  });
}
