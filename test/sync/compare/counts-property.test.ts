import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FerryError } from "../../../src/errors.ts";
import type { Mode, OnConflict } from "../../../src/sync/run/options.ts";
import { documentSource } from "../../support/bytes.ts";
import { ALL_CASES, seeded } from "../../support/cases.ts";
import { drive, newRunKey } from "../../support/engine.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

interface Item {
  id: number;
  a: string | null;
  b: number;
  n: number;
}

const row = fc.record({
  id: fc.integer({ min: 1, max: 6 }),
  a: fc.option(fc.constantFrom("u", "v", "w", "x", "y"), { freq: 6 }),
  b: fc.integer({ min: 1, max: 6 }),
  n: fc.integer({ min: 0, max: 1 }),
});

/** Rows that one table could hold: `a` and `b` are unique in it. */
const rows = fc.array(row, { maxLength: 6 }).map((list) => {
  const kept: Item[] = [];
  for (const item of list) {
    if (kept.every(({ id, a, b }) => id !== item.id && b !== item.b && (a === null || a !== item.a)))
      kept.push(item);
  }
  return kept;
});

/** True for rows of two keys that cannot both be in the table. */
const clashes = (one: Item | undefined, other: Item): boolean =>
  one !== undefined && other.id !== one.id && (other.b === one.b || (one.a !== null && other.a === one.a));

const byId = (items: readonly Item[]) => new Map(items.map((item) => [item.id, JSON.stringify(item)]));

describe("Any rows, in any mode, whatever conflicts they meet,", () => {
  test("end as the mode says, and the counts are what changed", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        rows,
        rows,
        fc.constantFrom<Mode>("merge", "insert", "mirror"),
        fc.constantFrom<OnConflict>("fail", "skip", "replace"),
        fc.constantFrom("at once", "by frames", "with a CHECK"),
        async (live, incoming, mode, onConflict, how) => {
          const database = memoryDatabase(
            `CREATE TABLE items (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER NOT NULL UNIQUE ${how === "with a CHECK" ? "CHECK (b BETWEEN 1 AND 6)" : ""}, n INTEGER)`,
          );
          const insert = database.sqlite.prepare("INSERT INTO items VALUES (?, ?, ?, ?)");
          for (const { id, a, b, n } of live) insert.run(id, a, b, n);
          const read = () =>
            database.sqlite.prepare("SELECT id, a, b, n FROM items ORDER BY id").all() as unknown as Item[];
          const before = byId(read());
          const report = await drive(database, documentSource({ data: { items: incoming } }), newRunKey(), {
            mode,
            onConflict,
            atomic: how === "by frames" ? "never" : "auto",
            mostCalls: 3,
          }).catch((thrown: unknown) => thrown);
          const after = byId(read());
          const sent = byId(incoming);
          database.close();
          seen.add(`${mode} ${onConflict} ${report instanceof FerryError ? report.code : "done"}`);

          if (mode === "insert" && onConflict === "replace") {
            expect(report).toMatchObject({ code: "INVALID_REQUEST" });
            expect(after).toEqual(before);
            return;
          }
          if (report instanceof FerryError) {
            expect(report.code).toBe("UNIQUE_CONFLICT");
            expect(onConflict).toBe("fail");
            expect(mode).not.toBe("mirror");
            expect(after).toEqual(before);
            // There is one: taking all the rows would leave two with one value.
            const kept = live.filter(({ id }) => !sent.has(id) || mode === "insert");
            const coming = incoming.filter(({ id }) => mode !== "insert" || !before.has(id));
            expect(coming.some((one) => kept.some((other) => clashes(one, other)))).toBe(true);
            return;
          }
          if (report instanceof Error) throw report;
          const { results } = report as Awaited<ReturnType<typeof drive>>;
          const counted = results!.items!;
          const skipped =
            mode === "insert"
              ? [...sent.keys()].filter(
                  (id) => !after.has(id) || (!before.has(id) && after.get(id) !== sent.get(id)),
                )
              : [...sent.keys()].filter((id) => after.get(id) !== sent.get(id));
          expect(counted).toEqual({
            attempted: incoming.length,
            inserted: [...after.keys()].filter((id) => !before.has(id)).length,
            updated: [...after].filter(([id, text]) => before.has(id) && before.get(id) !== text).length,
            deleted: [...before.keys()].filter((id) => !after.has(id)).length,
            skipped: skipped.length,
            unchanged:
              incoming.length -
              skipped.length -
              [...sent.keys()].filter((id) => !skipped.includes(id) && before.get(id) !== after.get(id))
                .length,
          });
          if (mode === "mirror") expect(after).toEqual(sent);
          if (mode !== "mirror" && onConflict !== "replace")
            expect([...before.keys()].every((id) => after.has(id))).toBe(true);
          if (onConflict !== "skip") expect(skipped).toEqual([]);
          // What is not sent stays as it is, or makes room.
          for (const [id, text] of before) {
            if (!sent.has(id) && after.has(id)) expect(after.get(id)).toBe(text);
            if (mode === "insert") expect(after.get(id)).toBe(text);
          }
          // A row that is skipped stays as it was, and another row that was there holds a value of it.
          for (const id of skipped) {
            expect(after.get(id)).toBe(before.get(id));
            expect(
              live.some((other) =>
                clashes(
                  incoming.find((one) => one.id === id),
                  other,
                ),
              ),
            ).toBe(true);
          }
          // What a replace deletes held a value that a row brings.
          if (mode !== "mirror") {
            for (const gone of live.filter(({ id }) => !after.has(id)))
              expect(incoming.some((one) => clashes(one, gone))).toBe(true);
          }
        },
      ),
      seeded(ALL_CASES ? 600 : 150),
    );
    expect(seen.size).toBeGreaterThanOrEqual(ALL_CASES ? 11 : 6);
  });
});
