import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRows } from "../../src/archive/reader.ts";
import type { Cell } from "../../src/archive/types.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { readSchema } from "../../src/database/schema.ts";
import { keyOrder } from "../../src/diff/key-order.ts";
import { frameTable } from "../../src/frames/frame-table.ts";
import { readRange } from "../../src/frames/read-range.ts";
import { seeded } from "../support/cases.ts";

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom("a", "A", "b", "Z", "[", "_", " ", "é", "\uffff", "\u{1f6a2}"),
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

const columns = fc.array(fc.constantFrom("BINARY", "NOCASE", "RTRIM"), { minLength: 1, maxLength: 3 });

const scene = columns.chain((collations) =>
  fc.record({
    collations: fc.constant(collations),
    keys: fc.array(fc.tuple(...collations.map(() => value)), { maxLength: 30 }),
  }),
);

describe("Keys are in the order that SQLite has them in", () => {
  test("of all storage classes, texts by their collations", async () => {
    const property = fc.asyncProperty(scene, async ({ collations, keys }) => {
      const sqlite = new DatabaseSync(":memory:");
      const defined = collations.map((collation, i) => `c${i} BLOB COLLATE ${collation}`);
      const names = collations.map((_, i) => `c${i}`);
      sqlite.exec(`CREATE TABLE t (${defined}, PRIMARY KEY (${names})) WITHOUT ROWID`);
      const insert = sqlite.prepare(`INSERT OR IGNORE INTO t VALUES (${names.map(() => "?")})`);
      for (const key of keys) insert.run(...key);
      const database = sqliteDatabase(sqlite);
      const table = frameTable((await readSchema(database)).tables.get("t") ?? expect.fail());
      const { lines } = await readRange(database, table, { range: { after: null, through: null } });
      const stored = parseRows(lines.join(",\n")).map((row) => names.map((name) => row[name] as Cell));
      const order = keyOrder(collations) ?? expect.fail();
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

  test("and of a collation that SQLite does not have nobody says anything", () => {
    expect(keyOrder(["BINARY", "unicode"])).toBeNull();
  });
});
