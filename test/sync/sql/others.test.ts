import { describe, expect, test } from "vitest";
import type { OtherSchema, TableSchema } from "../../../src/archive/types.ts";
import { liveRows, termRows, withTerms } from "../../../src/database/fts5/contentless-rows.ts";
import { rebuildStatement } from "../../../src/database/fts5/rebuild.ts";
import { settingStatements } from "../../../src/database/fts5/settings.ts";
import { sequenceStatements } from "../../../src/sync/apply/statements/lift-sequences.ts";
import {
  clearFullTextStatements,
  fullTextStatements,
} from "../../../src/sync/apply/statements/write-fulltext.ts";
import { historyStatements } from "../../../src/sync/run/history.ts";
import { MERGE, RUN, stagedScene, told } from "../../support/staged-scene.ts";

describe("The history", () => {
  test("has a row a table, of the rows that were not skipped, and one a version where it is forced", async () => {
    const scene = await stagedScene(
      ["CREATE TABLE t (id INTEGER PRIMARY KEY)"],
      [{ table: "t", columns: ["id"], rows: [[1]] }],
    );
    const results = '["live","t",0],["rows","t",5,0,0,2],["rows","t",1,0,0,0]';
    await scene.ask("UPDATE _ferry_runs SET results = ?1", [results]);
    const read = () =>
      scene.ask("SELECT seed_name, seed_version, record_count, applied_at FROM seed_history");
    const recorded = { run: RUN, version: 3, replaced: false };
    await scene.run(historyStatements({ ...recorded, now: 77 }));
    expect(await read()).toEqual([["t", 3, 4, 77]]);
    await expect(scene.run(historyStatements({ ...recorded, now: 78 }))).rejects.toThrow(
      "UNIQUE constraint failed",
    );
    const forced = historyStatements({ ...recorded, now: 78, replaced: true });
    expect(forced.map((statement) => told(statement)).join("\n;\n")).toMatchInlineSnapshot(`
      "DELETE FROM seed_history WHERE seed_version = CAST(?2 AS INTEGER) AND seed_name IN (SELECT entry.value ->> 1 FROM _ferry_runs AS run, json_each('[' || run.results || ']') AS entry WHERE run.key = ?1)
      -- ?1 = 'the-run', ?2 = '3'
      ;
      INSERT INTO seed_history (seed_name, seed_version, record_count, applied_at)
      SELECT entry.value ->> 1, CAST(ifnull(?2, run.record ->> '$.version') AS INTEGER),
      sum(iif(entry.value ->> 0 = 'rows', (entry.value ->> 2) - ifnull(entry.value ->> 5, 0), 0)), CAST(?3 AS INTEGER)
      FROM _ferry_runs AS run, json_each('[' || run.results || ']') AS entry WHERE run.key = ?1 GROUP BY entry.value ->> 1
      -- ?1 = 'the-run', ?2 = '3', ?3 = '78'"
    `);
    await scene.run(forced);
    expect(await read()).toEqual([["t", 3, 4, 78]]);
  });
});

describe("Sequences", () => {
  test("are lifted and never lowered, also of tables that had no row", async () => {
    const names = ["a", "b?1", "c"];
    const scene = await stagedScene(
      [
        ...names.map((name) => `CREATE TABLE "${name}" (id INTEGER PRIMARY KEY AUTOINCREMENT)`),
        "INSERT INTO a VALUES (5)",
        'INSERT INTO "b?1" VALUES (50)',
      ],
      [
        { table: "a", columns: ["id"], rows: [[1]] },
        { table: "b?1", columns: ["id"], rows: [[1]] },
        { table: "c", columns: [], rows: [] },
      ],
    );
    const sequences = [7, 20, { $int: "9007199254740993" }];
    const source = names.map((name, i) => ({ name, sequence: sequences[i] })) as TableSchema[];
    const made = sequenceStatements(source, scene.staged);
    expect(made.map((statement) => told(statement)).join("\n;\n")).toMatchInlineSnapshot(`
      "INSERT INTO sqlite_sequence (name, seq) SELECT value, 0 FROM json_each(?1)
      WHERE value NOT IN (SELECT name FROM sqlite_sequence)
      -- ?1 = '["c"]'
      ;
      UPDATE sqlite_sequence SET seq = max(seq, CASE name WHEN ?1 THEN (?2 ->> '$') WHEN ?3 THEN (?4 ->> '$') WHEN ?5 THEN +CAST(?6 AS INTEGER) END) WHERE name IN (?1, ?3, ?5)
      -- ?1 = 'a', ?2 = '7', ?3 = 'b?1', ?4 = '20', ?5 = 'c', ?6 = '9007199254740993'"
    `);
    await scene.run(made);
    expect(
      await scene.ask(
        "SELECT name, CAST(seq AS TEXT) FROM sqlite_sequence WHERE name NOT LIKE 'seed%' ORDER BY name",
      ),
    ).toEqual([
      ["a", "7"],
      ["b?1", "50"],
      ["c", "9007199254740993"],
    ]);
  });
});

