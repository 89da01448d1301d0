import { expect, test } from "vitest";
import { readReferences } from "../../src/database/sql/references.ts";

test("A table of more foreign keys than anybody wants is read in one go", () => {
  // Once each was looked for from the first word on, which took minutes.
  const keys = 40_000;
  const found = readReferences(`CREATE TABLE t (a INTEGER ${"REFERENCES t (a) ".repeat(keys)})`);
  expect(found).toHaveLength(keys);
  expect(found.at(-1)).toEqual({ columns: ["a"], parent: "t", parentColumns: ["a"] });
});
