import { describe, expect, test } from "vitest";
import { literal, quote } from "../../src/database/sql/syntax.ts";
import { oneOf } from "../support/cases.ts";
import { dumpSchema, dumpTables } from "../support/dump.ts";
import { archiveOf, type Engine, execute } from "../support/engine.ts";
import { archiveFrom, result, type Scene, sceneOf, setScene } from "./scene.ts";

/** Parts of names that mean something in SQL, where they are not quoted: above all its parameters. */
const NAMES = [
  "id?1",
  "?2 ?1",
  "? :a @a $a %s",
  "--",
  "/*",
  '*/ say "hi"',
  "it's ''",
  "`x` [x]; \\",
  "new\nline",
];

/** What a database of one such name is made of; its tables, columns, index, trigger and view all have it. */
function schemaOf(name: string) {
  const parents = name;
  const children = `${name} children`;
  const words = `${name} words`;
  const [key, code, parent] = [name, `${name}2`, `${name}3`];
  const q = quote;
  return {
    ...{ parents, children, words, key, code, parent },
    tables: [
      `CREATE TABLE ${q(parents)} (${q(key)} INTEGER PRIMARY KEY AUTOINCREMENT, ${q(code)} TEXT UNIQUE)`,
      `CREATE TABLE ${q(children)} (${q(code)} TEXT, ${q(key)} INT, ${q(parent)} INT REFERENCES ${q(parents)} (${q(key)}),
        PRIMARY KEY (${q(code)}, ${q(key)})) WITHOUT ROWID`,
      `CREATE VIRTUAL TABLE ${q(words)} USING fts5 (${q(key)}, ${q(code)}, content='')`,
      `CREATE UNIQUE INDEX ${q(`${name} index`)} ON ${q(children)} (${q(parent)}, ${q(code)}) WHERE ${q(key)} > 0`,
      `CREATE VIEW ${q(`${name} view`)} AS SELECT ${q(key)} FROM ${q(children)}`,
    ],
    trigger: `CREATE TRIGGER ${q(`${name} trigger`)} AFTER INSERT ON ${q(children)}
      BEGIN UPDATE ${q(children)} SET ${q(parent)} = NULL; END`,
  };
}

/** Rows 1 to `count`, each child of the parent of its number. */
function rowsOf({ parents, children, words, key, code }: ReturnType<typeof schemaOf>, count: number) {
  const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  return [
    `INSERT INTO ${quote(parents)} ${numbers} SELECT i, 'code ' || i FROM n`,
    `INSERT INTO ${quote(children)} ${numbers} SELECT 'c' || (i % 3), i, i FROM n`,
    `INSERT INTO ${quote(words)} (rowid, ${quote(key)}, ${quote(code)}) ${numbers} SELECT i, 'word' || i, 'apple' FROM n`,
  ];
}

