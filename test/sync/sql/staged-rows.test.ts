import { describe, expect, test } from "vitest";
import { D1_LIMITS } from "../../../src/database/limits.ts";
import { Params } from "../../../src/database/sql/params.ts";
import { packScalars } from "../../../src/database/sql/scalars.ts";
import { decodeCell } from "../../../src/sync/stage/decode-cell.ts";
import { keyMatches, shapeSql } from "../../../src/sync/stage/staged-sql.ts";
import { RUN, stagedScene, toldPart } from "../../support/staged-scene.ts";

const TABLE = 'CREATE TABLE t (id INTEGER PRIMARY KEY, "v?1")';

describe("A staged cell", () => {
  test.each([
    ["of no code", "", "(s.v ->> 2)"],
    [
      "of one code",
      "i",
      "CASE json_type(s.v, '$[2]') WHEN 'array' THEN CAST((s.v ->> '$[2][1]') AS INTEGER) ELSE (s.v ->> 2) END",
    ],
    [
      "of several codes",
      "xz",
      "CASE json_type(s.v, '$[2]') WHEN 'array' THEN CASE s.v ->> '$[2][0]' WHEN 'x' THEN unhex((s.v ->> '$[2][1]')) WHEN 'z' THEN ('[-0.0]' ->> 0) END ELSE (s.v ->> 2) END",
    ],
    [
      "that some rows lack",
      "a",
      "CASE json_type(s.v, '$[2]') WHEN 'array' THEN live.\"v\" ELSE (s.v ->> 2) END",
    ],
  ])("%s is taken out of its row", (_, codes, sql) => {
    expect(decodeCell({ row: "s", position: 2, codes, absent: 'live."v"' })).toBe(sql);
  });

  test("comes back in its class and to the last digit", async () => {
    const rows = [
      [1, ["i", "9007199254740993"]],
      [2, ["r", "1"]],
      [3, ["p", ""]],
      [4, ["m", ""]],
      [5, ["z", ""]],
      [6, ["x", "00ff"]],
      [7, ["t", "61"]],
      [8, ["c", "a"]],
      [9, ["d", "a"]],
      [10, ["a", ""]],
      [11, "plain"],
    ];
    const scene = await stagedScene(
      [TABLE],
      [{ table: "t", columns: ["id", "v?1"], rows, codes: "1i 1r 1p 1m 1z 1x 1t 1c 1d 1a" }],
    );
    await scene.ask(`INSERT INTO _ferry_cells VALUES ('${RUN}', 'a', 1, 'c'), ('${RUN}', 'a', 0, 'ab')`);
    const params = new Params();
    const { from, cell } = shapeSql({ ...scene.incoming, absent: () => "'absent'" }, params);
    const value = cell("v?1");
    const read = await scene.ask(
      `SELECT typeof(${value}) || ' ' || iif(atan2(${value}, -1) < 0 AND ${value} = 0, '-0.0', quote(${value})) FROM ${from}`,
      params.values,
    );
    expect(read.flat()).toEqual([
      "integer 9007199254740993",
      "real 1.0",
      "real 9.0e+999",
      "real -9.0e+999",
      "real -0.0",
      "blob X'00FF'",
      "text 'a'",
      "text 'abc'",
      "blob X'616263'",
      "text 'absent'",
      "text 'plain'",
    ]);
  });
});

