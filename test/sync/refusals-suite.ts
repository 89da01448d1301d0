import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/archive/reader.ts";
import { bytesSource } from "../../src/archive/source.ts";
import { createArchiveWriter } from "../../src/archive/writer.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { hintFor } from "../../src/http/hints.ts";
import type { Mode } from "../../src/sync/run/options.ts";
import { byteSink } from "../support/bytes.ts";
import type { Engine } from "../support/engine.ts";
import { archiveFrom, setScene } from "./scene.ts";

const SCHEMA = [
  "CREATE TABLE parents (id INTEGER PRIMARY KEY, code TEXT UNIQUE)",
  `CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, qty INTEGER DEFAULT 0 CONSTRAINT positive CHECK (qty >= 0),
     parent INTEGER REFERENCES parents, code TEXT UNIQUE)`,
  "CREATE TABLE strictly (id INTEGER PRIMARY KEY, n INTEGER, t TEXT, b BLOB, r REAL) STRICT",
];
const ROWS = [
  "INSERT INTO parents VALUES (1, 'p1')",
  "INSERT INTO items VALUES (1, 'one', 1, 1, 'a'), (2, 'two', 2, NULL, 'b')",
  "INSERT INTO strictly VALUES (1, 1, 'x', x'00', 1.5)",
];

/** A good row first, so that the bad one is not alone in its table. */
const GOOD = { items: { id: 50, name: "good" }, strictly: { id: 50, n: 5 }, parents: { id: 50 } };

const BAD: [what: string, table: keyof typeof GOOD, row: object, code: ErrorCode, column: string][] = [
  ["a NULL in a NOT NULL column", "items", { id: 77, name: null }, "ROW_REFUSED", "name"],
  ["a value that a CHECK refuses", "items", { id: 77, name: "x", qty: -1 }, "ROW_REFUSED", "positive"],
  ["text in a STRICT integer", "strictly", { id: 77, n: "many" }, "ROW_REFUSED", "n"],
  ["a fraction in a STRICT integer", "strictly", { id: 77, n: 1.5 }, "ROW_REFUSED", "n"],
  ["text in a STRICT blob", "strictly", { id: 77, b: "text" }, "ROW_REFUSED", "b"],
  ["text for a rowid", "items", { id: "seventy-seven", name: "x" }, "ROW_REFUSED", "datatype mismatch"],
  ["a foreign key to nothing", "items", { id: 77, name: "x", parent: 404 }, "FOREIGN_KEY", "parent"],
];

