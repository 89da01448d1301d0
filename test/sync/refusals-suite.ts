import { describe, expect, test } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { hintFor } from "../../src/http/hints.ts";
import type { Mode } from "../../src/sync/run/options.ts";
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
