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
  {
    was: "The size of a step was asked for while only some of the tables in a circle had been made, and failed",
    tables: [
      'CREATE TABLE "iO9.~" ("title" ANY COLLATE RTRIM DEFAULT -1.5, "parent_id" INTEGER, PRIMARY KEY ("title" DESC), FOREIGN KEY ("parent_id") REFERENCES "f" ON DELETE SET NULL ON UPDATE CASCADE)',
      'CREATE TABLE "b" ("say ""hi""" INTEGER PRIMARY KEY DESC, "title" INTEGER, "up" ANY, "owner" ANY, UNIQUE ("title", "say ""hi"""), CHECK ("say ""hi""" IS NOT "title" OR 1), FOREIGN KEY ("up") REFERENCES "iO9.~" ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED, FOREIGN KEY ("owner") REFERENCES "iO9.~" ("title") ON DELETE RESTRICT) STRICT',
      'CREATE TABLE "f" ("I" INTEGER PRIMARY KEY DESC, "!" NUMERIC DEFAULT x\'00ff\', "next" INTEGER, FOREIGN KEY ("next") REFERENCES "b" DEFERRABLE INITIALLY DEFERRED)',
      'CREATE TABLE "`y`" (":g+&<" INTEGER PRIMARY KEY, "excluded" BLOB COLLATE RTRIM NOT NULL DEFAULT -1.5 CHECK ("excluded" IS NULL OR "excluded" IS NOT 3), "parent_id" INTEGER, "up" INTEGER, FOREIGN KEY ("parent_id") REFERENCES "`y`" ON DELETE RESTRICT, FOREIGN KEY ("up") REFERENCES "f" ON DELETE SET NULL) STRICT',
      'CREATE VIRTUAL TABLE "e" USING fts5(title, body UNINDEXED, tokenize = "unicode61 remove_diacritics 2")',
    ],
    rows: [
      'INSERT INTO "iO9.~" ("title", "parent_id") VALUES (0.1, (SELECT "I" FROM "f" ORDER BY "I" LIMIT 1 OFFSET 1))',
      'INSERT INTO "`y`" (":g+&<", "excluded", "parent_id", "up") VALUES (4988755886966073295, x\'e1\', (SELECT ":g+&<" FROM "`y`" ORDER BY ":g+&<" LIMIT 1 OFFSET 2), (SELECT "I" FROM "f" ORDER BY "I" LIMIT 1 OFFSET 3))',
      'INSERT INTO "`y`" (":g+&<", "excluded", "parent_id", "up") VALUES (-2, x\'\', (SELECT ":g+&<" FROM "`y`" ORDER BY ":g+&<" LIMIT 1 OFFSET 0), (SELECT "I" FROM "f" ORDER BY "I" LIMIT 1 OFFSET 3))',
      'INSERT INTO "`y`" (":g+&<", "excluded", "parent_id", "up") VALUES (103, x\'ff\', (SELECT ":g+&<" FROM "`y`" ORDER BY ":g+&<" LIMIT 1 OFFSET 1), (SELECT "I" FROM "f" ORDER BY "I" LIMIT 1 OFFSET 0))',
    ],
    frameBytes: 113,
    options: { atomic: "never", statements: 37 },
  },
];