/** Bad input: the stated error, and a target that has not changed by a byte. */
export function describeRefusals(name: string, engine: Engine): void {
  describe(`A sync on ${name} refuses`, () => {
    test.each(BAD)("%s, and names where it is", async (_, table, row, code, column) => {
      for (const mode of ["merge", "insert", "mirror"] satisfies Mode[]) {
        const scene = await setScene(engine, SCHEMA, ROWS);
        const error = await scene.refuse({ [table]: [GOOD[table], row] }, code, { mode, tables: [table] });
        expect(error.message).toContain(table);
        expect(error.message).toContain(column);
        expect(error.message).toContain("id" in row && row.id === 77 ? "[77]" : "seventy-seven");
        expect(error.message).toContain("No table was changed");
        expect(error.details).toMatchObject({ table });
        expect(hintFor(error)).toBeTruthy();
      }
    });

    test("a bad row of the last table after good ones of others", async () => {
      const scene = await setScene(engine, SCHEMA, ROWS);
      await scene.refuse(
        { parents: [{ id: 9, code: "p9" }], items: [{ id: 9, name: "nine" }], strictly: [{ id: 1, n: "x" }] },
        "ROW_REFUSED",
      );
    });

    test.each<[string, Record<string, object[]>, ErrorCode, string]>([
      ["an unknown table", { items: [GOOD.items], nowhere: [{ id: 1 }] }, "UNKNOWN_TABLE", "nowhere"],
      ["an unknown column", { items: [{ id: 9, name: "x", colour: "red" }] }, "UNKNOWN_COLUMN", "colour"],
      ["rows without a NOT NULL column", { items: [{ id: 9, qty: 1 }] }, "MISSING_COLUMN", "name"],
      ["rows without their key", { items: [{ name: "x" }] }, "MISSING_COLUMN", "id"],
      [
        "one row among others without a NOT NULL column",
        { items: [GOOD.items, { id: 9 }] },
        "MISSING_COLUMN",
        "name",
      ],
      ["one column twice in a row", { items: [{ id: 9, name: "x", NAME: "y" }] }, "DOCUMENT_INVALID", "name"],
    ])("%s", async (_, data, code, word) => {
      const scene = await setScene(engine, SCHEMA, ROWS);
      const error = await scene.refuse(data, code);
      expect(error.message.toLowerCase()).toContain(word);
    });

    test("a key that the document has twice with other contents", async () => {
      const scene = await setScene(engine, SCHEMA, ROWS);
      for (const onConflict of ["fail", "skip", "replace"] as const) {
        for (const rows of [
          [
            { id: 7, name: "x" },
            { id: 7, name: "y" },
          ],
          [
            { id: 7, name: "x" },
            { id: 7, name: "x", qty: 3 },
          ],
        ]) {
          const error = await scene.refuse({ items: rows }, "UNIQUE_CONFLICT", { onConflict });
          expect(error.details).toEqual({ table: "items", key: "[7]", times: 2 });
        }
      }
    });

    test.each<[what: string, text: string, code: ErrorCode]>([
      ["truncated in mid-row", '{"data":{"items":[{"id":9,"name":"ni', "ARCHIVE_TRUNCATED"],
      ["truncated between rows", '{"data":{"items":[{"id":9,"name":"nine"},', "ARCHIVE_TRUNCATED"],
      ["without its last brace", '{"data":{"items":[{"id":9,"name":"nine"}]}', "ARCHIVE_TRUNCATED"],
      ["of something else", "<html></html>", "DOCUMENT_INVALID"],
      ["of nothing", "", "ARCHIVE_TRUNCATED"],
      ["without data", '{"items":[]}', "DOCUMENT_INVALID"],
      ["with rows that are no objects", '{"data":{"items":[1]}}', "DOCUMENT_INVALID"],
    ])("a document %s", async (_, text, code) => {
      const scene = await setScene(engine, SCHEMA, ROWS);
      await scene.refuse(text, code);
    });

    test("an archive with any byte of a frame flipped", async () => {
      const source = await archiveFrom(engine, SCHEMA, ROWS);
      const bytes = await source.read(0, source.size);
      const scene = await setScene(engine, SCHEMA, ["INSERT INTO parents VALUES (1, 'mine')"]);
      const step = Math.ceil(bytes.length / 12);
      for (let at = 3; at < bytes.length; at += step) {
        const flipped = bytes.slice();
        flipped[at]! ^= 0x40;
        const error = await scene.sync(bytesSource(flipped)).then(
          () => null,
          (thrown) => thrown,
        );
        expect(
          ["ARCHIVE_CORRUPT", "ARCHIVE_TRUNCATED", "DOCUMENT_INVALID", "UNSUPPORTED"],
          `byte ${at}`,
        ).toContain(error?.code);
        expect(await scene.rows("parents")).toEqual([[1, "mine"]]);
        expect(await scene.rows("items")).toEqual([]);
      }
    });

    test("an archive cut anywhere", async () => {
      const source = await archiveFrom(engine, SCHEMA, ROWS);
      const bytes = await source.read(0, source.size);
      const scene = await setScene(engine, SCHEMA);
      for (const at of [1, 20, bytes.length >> 1, bytes.length - 40, bytes.length - 1]) {
        const error = await scene.sync(bytesSource(bytes.slice(0, at))).then(
          () => null,
          (thrown) => thrown,
        );
        expect(["ARCHIVE_CORRUPT", "ARCHIVE_TRUNCATED", "DOCUMENT_INVALID"], `at ${at}`).toContain(
          error?.code,
        );
        expect(await scene.rows("items")).toEqual([]);
      }
    });

    test("null in a key, and says that it is one", async () => {
      const scene = await setScene(engine, [
        "CREATE TABLE numbered (id INTEGER PRIMARY KEY, t TEXT)",
        "CREATE TABLE named (id TEXT PRIMARY KEY NOT NULL, t TEXT)",
        "CREATE TABLE loose (a TEXT, b INT, PRIMARY KEY (a, b))",
      ]);
      const documents: Record<string, object[]>[] = [
        { numbered: [{ id: 1 }, { id: null, t: "x" }] },
        { named: [{ id: "a" }, { t: "x", id: null }] },
        {
          loose: [
            { a: "a", b: 1 },
            { b: null, a: "b" },
          ],
        },
      ];
      for (const document of documents) {
        for (const mode of ["merge", "insert", "mirror"] as const) {
          const error = await scene.refuse(document, "ROW_REFUSED", { mode });
          expect(error.message).toMatch(
            /^Row 2 of "\w+" \(byte \d+\): .* has null for "\w+", by which it is known/,
          );
          expect(error.details).toMatchObject({ row: 2, column: expect.stringMatching(/^(id|b)$/) });
        }
      }
    });

    test("rows of an archive that lack a column of its schema, before any is written", async () => {
      const [described] = (
        await openArchive(
          await archiveFrom(engine, ["CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)"]),
        )
      ).header.schema;
      const archive = async (rows: string[], schema: object[]) => {
        const sink = byteSink();
        const writer = createArchiveWriter(sink.write);
        await writer.header({ version: 1, exportedAt: 1, source: { engine: "d1" }, schema: schema as never });
        await writer.frame({
          table: "t",
          rows: rows.length,
          after: null,
          through: null,
          text: rows.join(",\n"),
        });
        await writer.end();
        return sink.source();
      };
      const scene = await setScene(
        engine,
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)"],
        ["INSERT INTO t VALUES (1, 'live', 'live')"],
      );
      for (const rows of [
        ['{"id":1,"a":"x"}', '{"id":2,"a":"y"}'],
        ['{"id":1,"a":"x","b":"z"}', '{"id":2,"a":"y"}'],
        ['{"id":1,"a":{"$int":"9007199254740993"}}'],
      ]) {
        for (const atomic of ["auto", "never"] as const) {
          const error = await scene.refuse(await archive(rows, [described!]), "MISSING_COLUMN", { atomic });
          expect(error.details).toMatchObject({ table: "t", column: "b" });
        }
      }
      // A key without columns is no key.
      for (const kind of ["primary", "rowid"]) {
        const keyless = { ...described!, key: { kind, columns: [] } };
        await scene.refuse(await archive(['{"id":1,"a":"x","b":"z"}'], [keyless]), "ARCHIVE_CORRUPT");
      }
    });

    test("what is good again when the same run is called with a corrected target", async () => {
      const scene = await setScene(engine, SCHEMA, ROWS);
      const key = "sync-1700000000000-eeeeeeeeeeee";
      const data = { items: [{ id: 9, name: "nine", parent: 5 }] };
      await scene.refuse(data, "FOREIGN_KEY", { key });
      await scene.target.batch([{ sql: "INSERT INTO parents VALUES (5, NULL)" }]);
      const report = await scene.sync(data, { key });
      expect(report).toMatchObject({ status: "completed", error: null });
      expect(await scene.rows("items", "id, parent")).toContainEqual([9, 5]);
    });
  });
}
