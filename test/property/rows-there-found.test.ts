import { describe, expect, test } from "vitest";
import { archiveOf, drive, newRunKey } from "../support/engine.ts";
import { memoryDatabase } from "../support/node-engine.ts";

/** What generated rows in both databases once did. It stays. */
describe("What rows that met rows once did", () => {
  test.each([
    "CREATE TABLE t (a TEXT, v, PRIMARY KEY (a))",
    "CREATE TABLE t (a TEXT, b TEXT, v, PRIMARY KEY (a, b))",
  ])("a mirror left a row with a NULL in its key, and failed its own comparison: %s", async (create) => {
    const source = memoryDatabase(`${create}; INSERT INTO t (a, v) VALUES ('x', 1)`);
    const target = memoryDatabase(`${create}; INSERT INTO t (a, v) VALUES (NULL, 2), ('x', 0)`);
    if (create.includes("b TEXT")) source.sqlite.exec("UPDATE t SET b = 'y'");
    const report = await drive(target, await archiveOf(source), newRunKey(), { mode: "mirror" });
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(target.sqlite.prepare("SELECT * FROM t").all()).toEqual(
      source.sqlite.prepare("SELECT * FROM t").all(),
    );
  });
});
