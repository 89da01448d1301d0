import { describe, expect, test } from "vitest";
import { recordResults } from "../../../src/sync/apply/statements/commit.ts";
import { guardStatements } from "../../../src/sync/apply/statements/guards.ts";
import { liveScalars, rowScalars } from "../../../src/sync/compare/count-changes.ts";
import { newTableOrphans, orphanScalars } from "../../../src/sync/compare/orphans.ts";
import { remainingScalars, wrongScalars } from "../../../src/sync/compare/remaining.ts";
import { refuseDuplicateKeys } from "../../../src/sync/plan/duplicate-keys.ts";
import { MERGE, RUN, stagedScene, told, toldPart } from "../../support/staged-scene.ts";

const TABLE = 'CREATE TABLE "t?1" (id INTEGER PRIMARY KEY, v TEXT)';
const LIVE = `INSERT INTO "t?1" VALUES (1, 'one'), (2, 'two'), (9, 'nine')`;
const rows = {
  table: "t?1",
  columns: ["id", "v"],
  rows: [
    [1, "one"],
    [2, "zwei"],
    [3, "three"],
  ],
};

describe("What is counted before an apply", () => {
  test("is what lives there, and of what comes in: how many, met, differing and skipped", async () => {
    const scene = await stagedScene([TABLE, LIVE], [rows]);
    const scalars = [...liveScalars([scene.table.table]), ...rowScalars(scene.staged, MERGE)];
    expect(scalars.map((scalar) => toldPart(scalar)).join("\n;\n")).toMatchInlineSnapshot(`
      "SELECT json_array('live', 't?1', count(*)) FROM "t?1"
      ;
      SELECT CASE WHEN EXISTS (SELECT 1 FROM "t?1") THEN (SELECT json_array('rows', 't?1', count(*), sum(matched AND free), sum(different AND free), sum(NOT free))
      FROM (SELECT live."id" IS NOT NULL AS matched, CASE WHEN live."id" IS NOT NULL THEN (live."id" COLLATE BINARY IS NOT (s.v ->> 0) OR live."v" COLLATE BINARY IS NOT (s.v ->> 1)) ELSE 0 END AS different, 1 AS free
      FROM (staged rows) AS s LEFT JOIN "t?1" AS live ON live."id" = (s.v ->> 0) LIMIT -1))
      ELSE json_array('rows', 't?1', 3, 0, 0, 0) END
      -- ?1 = 'the-run', ?2 = 't?1', ?3 = '{"columns":["id","v"]}'"
    `);
    expect(await Promise.all(scalars.map((scalar) => scene.value(scalar)))).toEqual([
      '["live","t?1",3]',
      '["rows","t?1",3,2,1,0]',
    ]);
    const empty = await stagedScene([TABLE], [rows]);
    expect(await empty.value(rowScalars(empty.staged, MERGE)[0]!)).toBe('["rows","t?1",3,0,0,0]');
  });

  test("is added to the run's results", async () => {
    const scene = await stagedScene([TABLE, LIVE], [rows]);
    const made = recordResults(RUN, [() => "SELECT 'a'", () => "SELECT 'b'"]);
    expect(made.map((statement) => told(statement))).toEqual([
      `UPDATE _ferry_runs SET results = concat_ws(',', nullif(results, ''), (SELECT 'a'), (SELECT 'b')) WHERE key = ?1\n-- ?1 = '${RUN}'`,
    ]);
    await scene.run([...made, ...made]);
    expect(await scene.ask("SELECT results FROM _ferry_runs")).toEqual([["a,b,a,b"]]);
  });
});

