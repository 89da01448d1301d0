import { describe, expect, test } from "vitest";
import type { Database } from "../../../src/database/port.ts";
import { exportDatabase } from "../../../src/sync/export/export-database.ts";
import { dumpSchema } from "../../support/dump.ts";
import { archiveOf, type Engine, execute } from "../../support/engine.ts";
import { archiveFrom, result, setScene } from "../scene.ts";

const WORDS = `(rowid, title, body) VALUES
  (1, 'Universities', 'The relational databases of Œuvre, naïve and ÇA; running "quotes"'), (5, '', ''),
  (-7, NULL, 'a a b a'), (9007199254740993, 'Überfähren', '2024-01-01 x')`;

/** Everything that a full-text index says: each term's places, and which rows there are. */
async function index(database: Database, table: string): Promise<unknown> {
  const answers = await database.batch([
    { sql: `CREATE VIRTUAL TABLE probe USING fts5vocab('${table}', 'instance')` },
    { sql: `SELECT CAST(doc AS TEXT) AS d, col, "offset" AS o, term FROM probe ORDER BY doc, col, "offset"` },
    {
      sql: `SELECT CAST(id AS TEXT) AS id, hex(sz) AS sz FROM ${table}_docsize ORDER BY ${table}_docsize.id`,
    },
    { sql: "DROP TABLE probe" },
  ]);
  return answers.map(({ rows }) => rows);
}

