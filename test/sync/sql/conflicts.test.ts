import { describe, expect, test } from "vitest";
import { Params } from "../../../src/database/sql/params.ts";
import { displaceStatement } from "../../../src/sync/apply/statements/displace-rows.ts";
import type { Displacement } from "../../../src/sync/apply/statements/request.ts";
import {
  conflictSites,
  type DisplacedOptions,
  givesWay,
  isDeleted,
  isDisplaced,
  withoutConflict,
} from "../../../src/sync/compare/conflicts.ts";
import { MERGE, stagedScene, told, toldPart } from "../../support/staged-scene.ts";

const TABLE = 'CREATE TABLE t (id INTEGER PRIMARY KEY, "c?1" TEXT COLLATE NOCASE UNIQUE)';
const LIVE = "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')";
/** 1 takes b, which 2 gives up; 9 takes c, which 3 keeps. */
const rows = {
  table: "t",
  columns: ["id", "c?1"],
  rows: [
    [1, "B"],
    [2, "x"],
    [9, "c"],
  ],
};
const scene = () => stagedScene([TABLE, LIVE], [rows]);
const siteOf = ({ staged }: Awaited<ReturnType<typeof scene>>) => conflictSites(staged.tables)[0]!;

describe("A displaced row", () => {
  test("is found by the index's collation, under another key", async () => {
    const made = await scene();
    const staying = (params: Params) => isDisplaced(siteOf(made), { ...MERGE, which: "staying" }, params);
    expect(toldPart(staying)).toMatchInlineSnapshot(`
      ""id" IN (SELECT displaced."id" FROM (staged rows) AS s
      CROSS JOIN "t" AS displaced ON displaced."c?1" = (s.v ->> 1) COLLATE "NOCASE" AND NOT (displaced."id" = (s.v ->> 0))
      WHERE NOT NOT ((displaced."id" NOT IN (SELECT (s.v ->> 0) FROM (staged rows) AS s)) IS NOT 0))
      -- ?1 = 'the-run', ?2 = 't', ?3 = '{"columns":["id","c?1"]}'"
    `);
    const ids = async (which: DisplacedOptions["which"], rules = MERGE) => {
      const params = new Params();
      const sql = isDisplaced(siteOf(made), { ...rules, which }, params);
      return (await made.ask(`SELECT id FROM t WHERE ${sql}`, params.values)).flat();
    };
    expect(await ids("staying")).toEqual([3]);
    expect(await ids("giving way")).toEqual([2]);
    expect(await ids("staying", { ...MERGE, mode: "mirror" })).toEqual([]);
    expect(await ids("staying", { ...MERGE, onConflict: "skip" })).toEqual([2, 3]);
    expect(await ids("staying", { ...MERGE, mode: "insert" })).toEqual([3]);
  });

  test.each([
    ["mirror", "fail", "1"],
    ["insert", "fail", "0"],
    ["merge", "skip", "0"],
  ] as const)("gives way in mode %s with %s: %s", async (mode, onConflict, sql) => {
    expect(givesWay(siteOf(await scene()), { ...MERGE, mode, onConflict }, new Params())).toBe(sql);
  });

  test("keeps rows out that are skipped", async () => {
    const { incoming, table } = await scene();
    const rules = { ...MERGE, onConflict: "skip" } as const;
    expect(toldPart((params) => withoutConflict(incoming, rules, params))).toMatchInlineSnapshot(`
      "NOT EXISTS (SELECT 1 FROM "t" AS displaced WHERE displaced."c?1" = (s.v ->> 1) COLLATE "NOCASE" AND NOT (displaced."id" = (s.v ->> 0)) AND NOT 0)
      -- ?1 = 'the-run', ?2 = 't', ?3 = '{"columns":["id","c?1"]}'"
    `);
    const plain = { ...table, table: { ...table.table, uniqueIndexes: [] } };
    expect(withoutConflict({ ...incoming, staged: plain }, rules, new Params())).toBe("1");
  });

  test("is replaced where it stays", async () => {
    const made = await scene();
    const params = new Params();
    const replaced = isDeleted(made.table, MERGE, params, "t");
    expect(await made.ask(`SELECT id FROM t WHERE ${replaced}`, params.values)).toEqual([[3]]);
  });
});

describe("Displacing a row", () => {
  const change = (sql: string) => sql.split(" WHERE ")[0];
  const displaced = async (table: string, by?: Displacement) => {
    const swapped = {
      table: "t",
      columns: ["id", "v"],
      rows: [
        [1, "b"],
        [2, "x"],
      ],
    };
    const made = await stagedScene([table, LIVE], [swapped]);
    const listed = await made.list();
    return {
      made,
      statement: displaceStatement(siteOf(made), { rules: MERGE, schema: made.schema, listed, by }),
    };
  };

  test.each([
    ["NULL where a column takes it", "v TEXT UNIQUE", `UPDATE OR ABORT "t" SET "v" = NULL`],
    [
      "a text that nothing else has",
      "v TEXT NOT NULL UNIQUE",
      `UPDATE OR ABORT "t" SET "v" = 'ferry-parked-' || hex(randomblob(16))`,
    ],
    [
      "a value of the same type where any will do",
      "v NOT NULL UNIQUE",
      `UPDATE OR ABORT "t" SET "v" = CASE typeof("v") WHEN 'integer' THEN random() WHEN 'text' THEN 'ferry-parked-' || hex(randomblob(16)) ELSE randomblob(16) END`,
    ],
    [
      "a number beyond all others",
      "v INT NOT NULL UNIQUE",
      `UPDATE OR ABORT "t" SET "v" = CASE WHEN ifnull((SELECT max("v") FROM "t"), 0) < 9e18 THEN ifnull((SELECT max("v") FROM "t"), 0) + (1000000007 + abs(random() % 1000000007)) ELSE (SELECT min("v") FROM "t") - (1000000007 + abs(random() % 1000000007)) END`,
    ],
  ])("gives %s", async (_, column, sql) => {
    const { made, statement } = await displaced(`CREATE TABLE t (id INTEGER PRIMARY KEY, ${column})`);
    expect(change(statement.sql)).toBe(sql);
    await made.run([statement]);
    expect(await made.ask("SELECT id FROM t WHERE v = 'b'")).toEqual([]);
    expect(await made.ask("SELECT count(*) FROM t")).toEqual([[3]]);
  });

  test("deletes where nothing else will do, and where it is told to", async () => {
    const key = "CREATE TABLE t (id INT, v TEXT, PRIMARY KEY (id, v), UNIQUE (v))";
    expect(change((await displaced(key)).statement.sql)).toBe('DELETE FROM "t"');
    const plain = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE)";
    expect(change((await displaced(plain, "deletion")).statement.sql)).toBe('DELETE FROM "t"');
  });

  test("moves no column that children follow to NULL", async () => {
    const made = await stagedScene(
      [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE)",
        "CREATE TABLE c (v TEXT REFERENCES t (v) ON UPDATE CASCADE)",
        LIVE,
      ],
      [{ ...rows, columns: ["id", "v"] }],
    );
    const listed = await made.list();
    const statement = displaceStatement(siteOf(made), { rules: MERGE, schema: made.schema, listed });
    expect(told(statement)).toContain("SET \"v\" = 'ferry-parked-'");
  });
});