describe("The guards", () => {
  test("count rows that are missing or hold something else", async () => {
    const scene = await stagedScene([TABLE, LIVE], [rows]);
    const { staged } = scene;
    const [wrong] = wrongScalars({ staged, writes: staged.tables, rules: MERGE });
    expect(toldPart(wrong!)).toMatchInlineSnapshot(`
      "SELECT count(*) FROM (staged rows) AS s LEFT JOIN "t?1" AS live
      ON live."id" = (s.v ->> 0) WHERE live."id" IS NULL OR (live."id" COLLATE BINARY IS NOT (s.v ->> 0) OR live."v" COLLATE BINARY IS NOT (s.v ->> 1))
      -- ?1 = 'the-run', ?2 = 't?1', ?3 = '{"columns":["id","v"]}'"
    `);
    expect(await scene.value(wrong!)).toBe(2);
  });

  test("count another number of rows than there should be, and of an empty table that is read back nothing else", async () => {
    const scene = await stagedScene([TABLE, `${LIVE}, (3, 'drei')`], [rows]);
    const { staged } = scene;
    const remaining = (by: number) =>
      remainingScalars(
        { staged, writes: staged.tables, rules: MERGE },
        [{ table: scene.table.table, by }],
        new Set(["t?1"]),
      );
    const counted = async (before: number, by: number) => {
      await scene.ask(`UPDATE _ferry_runs SET results = '["live","t?1",${before}]'`);
      return Promise.all(remaining(by).map((scalar) => scene.value(scalar)));
    };
    expect(await counted(0, 4)).toEqual([0, 0]);
    expect(await counted(0, 3)).toEqual([0, 1]);
    expect(await counted(3, 1)).toEqual([2, 0]);
    expect(await counted(3, -1)).toEqual([2, 2]);
  });

  test("count rows that point to nothing", async () => {
    const tables = [
      "CREATE TABLE p (a INT, b INT, PRIMARY KEY (a, b))",
      "CREATE TABLE c (id INTEGER PRIMARY KEY, x INT, y INT, FOREIGN KEY (y, x) REFERENCES p (b, a))",
      "INSERT INTO p VALUES (1, 2)",
    ];
    const incoming = [
      [1, 1, 2],
      [2, 2, 1],
      [3, null, 7],
      [4, 8, null],
    ];
    const scene = await stagedScene(tables, [{ table: "c", columns: ["id", "x", "y"], rows: incoming }]);
    const [orphans] = orphanScalars(scene.staged, MERGE);
    expect(toldPart(orphans!)).toMatchInlineSnapshot(`
      "SELECT count(*) FROM (staged rows) AS s WHERE ((s.v ->> 2) IS NOT NULL AND (s.v ->> 1) IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM "p" AS parent WHERE (parent."b" = (s.v ->> 2) AND parent."a" = (s.v ->> 1)))
      -- ?1 = 'the-run', ?2 = 'c', ?3 = '{"columns":["id","x","y"]}'"
    `);
    expect(await scene.value(orphans!)).toBe(1);
    expect(await scene.value(orphanScalars(scene.staged, { ...MERGE, onConflict: "skip" })[0]!)).toBe(0);
    await scene.run([
      { sql: "PRAGMA foreign_keys" },
      { sql: "PRAGMA defer_foreign_keys = on" },
      { sql: "INSERT INTO c VALUES (5, NULL, NULL)" },
    ]);
    expect(await scene.value(newTableOrphans(["c"])[0]!)).toBe(0);
    scene.database.sqlite.exec(
      "PRAGMA foreign_keys = off; INSERT INTO c VALUES (6, 9, 9); PRAGMA foreign_keys = on",
    );
    expect(await scene.value(newTableOrphans(["c"])[0]!)).toBe(1);
  });

  test("take nothing but 0", async () => {
    const scene = await stagedScene([TABLE], [rows]);
    const guard = (count: number) =>
      guardStatements(RUN, "remaining", [() => "SELECT 0", () => `SELECT ${count}`]);
    expect(told(guard(1)[0]!)).toBe(
      `UPDATE _ferry_runs SET remaining = (SELECT 0) + (SELECT 1) WHERE key = ?1\n-- ?1 = '${RUN}'`,
    );
    await scene.run(guard(0));
    await expect(scene.run(guard(1))).rejects.toThrow("ferry_nothing_remains");
    await expect(scene.run(guardStatements(RUN, "orphans", [() => "SELECT 1"]))).rejects.toThrow(
      "ferry_no_orphans",
    );
  });

  test("find a key that stands in a document twice, also as text and as a number", async () => {
    const keyed = ["CREATE TABLE t (k TEXT PRIMARY KEY, v)"];
    const twice = [
      {
        table: "t",
        columns: ["k", "v"],
        rows: [
          ["a", 1],
          ["7", 1],
        ],
      },
      { table: "t", columns: ["k"], rows: [[7]] },
    ];
    const scene = await stagedScene(keyed, twice);
    await expect(refuseDuplicateKeys(scene.database, scene.staged)).rejects.toMatchObject({
      code: "UNIQUE_CONFLICT",
      details: { table: "t", key: '["7"]', times: 2 },
    });
    const once = await stagedScene(keyed, twice.slice(0, 1));
    await expect(refuseDuplicateKeys(once.database, once.staged)).resolves.toBeUndefined();
  });

  test.each([
    ["k TEXT PRIMARY KEY", ["a", { $blob: "YQ==" }], null],
    ["k PRIMARY KEY", ["61", { $blob: "YQ==" }], null],
    ["k PRIMARY KEY", [1, "1"], null],
    ["k TEXT PRIMARY KEY", ["A", "a"], null],
    ["k TEXT PRIMARY KEY COLLATE NOCASE", ["A", "a"], 2],
    ["k TEXT, PRIMARY KEY (k COLLATE NOCASE)", ["a", "A"], 2],
    ["k TEXT, PRIMARY KEY (k COLLATE RTRIM)", ["a", "a  "], 2],
  ])("take keys of a document for one as SQLite does: %s, %j", async (key, cells, times) => {
    const rows = [{ table: "t", columns: ["k"], rows: cells.map((cell) => [cell]) }];
    const scene = await stagedScene([`CREATE TABLE t (${key})`], rows);
    const refused = refuseDuplicateKeys(scene.database, scene.staged);
    if (times === null) await expect(refused).resolves.toBeUndefined();
    else await expect(refused).rejects.toMatchObject({ code: "UNIQUE_CONFLICT", details: { times } });
  });
});