describe("A full-text table", () => {
  const own = 'CREATE VIRTUAL TABLE f USING fts5("b?1")';
  const rows = {
    table: "f",
    columns: ["rowid", "b?1"],
    rows: [
      [1, "apple"],
      [2, "pear"],
    ],
  };

  test("loses the rows that differ and takes those that are not there", async () => {
    const scene = await stagedScene(
      [own, `INSERT INTO f (rowid, "b?1") VALUES (1, 'plum'), (7, 'own')`],
      [rows],
    );
    const made = fullTextStatements(scene.incoming, MERGE);
    expect(made.map((statement) => told(statement)).join("\n;\n")).toMatchInlineSnapshot(`
      "DELETE FROM "f" WHERE "rowid" IN (SELECT live."rowid" FROM (staged rows) AS s
      CROSS JOIN "f" AS live ON live."rowid" = (s.v ->> 0)
      WHERE ((live."b?1" COLLATE BINARY IS NOT (s.v ->> 1) OR typeof(live."b?1") IS NOT typeof((s.v ->> 1))) OR (live."b?1" IS 0 AND atan2(live."b?1", -1) < 0)))
      -- ?1 = 'the-run', ?2 = 'f', ?3 = '{"columns":["rowid","b?1"]}'
      ;
      INSERT INTO "f" ("rowid", "b?1")
      SELECT (s.v ->> 0), (s.v ->> 1) FROM (staged rows) AS s
      WHERE NOT EXISTS (SELECT 1 FROM "f" AS live WHERE live."rowid" = (s.v ->> 0))
      -- ?1 = 'the-run', ?2 = 'f', ?3 = '{"columns":["rowid","b?1"]}'"
    `);
    await scene.run(made);
    expect(await scene.ask('SELECT rowid, "b?1" FROM f ORDER BY rowid')).toEqual([
      [1, "apple"],
      [2, "pear"],
      [7, "own"],
    ]);
    expect(fullTextStatements(scene.incoming, { ...MERGE, mode: "insert" })).toHaveLength(1);
  });

  test("of no text is emptied as a whole, in a merge only if every row comes in again", async () => {
    const contentless = `CREATE VIRTUAL TABLE f USING fts5("b?1", content='')`;
    for (const [live, left] of [
      ["(1, 'plum'), (2, 'pear')", 0],
      ["(1, 'plum'), (7, 'own')", 2],
    ] as const) {
      const scene = await stagedScene([contentless, `INSERT INTO f (rowid, "b?1") VALUES ${live}`], [rows]);
      await scene.run(clearFullTextStatements(MERGE, scene.staged.tables));
      expect(await scene.ask("SELECT count(*) FROM f_docsize")).toEqual([[left]]);
      const mirror = clearFullTextStatements({ ...MERGE, mode: "mirror" }, scene.staged.tables);
      expect(mirror.map((statement) => told(statement))).toEqual([
        `INSERT INTO "f" ("f") SELECT 'delete-all'`,
      ]);
    }
  });

  test("over another table is made again from it, and told its settings", async () => {
    const sql = "CREATE VIRTUAL TABLE x USING fts5(v, content='t')";
    const made = [
      ...settingStatements({
        name: "x",
        settings: [
          ["rank", "bm25(7.5)"],
          ["automerge", 3],
        ],
      }),
      ...rebuildStatement({ type: "virtual", name: "x", table: "t", sql } as OtherSchema),
    ];
    expect(made.map((statement) => told(statement))).toEqual([
      `INSERT INTO "x" ("x", rank) VALUES (?1, ?2 ->> '$')\n-- ?1 = 'rank', ?2 = '"bm25(7.5)"'`,
      `INSERT INTO "x" ("x", rank) VALUES (?1, ?2 ->> '$')\n-- ?1 = 'automerge', ?2 = '3'`,
      `INSERT INTO "x" ("x") SELECT 'rebuild'`,
    ]);
    const scene = await stagedScene(
      ["CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'apple')", sql],
      [{ table: "t", columns: ["id"], rows: [[1]] }],
    );
    await scene.run(made);
    expect(await scene.ask("SELECT rowid FROM x WHERE x MATCH 'apple'")).toEqual([[1]]);
    expect(await scene.ask("SELECT v FROM x_config WHERE k = 'rank'")).toEqual([["bm25(7.5)"]]);
  });

  test("of no text shows the terms of its rows while its vocabulary is there", async () => {
    const scene = await stagedScene(
      [
        `CREATE VIRTUAL TABLE f USING fts5("b?1", content='')`,
        `INSERT INTO f (rowid, "b?1") VALUES (1, 'Red  apple, red'), (2, '')`,
        "CREATE TABLE plain (id INTEGER PRIMARY KEY)",
      ],
      [rows],
    );
    const { table } = scene.table;
    expect(told({ sql: termRows(table, (rowid) => `${rowid} > 0`) })).toMatchInlineSnapshot(`
      "(SELECT d.id AS "rowid", t.c0 AS "b?1"
      FROM (SELECT id FROM "f_docsize" WHERE id > 0) AS d
      LEFT JOIN (SELECT doc, group_concat(term, ' ' ORDER BY "offset") FILTER (WHERE col = 'b?1') AS c0 FROM "_ferry_instance_f" WHERE doc > 0 GROUP BY doc) AS t ON t.doc = d.id)"
    `);
    expect(liveRows(scene.schema.tables.get("plain")!)).toBe('"plain"');
    const read = { sql: `SELECT rowid, "b?1" FROM ${termRows(table)} ORDER BY 1` };
    const made = withTerms([table], [read], "temp");
    expect(made.map((statement) => told(statement)).toSpliced(1, 1)).toEqual([
      `CREATE VIRTUAL TABLE temp."_ferry_instance_f" USING fts5vocab(main, 'f', instance)`,
      `DROP TABLE temp."_ferry_instance_f"`,
    ]);
    expect((await scene.run(made))[1]?.rows).toEqual([
      [1, "red apple red"],
      [2, null],
    ]);
  });
});
