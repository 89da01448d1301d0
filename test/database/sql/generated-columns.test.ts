import { expect, test } from "vitest";
import { readGeneratedColumns } from "../../../src/database/sql/generated-columns.ts";

test("A generated column is read with what it is made of", () => {
  const sql = `CREATE TABLE "posts" (
    id INTEGER PRIMARY KEY, "Doc" TEXT NOT NULL DEFAULT ('{"a": (1)}'),
    slug TEXT GENERATED ALWAYS AS (lower("Doc" ->> '$.slug')) STORED UNIQUE,
    -- one more (
    "odd ""name""" NOT NULL CONSTRAINT made AS ( slug || ')' || id ) COLLATE NOCASE,
    bare DECIMAL(10, 2) AS (1),
    CHECK (slug <> '')
  , late AS (bare + "nothing"))`;
  const columns = ["id", "Doc", "slug", 'odd "name"', "bare", "late"];
  expect([...readGeneratedColumns(sql, columns)]).toEqual([
    ["slug", { expression: `(lower("Doc" ->> '$.slug'))`, columns: new Set(["doc"]) }],
    ['odd "name"', { expression: "( slug || ')' || id )", columns: new Set(["slug", "id"]) }],
    ["bare", { expression: "(1)", columns: new Set() }],
  ]);
});
