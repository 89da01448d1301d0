import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { memoryDatabase } from "../support/node-engine.ts";
import { describeCells } from "./cells-suite.ts";
import { describeDatabase } from "./conformance.ts";
import { describeSchema } from "./schema-suite.ts";

const subject = { create: async () => memoryDatabase() };

describeDatabase("node:sqlite", subject);
describeSchema("node:sqlite", subject);
describeCells("node:sqlite", subject);

describe("node:sqlite as a database", () => {
  test("closes the file", () => {
    const sqlite = new DatabaseSync(":memory:");
    sqliteDatabase(sqlite).close();
    expect(sqlite.isOpen).toBe(false);
  });
});
