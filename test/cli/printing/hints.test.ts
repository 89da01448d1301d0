import { describe, expect, test } from "vitest";
import { hintFor } from "../../../src/cli/printing/hints.ts";
import { missingTablesHint } from "../../../src/cli/printing/refusal-hints.ts";
import { REFUSALS } from "../../../src/refusals.ts";

const SERVER = "as the app words it";

const hintOf = (code: string, details?: Record<string, unknown>) => hintFor({ code, hint: SERVER, details });

test.each([
  [
    "ALREADY_SYNCED",
    { nextVersion: 4 },
    "Use --version 4, the next free one, or --force; a push without --version counts by itself",
  ],
  ["ALREADY_SYNCED", { syncKey: "sync-1-a", version: 3 }, "Add --force to apply it again"],
  [
    "VERSION_TAKEN",
    { nextVersion: 4 },
    "Use --version 4, the next free one, or --force; a push without --version counts by itself",
  ],
  ["CONFIRMATION_REQUIRED", { deletes: 21, expected: 20 }, "Look at the plan, then add --confirm-delete=21"],
  [
    "UNIQUE_CONFLICT",
    { reason: "unique-values-taken", conflictCount: 9, conflicts: [] },
    "Correct the rows in the source, or add --on-conflict skip or --on-conflict replace",
  ],
  [
    "UNKNOWN_TABLE",
    { reason: "table-missing", table: "it's", message: `it has no table "it's"` },
    "Run the target's migrations first, have it created (--create), or leave it out: --exclude 'it'\\''s'",
  ],
  [
    "UNSUPPORTED",
    { reason: "fulltext-merge-loses-rows", table: "search", differing: 2, others: 7 },
    "Add --mode mirror, or --exclude search, or create the table with contentless_delete=1 on both sides",
  ],
  [
    "DATABASE_ERROR",
    { failure: "locked" },
    "Another program writes to the database. Run the same command again when it is done",
  ],
  [
    "FOREIGN_KEY",
    { reason: "parent-row-missing", table: "posts", parent: "users" },
    "Bring that table along, from the export on (--include users), or correct the row in the source",
  ],
  [
    "FOREIGN_KEY",
    { reason: "delete-reaches-rows", table: "users", child: "posts", mode: "mirror", inSync: true },
    "Delete those rows at the target, or point them to others; or use --mode merge",
  ],
  [
    "FOREIGN_KEY",
    { reason: "update-reaches-rows", table: "users", child: "posts", inSync: true, kept: true },
    "Point those rows at the target to another value, or keep the value in the source",
  ],
])("%s with %j is worded in flags", (code, details, hint) => {
  expect(hintOf(code, details)).toBe(hint);
});

test.each(Object.entries(REFUSALS))("what to do about %s is worded in flags", (reason, code) => {
  const run = { syncKey: "sync-1-a", undoes: "sync-1-a", undoneBy: "undo-1-a" };
  const table = { table: "posts", addColumn: "ALTER TABLE posts …;" };
  const hint = hintOf(code, { reason, nextVersion: 4, ...table, ...run });
  expect(hint).toMatch(/^[A-Z]/);
  expect(hint).not.toBe(SERVER);
  expect(hint).not.toMatch(/undefined|NaN|"(exclude|mode|create|onConflict|atomic|force|tables)"/);
});

test("a key that nothing has points to d1-ferry list, not to a route", () => {
  const hint = hintOf("NOT_FOUND", { syncKey: "sync-1-a" });
  expect(hint).toContain("d1-ferry list shows what is there");
  expect(hint).not.toContain("operation");
});

test("several missing tables are left out with one flag", () => {
  expect(missingTablesHint(["posts", "authors"])).toBe(
    "Run the target's migrations first, have them created (--create), or leave them out: --exclude posts,authors",
  );
});

test("a development server that is not there can be done without", () => {
  const hint = (app: unknown) =>
    hintFor(
      { code: "UNREACHABLE", hint: SERVER, details: { app } },
      { credentials: () => undefined, isLocal: (address) => address === "http://localhost:4321" },
    );
  expect(hint("http://localhost:4321")).toContain("--from local");
  expect(hint("https://pulse.example.com")).toBe(SERVER);
  expect(hint(7)).toBe(SERVER);
});

describe("an app that refuses the credentials", () => {
  const app = "https://pulse.example.com";
  const refusal = (details: Record<string, unknown>) =>
    hintFor(
      { code: "AUTHENTICATION_REQUIRED", hint: SERVER, details },
      {
        credentials: (address) => (address === app ? "FERRY_TOKEN is wrong." : undefined),
        isLocal: () => false,
      },
    );

  test("is answered by the settings for it", () => {
    expect(refusal({ app })).toBe("FERRY_TOKEN is wrong.");
  });

  test("may have something in front of it that wants a login", () => {
    expect(refusal({ app, before: true })).toMatch(
      /^FERRY_TOKEN is wrong\. Or something in front of the app/,
    );
  });

  test("keeps the app's own hint where no settings are known", () => {
    expect(refusal({ app: "https://elsewhere.example" })).toBe(SERVER);
    expect(hintOf("AUTHENTICATION_REQUIRED", { app })).toBe(SERVER);
  });
});

test.each([
  ["ALREADY_SYNCED", undefined],
  ["VERSION_TAKEN", {}],
  ["CONFIRMATION_REQUIRED", {}],
  ["UNIQUE_CONFLICT", { table: "posts", key: "[1]", times: 2 }],
  ["UNKNOWN_TABLE", { table: "nobody" }],
  ["UNKNOWN_TABLE", { tables: ["nobody"] }],
  ["UNSUPPORTED", { table: "posts" }],
  ["NOT_FOUND", undefined],
  ["NOT_FOUND", { syncKey: "sync-1-a", status: "uploading" }],
  ["DATABASE_FULL", {}],
  ["A_CODE_OF_A_NEWER_APP", {}],
  ["constructor", {}],
])("%s with %j keeps the hint that came with it", (code, details) => {
  expect(hintOf(code, details)).toBe(SERVER);
  expect(hintFor({ code, details })).toBeUndefined();
});
