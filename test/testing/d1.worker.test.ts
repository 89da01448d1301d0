import { env } from "cloudflare:workers";
import type { D1Database } from "@cloudflare/workers-types";
import { beforeEach, describe, expect, test } from "vitest";
import { createMeter, limitD1, type MeterOptions } from "../../src/testing/index.ts";
import { empty } from "../support/worker-engine.ts";

beforeEach(async () => void (await empty(env.DB)));

function limited(options: MeterOptions = {}) {
  const meter = createMeter("workers-free", options);
  return { db: limitD1(env.DB, meter), meter };
}

const many = (count: number, text: (i: number) => string, join = ", ") =>
  Array.from({ length: count }, (_, i) => text(i)).join(join);
const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

describe("A D1 held to its limits counts", () => {
  test("each query and each statement of a batch, and refuses the 51st", async () => {
    const { db, meter } = limited();
    await db.batch(Array.from({ length: 49 }, () => db.prepare("SELECT 1")));
    await db.prepare("SELECT 1").first();
    await expect(db.prepare("SELECT 1").all()).rejects.toThrow(
      "Too many API requests by single Worker invocation.",
    );
    meter.newInvocation();
    await db.prepare("SELECT 1").raw();
    expect(meter.usage).toEqual({ calls: 1, queries: 1, bucketOperations: 0 });
    expect(meter.most.queries).toBe(51);
    expect(meter.total.queries).toBe(52);
  });

  test("a batch as one query where it is told to", async () => {
    const { db, meter } = limited({ batchCounts: "one" });
    await db.batch(Array.from({ length: 60 }, () => db.prepare("SELECT 1")));
    expect(meter.usage).toMatchObject({ calls: 1, queries: 1 });
  });

  test("each line of exec, and the statements of a session", async () => {
    const { db, meter } = limited({ queries: 4 });
    expect(await db.exec("CREATE TABLE t (a)\n\nINSERT INTO t VALUES (1)")).toMatchObject({ count: 2 });
    const session = db.withSession("first-primary");
    await session.batch([session.prepare("SELECT 1"), session.prepare("SELECT a FROM t")]);
    expect(session.getBookmark()).toEqual(expect.any(String));
    expect(meter.usage.queries).toBe(4);
    await expect(session.prepare("SELECT 1").run()).rejects.toThrow("Too many API requests");
  });

  test("what is refused is not run", async () => {
    const { db } = limited({ queries: 1 });
    await db.exec("CREATE TABLE t (a)");
    await expect(db.batch([db.prepare("INSERT INTO t VALUES (1)")])).rejects.toThrow("Too many");
    expect(await env.DB.prepare("SELECT count(*) AS n FROM t").first("n")).toBe(0);
  });
});