describe("The staged rows of a table", () => {
  const incoming = [
    {
      table: "t",
      columns: ["id", "v?1"],
      rows: [
        [1, "a"],
        [2, "b"],
      ],
    },
    { table: "t", columns: ["id", "v?1"], rows: [[3, "c"]] },
    { table: "t", columns: ["id"], rows: [[4]] },
  ];
  const ids = async (change: object) => {
    const scene = await stagedScene([TABLE], incoming);
    const params = new Params();
    const { from, cell } = shapeSql({ staged: scene.table, shape: { ...scene.shape, ...change } }, params);
    return (await scene.ask(`SELECT ${cell("id")} FROM ${from}`, params.values)).flat();
  };

  test("are those of a run, a table and a shape", async () => {
    const { table, shape } = await stagedScene([TABLE], incoming);
    expect(
      toldPart((params) => shapeSql({ staged: table, shape }, params).from, { whole: true }),
    ).toMatchInlineSnapshot(`
      "(SELECT j.value AS v, j.key AS n, f.run AS run FROM _ferry_frames AS f CROSS JOIN json_each(f.rows) AS j
      WHERE f.run = ?1 AND f.tbl = ?2 AND f.shape = ?3 LIMIT -1) AS s
      -- ?1 = 'the-run', ?2 = 't', ?3 = '{"columns":["id","v?1"]}'"
    `);
    expect(await ids({})).toEqual([1, 2, 3]);
  });

  test("may be those of some parts, and those up to a row", async () => {
    const { table, shape } = await stagedScene([TABLE], incoming);
    const slice = { from: { seq: 1, part: 0 }, through: { seq: 1, part: 9 } };
    const through = { seq: 0, part: 0, row: 0 };
    expect(
      toldPart((params) => shapeSql({ staged: table, shape: { ...shape, slice, through } }, params).from, {
        whole: true,
      }),
    ).toMatchInlineSnapshot(`
      "(SELECT j.value AS v, j.key AS n, f.run AS run FROM _ferry_frames AS f CROSS JOIN json_each(f.rows) AS j
      WHERE f.run = ?1 AND (f.seq, f.part) >= (1, 0) AND (f.seq, f.part) <= (1, 9) AND (f.seq, f.part, j.key) <= (0, 0, 0) AND f.tbl = ?2 AND f.shape = ?3 LIMIT -1) AS s
      -- ?1 = 'the-run', ?2 = 't', ?3 = '{"columns":["id","v?1"]}'"
    `);
    expect(await ids({ slice })).toEqual([3]);
    expect(await ids({ through })).toEqual([1]);
  });

  test("have no columns but those of their shape", async () => {
    const { table } = await stagedScene([TABLE], incoming);
    const sql = shapeSql({ staged: table, shape: table.shapes[1]! }, new Params());
    expect(["id", "v?1"].map((column) => sql.has(column))).toEqual([true, false]);
    expect(() => sql.cell("v?1")).toThrow("Shape without column v?1");
  });

  test("meet live rows by their key", async () => {
    const { table } = await stagedScene(
      ['CREATE TABLE t (a, "b?1", PRIMARY KEY (a, "b?1"))'],
      [{ table: "t", columns: ["a", "b?1"], rows: [[1, 2]] }],
    );
    expect(keyMatches("live", table.table, { cell: (name) => `<${name}>` })).toBe(
      'live."a" = <a> AND live."b?1" = <b?1>',
    );
  });
});

test("Scalars are packed so that each statement fits D1", () => {
  expect(packScalars([])).toEqual([]);
  const [one] = packScalars([
    (params) => `SELECT ${params.add("a")}`,
    (params) => `SELECT ${params.add("b")}`,
  ]);
  expect(one).toMatchObject({ expressions: ["(SELECT ?1)", "(SELECT ?2)"], params: { values: ["a", "b"] } });
  const many = packScalars(
    Array.from({ length: 300 }, (_, i) => (params) => `SELECT ${params.add(`v${i}`)}`),
  );
  expect(many.reduce((sum, { expressions }) => sum + expressions.length, 0)).toBe(300);
  for (const { expressions, params } of many) {
    expect(expressions.length).toBeLessThanOrEqual(D1_LIMITS.columns);
    expect(params.values.length).toBeLessThanOrEqual(D1_LIMITS.parameters);
  }
  const long = packScalars(Array.from({ length: 4 }, () => () => `SELECT '${"x".repeat(40_000)}'`));
  expect(long.map(({ expressions }) => expressions.length)).toEqual([2, 2]);
});
