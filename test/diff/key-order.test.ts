import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRows } from "../../src/archive/reader.ts";
import type { Cell } from "../../src/archive/types.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { readSchema } from "../../src/database/schema.ts";
import { keyOrder } from "../../src/diff/key-order.ts";
import { keyText } from "../../src/diff/same-key.ts";
import { frameTable } from "../../src/frames/frame-table.ts";
import { readRange } from "../../src/frames/read-range.ts";
import { seeded } from "../support/cases.ts";

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom("a", "A", "b", "Z", "[", "_", " ", "\0", "é", "\uffff", "\u{1f6a2}"),
    maxLength: 4,
  }),
  fc.string({ unit: "grapheme", maxLength: 3 }),
);

const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.5, -1e300, 1e300, 2 ** 53, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n),
  text,
  fc.uint8Array({ maxLength: 3 }),
);

/** Bytes that are stored as a text, whether they are UTF-8 or not. */
const asText = fc.record({
  text: fc.array(fc.constantFrom(0, 0x20, 0x41, 0x61, 0xc3, 0xa9, 0xff), { maxLength: 4 }),
});
type Value = SQLInputValue | { text: number[] };

const columns = fc.array(fc.constantFrom("BINARY", "NOCASE", "RTRIM"), { minLength: 1, maxLength: 3 });

const scene = columns.chain((collations) =>
  fc.record({
    collations: fc.constant(collations),
    keys: fc.array(
      fc.tuple(
        ...collations.map((): fc.Arbitrary<Value> => fc.oneof({ arbitrary: value, weight: 3 }, asText)),
      ),
      {
        maxLength: 30,
      },
    ),
  }),
);

describe("Keys are in the order that SQLite has them in", () => {
  test("of all storage classes, texts by their collations", async () => {
    const property = fc.asyncProperty(scene, async ({ collations, keys }) => {
      const sqlite = new DatabaseSync(":memory:");
      const defined = collations.map((collation, i) => `c${i} BLOB COLLATE ${collation}`);
      const names = collations.map((_, i) => `c${i}`);
      sqlite.exec(`CREATE TABLE t (${defined}, PRIMARY KEY (${names})) WITHOUT ROWID`);
      for (const key of keys) {
        const cells = key.map((cell) => (isText(cell) ? "CAST(? AS TEXT)" : "?"));
        const bound = key.map((cell) => (isText(cell) ? Uint8Array.from(cell.text) : cell));
        sqlite.prepare(`INSERT OR IGNORE INTO t VALUES (${cells})`).run(...bound);
      }
      const database = sqliteDatabase(sqlite);
      const table = frameTable((await readSchema(database)).tables.get("t") ?? expect.fail());
      const { lines } = await readRange(database, table, { range: { after: null, through: null } });
      const stored = parseRows(lines.join(",\n")).map((row) => names.map((name) => row[name] as Cell));
      const order = keyOrder(collations) ?? expect.fail();
      const texts = stored.map((key) => keyText(key, collations));
      expect(new Set(texts).size, "keys that are told apart").toBe(stored.length);
      for (const [i, key] of stored.entries()) {
        expect(order(key, key)).toBe(0);
        for (const later of stored.slice(i + 1)) {
          expect(order(key, later)).toBeLessThan(0);
          expect(order(later, key)).toBeGreaterThan(0);
        }
      }
      sqlite.close();
    });
    await fc.assert(property, seeded(150));
  });

  test("and those that it calls equal have one text", () => {
    const sqlite = new DatabaseSync(":memory:");
    const pair = fc.record({
      collation: fc.constantFrom("BINARY", "NOCASE", "RTRIM"),
      one: asText,
      two: asText,
    });
    const property = fc.property(pair, ({ collation, one, two }) => {
      const [left, right] = [one, two].map(({ text: bytes }) => Uint8Array.from(bytes));
      const sql = `SELECT CAST(? AS TEXT) = CAST(? AS TEXT) COLLATE ${collation} AS same`;
      const { same } = sqlite.prepare(sql).get(left as Uint8Array, right as Uint8Array) as { same: number };
      const [first, second] = [left, right].map((bytes) => textCell(bytes as Uint8Array));
      expect(keyText([first as Cell], [collation]) === keyText([second as Cell], [collation])).toBe(
        same === 1,
      );
      expect(keyOrder([collation])?.([first as Cell], [second as Cell]) === 0).toBe(same === 1);
    });
    fc.assert(property, seeded(1000));
    sqlite.close();
  });

  test("and of a collation that SQLite does not have nobody says anything", () => {
    expect(keyOrder(["BINARY", "unicode"])).toBeNull();
  });
});

const isText = (cell: Value): cell is { text: number[] } =>
  cell !== null && typeof cell === "object" && "text" in cell;

/** As an archive has it. */
function textCell(bytes: Uint8Array): Cell {
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text).equals(bytes) ? text : { $text: Buffer.from(bytes).toString("base64") };
}