describe("A D1 held to its limits says what the engine says", () => {
  test.each<[string, string, unknown[]]>([
    ["a statement of 100,001 bytes", `SELECT 1 /*${"é".repeat(49_993)}xx*/`, []],
    ["101 variables", `SELECT 1 IN (${many(101, () => "?")})`, Array(101).fill(1)],
    ["101 names", `SELECT 1 AS "é", 1 IN (${many(101, (i) => `:name${i}`)})`, Array(101).fill(1)],
    ["variable 101", "SELECT ?101", []],
    ["six terms", many(6, () => "SELECT 1", " UNION ALL "), []],
    ["six terms inside", `SELECT (${many(6, () => "SELECT 1", " EXCEPT ")})`, []],
  ])("for %s", async (_, sql, values) => {
    const engine = await messageOf(
      env.DB.prepare(sql)
        .bind(...values)
        .all(),
    );
    expect(engine).toMatch(/^D1_ERROR: /);
    const { db } = limited();
    for (const answer of [
      db
        .prepare(sql)
        .bind(...values)
        .all(),
      db
        .prepare(sql)
        .bind(...values)
        .raw(),
      db
        .prepare(sql)
        .bind(...values)
        .first(),
      db.batch([db.prepare(sql).bind(...values)]),
    ]) {
      expect(await messageOf(answer)).toBe(engine);
    }
  });

  test("for a function of too many arguments, at another number", async () => {
    const call = (count: number) => `SELECT 1, concat(${many(count, () => "1")})`;
    const engine = await messageOf(env.DB.prepare(call(128)).all());
    expect(engine).toBe("D1_ERROR: too many arguments on function concat at offset 10: SQLITE_ERROR");
    expect(await messageOf(limited().db.prepare(call(33)).all())).toBe(engine);
    await limited().db.prepare(call(32)).all();
  });

  test("for a value that is too large, at another number", async () => {
    const engine = await messageOf(env.DB.prepare("SELECT zeroblob(300000000)").all());
    const { db } = limited();
    const large = "x".repeat(2_000_001);
    expect(await messageOf(db.prepare("SELECT length(?1)").bind(large).all())).toBe(engine);
    expect(await messageOf(db.prepare("SELECT length(?1)").bind(new Uint8Array(2_000_001)).raw())).toBe(
      engine,
    );
    expect(await messageOf(db.prepare("SELECT hex(zeroblob(1000001)) AS x").first("x"))).toBe(engine);
    const row = db.prepare("SELECT zeroblob(1500000) AS a, zeroblob(1500000) AS b");
    expect(await messageOf(row.all())).toBe(engine);
  });

  test("where the engine itself refuses: columns, patterns, depth", async () => {
    const { db } = limited();
    const refused: [string, string][] = [
      [`SELECT ${many(101, (i) => `1 AS c${i}`)}`, "too many columns in result set"],
      [`CREATE TABLE wide (${many(101, (i) => `c${i}`)})`, "too many columns on wide"],
      [`SELECT 'a' LIKE '${"x".repeat(51)}'`, "LIKE or GLOB pattern too complex"],
      [`SELECT 'a' GLOB '${"é".repeat(26)}'`, "LIKE or GLOB pattern too complex"],
      [`SELECT ${many(101, () => "1", " OR ")}`, "maximum depth 100"],
    ];
    for (const [sql, words] of refused) {
      const engine = await messageOf(env.DB.prepare(sql).all());
      expect(engine).toContain(words);
      expect(await messageOf(db.prepare(sql).all())).toBe(engine);
    }
  });

  test("and lets pass what fits, comments, quotes and lists included", async () => {
    const { db } = limited();
    for (const sql of [
      `SELECT 1 /*${"x".repeat(99_987)}*/`,
      `SELECT 1 IN (${many(90, String)}) -- UNION UNION UNION UNION UNION UNION`,
      `SELECT 'UNION UNION UNION UNION UNION UNION ?101', "é" FROM (SELECT 1 AS "é")`,
      `SELECT * FROM (VALUES ${many(40, (i) => `(${i})`)})`,
      `SELECT coalesce(${many(32, () => "1")}), json_array(${many(32, () => "1")})`,
    ]) {
      expect(await messageOf(db.prepare(sql).raw()), sql.slice(0, 80)).toBe("no error");
    }
    expect(await db.prepare("SELECT length(?1) + length(?1)").bind("é".repeat(1_000_000)).raw()).toEqual([
      [2_000_000],
    ]);
  });
});

describe("A D1 that is slower than it may be", () => {
  const SLOW =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n";
  const words = "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.";

  test("rolls a batch and a single write back", async () => {
    await env.DB.exec("CREATE TABLE t (a)");
    const { db, meter } = limited({ timeFactor: 10_000 });
    const batch = db.batch([db.prepare("INSERT INTO t VALUES (1)"), db.prepare(`INSERT INTO t ${SLOW}`)]);
    await expect(batch).rejects.toThrow(words);
    await expect(db.prepare(`INSERT INTO t ${SLOW}`).run()).rejects.toThrow(words);
    await expect(db.prepare(SLOW).all()).rejects.toThrow(words);
    expect(meter.peaks.queryMs).toBeGreaterThan(30_000);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM t").first("n")).toBe(0);
  });

  test("answers a batch in time as it is, its own statement left out", async () => {
    await env.DB.exec("CREATE TABLE t (a)");
    const { db } = limited();
    const results = await db.batch<{ a: number }>([
      db.prepare("INSERT INTO t VALUES (7) RETURNING a"),
      db.prepare("SELECT a FROM t"),
    ]);
    expect(results.map((result) => result.results)).toEqual([[{ a: 7 }], [{ a: 7 }]]);
    expect(results[0]?.meta.changes).toBe(1);
  });
});

