import type { Example } from "./example.ts";
import type { ImportOptions } from "./side.ts";

/** A database that once did not arrive as it was, made small. It stays. */
export interface Found extends Partial<Example> {
  /** What went wrong. */
  was: string;
  frameBytes?: number;
  options?: ImportOptions;
}

export const FOUND: readonly Found[] = [
  {
    was: "INTEGER PRIMARY KEY DESC was taken for the rowid, and its rows with NULL were lost",
    tables: ['CREATE TABLE "title" ("staged" INTEGER PRIMARY KEY DESC)'],
    rows: [null, -1, 5, 6, null, 8].map((value) => `INSERT INTO "title" VALUES (${value})`),
    frameBytes: 85,
  },
  {
    was: "INTEGER PRIMARY KEY DESC was taken for the rowid, and a row with NULL failed the last comparison",
    tables: ['CREATE TABLE "f" ("c0" INTEGER PRIMARY KEY DESC, "d" TEXT)'],
    rows: ["INSERT INTO f VALUES (NULL, 'x')"],
  },
  {
    was: "A trigger with the name of a table stayed behind",
    tables: ['CREATE TABLE "b" ("c0" TEXT)', 'CREATE TABLE "f" ("id" INTEGER PRIMARY KEY, "title" TEXT)'],
    rest: [`CREATE TRIGGER "b" BEFORE UPDATE ON "f" BEGIN SELECT RAISE(FAIL, 'no'); END`],
  },
  {
    was: "A trigger with the name of a full-text table stayed behind",
    tables: [
      'CREATE TABLE "f" ("id" INTEGER PRIMARY KEY, "title" TEXT)',
      'CREATE VIRTUAL TABLE "staged" USING fts5(title)',
    ],
    rest: [`CREATE TRIGGER "STAGED" AFTER INSERT ON "f" BEGIN SELECT 1; END`],
  },
  {
    was: "Tables that a run made frame by frame were filled in the order of before they were there, children first",
    tables: [
      'CREATE TABLE "c" ("id" INTEGER PRIMARY KEY, "ref" INTEGER NOT NULL REFERENCES "e")',
      'CREATE TABLE "e" ("d" INTEGER PRIMARY KEY)',
    ],
    rows: ["INSERT INTO e VALUES (-2)", "INSERT INTO c VALUES (1, -2)"],
    options: { atomic: "never" },
  },
  {
    was: "Tables in a circle, of which one has no rows, were filled in another order than the one their foreign keys were seen in",
    tables: [
      'CREATE TABLE "d" ("id" INTEGER PRIMARY KEY, "k" REFERENCES "k")',
      'CREATE TABLE "k" ("id" INTEGER PRIMARY KEY, "e" REFERENCES "e")',
      'CREATE TABLE "e" ("id" INTEGER PRIMARY KEY, "d" REFERENCES "d")',
    ],
    rows: ["INSERT INTO d VALUES (1, NULL)", "INSERT INTO e VALUES (2, 1)"],
    options: { atomic: "never" },
  },
  {
    was: "A table that points to itself, and whose key of two columns holds NULLs, was taken for one that points to its rowid",
    tables: [
      'CREATE TABLE "n" ("a" BLOB, "b" INTEGER, "pa" BLOB, "pb" INTEGER, PRIMARY KEY ("a", "b"), FOREIGN KEY ("pa", "pb") REFERENCES "n")',
    ],
    rows: [
      "INSERT INTO n WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 3000) SELECT x'40', i, NULL, NULL FROM i",
      "INSERT INTO n VALUES (NULL, 2, x'40', 1)",
    ],
  },
];