/** Names that would be SQL, if they were not quoted everywhere, or if SQL were altered once it is made. */
export function describeNames(name: string, engine: Engine): void {
  describe.each(oneOf(NAMES))(`Tables and columns named with %j on ${name}`, (awkward) => {
    const schema = schemaOf(awkward);
    const { parents, children, words, key, code, parent } = schema;
    const q = quote;

    /** A source of 9 rows a table in frames of two or three, and a target that has other rows. */
    async function prepare() {
      const source = await engine.source();
      await execute(source, [...schema.tables, ...rowsOf(schema, 9), schema.trigger]);
      const live = [
        `INSERT INTO ${q(parents)} VALUES (1, 'code 2'), (2, 'code 1'), (77, 'own')`,
        `INSERT INTO ${q(children)} VALUES ('c1', 1, 77), ('own', 77, 77)`,
      ];
      const scene = await setScene(engine, [...schema.tables, ...live, schema.trigger]);
      return { source, archive: await archiveOf(source, { frameBytes: 100 }), scene };
    }

    const find = async ({ target }: Scene, word: string) =>
      (
        await target.query({ sql: `SELECT rowid FROM ${q(words)} WHERE ${q(words)} MATCH ${literal(word)}` })
      ).flat();

    test.each(["always", "never"] as const)(
      "are merged beside rows of the target's own and read back, in one transaction: %s",
      async (atomic) => {
        const { archive, scene } = await prepare();
        const report = await scene.sync(archive, { atomic });
        expect(report).toMatchObject({ status: "completed", verified: true });
        expect(report.results).toEqual({
          [parents]: result({ attempted: 9, inserted: 7, updated: 2 }),
          [children]: result({ attempted: 9, inserted: 8, updated: 1 }),
          [words]: result({ attempted: 9, inserted: 9 }),
        });
        const codes = Array.from({ length: 9 }, (_, i) => [i + 1, `code ${i + 1}`]);
        expect(await scene.rows(parents)).toEqual([...codes, [77, "own"]]);
        expect(await scene.rows(children, `${q(key)}, ${q(code)}, ${q(parent)}`)).toEqual([
          ...codes.map(([i]) => [i, `c${(i as number) % 3}`, i]),
          [77, "own", 77],
        ]);
        expect(await find(scene, "word7")).toEqual([7]);
      },
    );

    test.each(["always", "never"] as const)("are mirrored, in one transaction: %s", async (atomic) => {
      const { source, archive, scene } = await prepare();
      const before = await dumpSchema(scene.target);
      const report = await scene.sync(archive, { atomic, mode: "mirror" });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(report.results).toMatchObject({ [parents]: { deleted: 1 }, [children]: { deleted: 1 } });
      expect(await dumpTables(scene.target)).toEqual(await dumpTables(source));
      expect(await dumpSchema(scene.target)).toEqual(before);
    });

    test("are made where they are missing", async () => {
      const source = await engine.source();
      await execute(source, [...schema.tables, ...rowsOf(schema, 9), schema.trigger]);
      const scene = sceneOf(await engine.target());
      const report = await scene.sync(await archiveOf(source, { frameBytes: 100 }), { create: "all" });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(await dumpTables(scene.target)).toEqual(await dumpTables(source));
      expect(await dumpSchema(scene.target)).toEqual(await dumpSchema(source));
      expect(await find(scene, "word7")).toEqual([7]);
    });

    test("are left alone by mode insert where rows are there", async () => {
      const { archive, scene } = await prepare();
      const { results } = await scene.sync(archive, { mode: "insert", onConflict: "skip" });
      expect(results?.[children]).toEqual(result({ attempted: 9, inserted: 8, unchanged: 1 }));
      expect(await scene.rows(parents)).toContainEqual([1, "code 2"]);
    });

    test("are told with the rows in conflict, which are skipped or replaced", async () => {
      const { scene } = await prepare();
      const document = {
        [parents]: [
          { [key]: 5, [code]: "own" },
          { [key]: 6, [code]: "new" },
        ],
      };
      const error = await scene.refuse(document, "UNIQUE_CONFLICT");
      expect(error.details).toMatchObject({
        conflicts: [{ table: parents, index: code, key: "[5]", takenBy: "[77]" }],
      });
      const skipped = await scene.sync(document, { onConflict: "skip" });
      expect(skipped.results).toEqual({ [parents]: result({ attempted: 2, inserted: 1, skipped: 1 }) });
      const reached = await scene.refuse(document, "FOREIGN_KEY", { version: 2, onConflict: "replace" });
      expect(reached.details).toMatchObject({ table: parents, child: children, rows: 2 });
      await execute(scene.target, [`DELETE FROM ${q(children)}`]);
      await scene.sync(document, { version: 2, onConflict: "replace" });
      expect(await scene.rows(parents)).toEqual([
        [1, "code 2"],
        [2, "code 1"],
        [5, "own"],
        [6, "new"],
      ]);
    });

    test("are told with the row that is refused, and with the key that a document has twice", async () => {
      const { scene } = await prepare();
      const orphan = await scene.refuse(
        { [children]: [{ [code]: "x", [key]: 1, [parent]: 404 }] },
        "FOREIGN_KEY",
      );
      expect(orphan.message).toContain(children);
      const row = { [code]: "x", [key]: 1 };
      const twice = await scene.refuse({ [children]: [row, row] }, "UNIQUE_CONFLICT");
      expect(twice.details).toMatchObject({ table: children, key: '["x",1]', times: 2 });
      const checked = [
        `CREATE TABLE ${q(parents)} (${q(key)} INT PRIMARY KEY, ${q(code)} CHECK (${q(code)} <> 'no'))`,
      ];
      const archive = await archiveFrom(
        engine,
        [`CREATE TABLE ${q(parents)} (${q(key)} INT PRIMARY KEY, ${q(code)})`],
        [`INSERT INTO ${q(parents)} VALUES (1, 'yes'), (2, 'no'), (3, 'yes')`],
      );
      const refused = await (await setScene(engine, checked)).refuse(archive, "ROW_REFUSED");
      expect(refused.details).toMatchObject({ table: parents, key: "[2]" });
    });
  });

  describe(`Names that only Unicode takes for one on ${name}`, () => {
    const schema = [
      'CREATE TABLE "É" (id INTEGER PRIMARY KEY, "Ö" TEXT, "ö" TEXT, A TEXT)',
      'CREATE TABLE "é" (id INTEGER PRIMARY KEY REFERENCES "É", "Ä" INT UNIQUE)',
    ];
    const rows = [
      `INSERT INTO "É" VALUES (1, 'large', 'small', 'a'), (2, 'LARGE', 'SMALL', 'b')`,
      `INSERT INTO "é" VALUES (1, 7)`,
    ];

    test.each([true, false])("are two tables and two columns; A to Z are one: made %s", async (made) => {
      const source = await engine.source();
      await execute(source, [...schema, ...rows]);
      const archive = await archiveOf(source);
      const there = made ? [] : [schema[0]!.replace("A TEXT", "a TEXT"), schema[1]!];
      const scene = await setScene(engine, there);
      const report = await scene.sync(archive, { create: true });
      expect(report).toMatchObject({ verified: true, results: { É: { inserted: 2 }, é: { inserted: 1 } } });
      expect(await scene.rows("É")).toEqual([
        [1, "large", "small", "a"],
        [2, "LARGE", "SMALL", "b"],
      ]);
      expect(await scene.rows("é")).toEqual([[1, 7]]);
    });

    test("are asked for one by one", async () => {
      const source = await engine.source();
      await execute(source, [...schema, ...rows]);
      const archive = await archiveOf(source, { tables: ["É"] });
      const scene = await setScene(engine, schema);
      expect((await scene.sync(archive)).results).toEqual({ É: result({ attempted: 2, inserted: 2 }) });
      const document = { É: [{ ID: 1, Ö: "large", ö: "small" }] };
      await scene.sync(document, { version: 2 });
      expect((await scene.rows("É"))[0]).toEqual([1, "large", "small", "a"]);
    });

    test("do not stand for one another", async () => {
      const archive = await archiveFrom(engine, schema, rows, { tables: ["É"] });
      const other = await setScene(engine, [schema[1]!.replace('REFERENCES "É"', "")]);
      const error = await other.refuse(archive, "UNKNOWN_TABLE");
      expect(error.message).toContain('no table "É"');
    });
  });
}