/** Full-text tables that keep no text. */
export function describeTerms(name: string, engine: Engine): void {
  async function carried(options: string, insert = `INSERT INTO f ${WORDS}`, more: string[] = []) {
    const sql = `CREATE VIRTUAL TABLE f USING fts5(title, body, content=''${options})`;
    const database = await engine.source();
    const source = await archiveFrom({ ...engine, source: async () => database }, [sql], [insert, ...more]);
    return { sql, database, source };
  }

  describe(`A full-text table without text on ${name}`, () => {
    test.each([
      ["by the default tokenizer", ""],
      ["by Porter's stemmer", ", tokenize='porter'"],
      ["with diacritics", ", tokenize = \"unicode61 remove_diacritics 0 tokenchars '-_'\""],
      ["in ASCII", ", tokenize=ascii"],
      ["by trigrams", ", tokenize='trigram'"],
      ["with prefixes", ", prefix='2 3'"],
      ["that gives rows up", ", contentless_delete=1"],
    ])("arrives with the same index: %s", async (_, options) => {
      const { database, source } = await carried(options);
      const scene = await setScene(engine, []);
      const report = await scene.sync(source, { create: "all" });
      expect(report).toMatchObject({ status: "completed", verified: true, notes: [] });
      expect(report.results).toEqual({ f: result({ attempted: 4, inserted: 4 }) });
      expect(await index(scene.target, "f")).toEqual(await index(database, "f"));
      expect(await dumpSchema(scene.target)).toEqual(await dumpSchema(database));
      await execute(scene.target, ["INSERT INTO f (f) VALUES ('integrity-check')"]);
      // The same again is nothing to do.
      const again = await scene.sync(source, { key: "again", version: 2 });
      expect(again.results).toEqual({ f: result({ attempted: 4, unchanged: 4 }) });
    });

    test("arrives frame by frame", async () => {
      const { database, source } = await carried(", tokenize='porter'");
      const scene = await setScene(engine, []);
      await scene.sync(source, { create: "all", atomic: "never" });
      expect(await index(scene.target, "f")).toEqual(await index(database, "f"));
    });

    test("arrives with the values of its UNINDEXED columns, where it keeps them", async () => {
      const sql = `CREATE VIRTUAL TABLE kept USING fts5(title, ref UNINDEXED, content='', contentless_delete=1, contentless_unindexed=1)`;
      const insert = `INSERT INTO kept (rowid, title, ref) VALUES (1, 'one', 9007199254740993), (2, 'two', 'text of its'), (3, NULL, x'00ff'), (4, 'gone', 4)`;
      const database = await engine.source();
      const rows = [insert, "DELETE FROM kept WHERE rowid = 4"];
      const source = await archiveFrom({ ...engine, source: async () => database }, [sql], rows);
      const scene = await setScene(engine, []);
      await scene.sync(source, { create: "all" });
      expect(await scene.rows("kept", "rowid, title, CAST(ref AS TEXT), typeof(ref)")).toEqual([
        [1, null, "9007199254740993", "integer"],
        [2, null, "text of its", "text"],
        [3, null, expect.anything(), "blob"],
      ]);
      expect(await index(scene.target, "kept")).toEqual(await index(database, "kept"));
    });

    test.each(["always", "never"] as const)(
      "is replaced by a mirror, in one transaction: %s",
      async (atomic) => {
        for (const options of ["", ", contentless_delete=1", ", tokenize='porter'"]) {
          const { sql, database, source } = await carried(options);
          const scene = await setScene(
            engine,
            [sql],
            [
              "INSERT INTO f (rowid, title, body) VALUES (1, 'other', 'universities'), (77, 'surplus', 'x'), (-7, NULL, 'a a b a')",
            ],
          );
          await scene.sync(source, { mode: "mirror", atomic });
          expect(await index(scene.target, "f")).toEqual(await index(database, "f"));
        }
      },
    );

    test("takes new rows in a merge and keeps its own", async () => {
      const { sql, source } = await carried("");
      const scene = await setScene(engine, [sql], ["INSERT INTO f (rowid, title) VALUES (77, 'own')"]);
      const report = await scene.sync(source);
      expect(report.results).toEqual({ f: result({ attempted: 4, inserted: 4 }) });
      expect(await scene.rows("f", "count(*)")).toEqual([[5]]);
      const found = await scene.target.query({
        sql: "SELECT rowid FROM f WHERE f MATCH 'own OR naive' ORDER BY rowid",
      });
      expect(found).toEqual([[1], [77]]);
    });

    test("takes changed rows in a merge, if no row of its own would be lost", async () => {
      const { sql, database, source } = await carried("");
      const scene = await setScene(
        engine,
        [sql],
        ["INSERT INTO f (rowid, title) VALUES (1, 'old'), (5, 'old')"],
      );
      const report = await scene.sync(source);
      expect(report.results).toEqual({ f: result({ attempted: 4, inserted: 2, updated: 2 }) });
      expect(await index(scene.target, "f")).toEqual(await index(database, "f"));
    });

    test("refuses to lose rows, and takes changed rows where single ones can go", async () => {
      const { sql, source } = await carried("");
      const scene = await setScene(
        engine,
        [sql],
        ["INSERT INTO f (rowid, title) VALUES (1, 'old'), (77, 'own')"],
      );
      const before = await index(scene.target, "f");
      const error = await scene.refuse(source, "UNSUPPORTED");
      expect(error.message).toContain("1 rows of the target");
      expect(await index(scene.target, "f")).toEqual(before);
      const deleting = await carried(", contentless_delete=1");
      const other = await setScene(
        engine,
        [deleting.sql],
        ["INSERT INTO f (rowid, title) VALUES (1, 'old'), (77, 'own')"],
      );
      const report = await other.sync(deleting.source);
      expect(report.results).toEqual({ f: result({ attempted: 4, inserted: 3, updated: 1 }) });
      expect(await other.rows("f", "count(*)")).toEqual([[5]]);
    });

    test("made in another way at the target, or in a plain document, is refused", async () => {
      const { sql, source } = await carried("");
      const other = await setScene(engine, [
        "CREATE VIRTUAL TABLE f USING fts5(title, body, content='', tokenize=porter)",
      ]);
      await other.refuse(source, "UNSUPPORTED");
      const own = await setScene(engine, ["CREATE VIRTUAL TABLE f USING fts5(title, body)"]);
      await own.refuse(source, "UNSUPPORTED");
      const scene = await setScene(engine, [sql]);
      await scene.refuse({ f: [{ rowid: 1, title: "x" }] }, "UNSUPPORTED");
    });

    test.each([
      [", detail=none", "where its terms stand"],
      [", detail=column", "where its terms stand"],
      [", columnsize=0", "where its terms stand"],
      [", tokenize=\"unicode61 tokenchars ' '\"", "part words at a space"],
    ])("that says too little is carried empty, with a reason: %s", async (options, reason) => {
      const database = await engine.source();
      await execute(database, [
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",

        `CREATE VIRTUAL TABLE f USING fts5(title, content=''${options})`,
        "INSERT INTO f (rowid, title) VALUES (1, 'a b')",
      ]);
      const { notes } = await exportDatabase(database, async () => {});
      expect(notes).toEqual([expect.stringContaining(reason)]);
      const scene = await setScene(engine, []);
      await scene.sync(await archiveOf(database), { create: "all" });
      expect(await dumpSchema(scene.target)).toEqual(await dumpSchema(database));
      const find = { sql: "SELECT rowid FROM f WHERE f MATCH 'a'" };
      expect(await scene.target.query(find)).toEqual([]);
    });

    test("keeps what it was told, as other full-text tables do", async () => {
      const database = await engine.source();
      await execute(database, [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "CREATE VIRTUAL TABLE f USING fts5(title, content='')",
        "CREATE VIRTUAL TABLE own USING fts5(title)",
        "CREATE VIRTUAL TABLE external USING fts5(v, content=t, content_rowid=id)",
        ...["f", "own", "external"].map(
          (name) => `INSERT INTO ${name} (${name}, rank) VALUES ('rank', 'bm25(7.5)'), ('automerge', 3)`,
        ),
      ]);
      const scene = await setScene(engine, []);
      await scene.sync(await archiveOf(database), { create: "all" });
      for (const name of ["f", "own", "external"]) {
        const settings = { sql: `SELECT k, v, typeof(v) FROM ${name}_config ORDER BY k` };
        expect(await scene.target.query(settings)).toEqual(await database.query(settings));
      }
    });

    test("is read in ranges", async () => {
      const many = Array.from(
        { length: 300 },
        (_, i) => `(${i * 3}, 'title ${i}', 'word${i} ${"more ".repeat(i % 7)}')`,
      );
      const sql = "CREATE VIRTUAL TABLE f USING fts5(title, body, content='')";
      const database = await engine.source();
      const source = await archiveFrom(
        { ...engine, source: async () => database },
        [sql],
        [`INSERT INTO f (rowid, title, body) VALUES ${many.join(", ")}`],
        { frameBytes: 2000 },
      );
      const scene = await setScene(engine, []);
      const report = await scene.sync(source, { create: "all" });
      expect(report).toMatchObject({ verified: true, results: { f: { inserted: 300 } } });
      expect(await index(scene.target, "f")).toEqual(await index(database, "f"));
    });
  });
}
