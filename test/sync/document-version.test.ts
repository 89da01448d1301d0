import { expect, test } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import { createBudget } from "../../src/budget.ts";
import { drive, newRunKey } from "../support/engine.ts";
import { memoryDatabase } from "../support/node-engine.ts";

test("a plain document's version is known also where it is read on from its middle", async () => {
  const target = memoryDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
  const rows = Array.from({ length: 2000 }, (_, id) => ({ id, a: "x".repeat(500) }));
  const document = new TextEncoder().encode(JSON.stringify({ version: 4, data: { t: rows } }));
  const report = await drive(target, bytesSource(document), newRunKey(), {
    // As into a SQLite file, which keeps no history.
    ...{ temporary: true, version: null },
    budget: () => createBudget({ ms: 0 }),
  });
  expect(report.calls).toBeGreaterThan(1);
  expect(report).toMatchObject({ status: "completed", version: 4 });
});
