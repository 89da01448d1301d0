import { describe, expect, test } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { chinookDatabase } from "../support/chinook.ts";
import type { Dump } from "../support/dump.ts";
import { dumpSchema, dumpTables } from "../support/dump.ts";
import { archiveOf, drive, newRunKey } from "../support/engine.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const rowsOf = (dump: Dump) =>
  Object.fromEntries(Object.entries(dump).map(([table, rows]) => [table, rows.length]));

describe("Chinook, a music shop of other people's making", () => {
  test("is made again from its archive, table for table", async () => {
    const shop = chinookDatabase();
    const copy = memoryDatabase();
    const report = await drive(copy, await archiveOf(shop), newRunKey(), {
      create: "all",
      temporary: true,
      mostCalls: 1,
    });
    expect(report).toMatchObject({ status: "completed", verified: true });
    const [expected, tables] = [await dumpTables(shop), await dumpTables(copy)];
    expect(rowsOf(tables)).toEqual(rowsOf(expected));
    expect(Object.keys(tables)).toHaveLength(11);
    expect(tables).toEqual(expected);
    expect(await dumpSchema(copy)).toEqual(await dumpSchema(shop));
  });

  test("is mirrored over a shop that went on selling, in small steps", async () => {
    const [shop, other] = [chinookDatabase(), chinookDatabase()];
    const expected = await dumpTables(shop);
    await other.batch(
      [
        "PRAGMA defer_foreign_keys = on",
        "DELETE FROM PlaylistTrack WHERE TrackId % 2 = 0",
        "UPDATE Track SET UnitPrice = 9.99, AlbumId = 1 WHERE TrackId % 3 = 0",
        "INSERT INTO Customer (CustomerId, FirstName, LastName, Email) VALUES (900, 'New', 'One', 'new@example.com')",
        "UPDATE Employee SET ReportsTo = NULL",
        "DELETE FROM InvoiceLine WHERE InvoiceId > 200",
        "DELETE FROM Invoice WHERE InvoiceId > 200",
      ].map((sql) => ({ sql })),
    );
    const archive = await archiveOf(shop, { frameBytes: 40_000 });
    const report = await drive(other, archive, newRunKey(), {
      mode: "mirror",
      budget: () => createBudget({ statements: 10, limit: 100 }),
    });
    expect(report.calls).toBeGreaterThan(1);
    expect(report.results).toMatchObject({
      Customer: { deleted: 1 },
      Track: { updated: 1167 },
      Invoice: { inserted: 212 },
    });
    expect(await dumpTables(other)).toEqual(expected);
  });
});