test("A database over its ceiling answers every query with that", async () => {
  await env.DB.exec("CREATE TABLE t (a)");
  const { db, meter } = limited({ databaseBytes: 50_000 });
  await db.prepare("INSERT INTO t VALUES (zeroblob(10000))").run();
  const words = "D1_ERROR: Exceeded maximum DB size.";
  await expect(db.prepare("INSERT INTO t VALUES (zeroblob(100000))").run()).rejects.toThrow(words);
  await expect(db.prepare("SELECT 1").all()).rejects.toThrow(words);
  expect(meter.peaks.databaseBytes).toBeGreaterThan(100_000);
});

describe("A D1 on an account's day", () => {
  const DAY = 86_400_000;
  const words = (kind: string) =>
    `D1_ERROR: Your account has exceeded D1's free tier daily row ${kind} limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue.`;

  test("takes no more writes once its rows are written, each index counted, until midnight UTC", async () => {
    await env.DB.exec("CREATE TABLE t (a UNIQUE, b); CREATE INDEX t_b ON t (b)");
    let now = Date.parse("2026-11-28T23:59:59Z");
    const { db, meter } = limited({ rowsWrittenADay: 6, now: () => now });
    const insert = (a: number) => db.prepare("INSERT INTO t VALUES (?1, 0) RETURNING a AS x, b AS y").bind(a);
    expect(await insert(1).raw()).toEqual([[1, 0]]);
    expect(meter.today.written).toBe(3);
    expect(await insert(2).raw({ columnNames: true })).toEqual([
      ["x", "y"],
      [2, 0],
    ]);

    for (const refused of [
      insert(3).raw(),
      insert(3).run(),
      insert(3).first(),
      db.batch([db.prepare("SELECT 1"), insert(3)]),
      db.exec("INSERT INTO t VALUES (3, 0)"),
    ]) {
      expect(await messageOf(refused)).toBe(words("write"));
    }
    expect(await db.prepare("SELECT count(*) AS n FROM t").first("n")).toBe(2);

    now += 1000;
    expect(meter.today).toEqual({ written: 0, read: 0 });
    await insert(3).run();
    expect(meter.today.written).toBe(3);
  });

  test("takes nothing at all once its rows are read", async () => {
    await env.DB.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)");
    let now = 0;
    const { db, meter } = limited({ rowsReadADay: 3, now: () => now });
    await db.prepare("SELECT a FROM t").all();
    expect(meter.today.read).toBe(3);
    expect(await messageOf(db.prepare("SELECT a FROM t").raw())).toBe(words("read"));
    expect(await messageOf(db.batch([db.prepare("DELETE FROM t")]))).toBe(words("read"));
    now += DAY;
    expect(await db.prepare("SELECT a FROM t").raw()).toHaveLength(3);
  });

  test("has the free plan's figures on the free plan, and none elsewhere", () => {
    expect(createMeter("workers-free").limits).toMatchObject({ rowsWrittenADay: 100_000 });
    expect(createMeter("workers-paid").limits.rowsWrittenADay).toBe(Infinity);
  });
});

test("A limited D1 goes wherever a D1 goes", async () => {
  const { db } = limited();
  const typed: D1Database = db;
  expect(await typed.prepare("SELECT 1 AS a, 2 AS b").first<number>("b")).toBe(2);
  expect(await typed.prepare("SELECT 1 AS a").raw({ columnNames: true })).toEqual([["a"], [1]]);
  await expect(typed.prepare("SELECT 1 AS a").first("b")).rejects.toThrow("D1_COLUMN_NOTFOUND");
  await expect(typed.exec("SELECTZ")).rejects.toThrow("D1_EXEC_ERROR");
});
