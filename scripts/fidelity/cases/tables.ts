import { type Case, rows } from "../case.ts";

const HUNDRED = Array.from({ length: 99 }, (_, i) => `c${i + 1}`);

export const keys: readonly Case[] = [
  {
    id: "key-composite",
    feature: "composite key",
    sql: `CREATE TABLE key_composite (a INTEGER, b TEXT, v, PRIMARY KEY (b, a));
      INSERT INTO key_composite VALUES (2, 'x', 1), (1, 'y', 2), (1, 'x', 3)`,
  },
  {
    id: "key-text",
    feature: "text key",
    sql: `CREATE TABLE key_text (id TEXT PRIMARY KEY NOT NULL, v);
      INSERT INTO key_text VALUES ('', 1), ('a', 2), ('B', 3), ('a'' ', 4), ('ä', 5), ('10', 6), ('9', 7)`,
  },
  {
    id: "key-nocase",
    feature: "NOCASE key",
    sql: `CREATE TABLE key_nocase (id TEXT COLLATE NOCASE PRIMARY KEY, v);
      INSERT INTO key_nocase VALUES ('Ada', 1), ('bob', 2), ('CARL', 3)`,
  },
  {
    id: "key-rtrim",
    feature: "RTRIM and DESC in a key",
    sql: `CREATE TABLE key_rtrim (a TEXT COLLATE RTRIM, b, v, PRIMARY KEY (a DESC, b));
      INSERT INTO key_rtrim VALUES ('x  ', 1, 1), ('x', 2, 2), ('y', 1, 3)`,
  },
  {
    id: "key-mixed",
    feature: "key of mixed types",
    sql: `CREATE TABLE key_mixed (id PRIMARY KEY, v) ;
      INSERT INTO key_mixed VALUES (1, 'i'), (1.5, 'r'), ('1', 't'), (x'31', 'b'), (9007199254740993, 'I'), ('', 'e')`,
  },
  {
    id: "key-null",
    feature: "NULLs in a key",
    sql: `CREATE TABLE key_null (a TEXT, b, v, PRIMARY KEY (a, b));
      INSERT INTO key_null VALUES (NULL, 1, 1), (NULL, 1, 2), (NULL, NULL, 3), ('x', NULL, 4), ('x', NULL, 4), ('x', 1, 5)`,
  },
  {
    id: "key-none",
    feature: "no key, duplicate rows",
    sql: `CREATE TABLE key_none (a, b);
      INSERT INTO key_none VALUES (1, 'x'), (1, 'x'), (1, 'x'), (NULL, NULL), (NULL, NULL)`,
  },
  {
    id: "key-rowid",
    feature: "no key: the rows' rowids",
    sql: `CREATE TABLE key_rowid (v);
      INSERT INTO key_rowid (rowid, v) VALUES (-5, 'a'), (3, 'b'), (1000000, 'c')`,
    questions: { rowids: "SELECT rowid, v FROM key_rowid ORDER BY rowid" },
  },
  {
    id: "key-hidden-rowid",
    feature: "a column called rowid",
    sql: `CREATE TABLE key_hidden_rowid (rowid TEXT, v);
      INSERT INTO key_hidden_rowid VALUES ('z', 1), ('z', 1), (NULL, 2)`,
  },
  {
    id: "without-rowid",
    feature: "WITHOUT ROWID",
    sql: `CREATE TABLE without_rowid (k TEXT, n INTEGER, v BLOB, PRIMARY KEY (k, n)) WITHOUT ROWID;
      INSERT INTO without_rowid VALUES ('b', 1, x'00'), ('a', 2, NULL), ('a', 1, 'text')`,
  },
  {
    id: "strict",
    feature: "STRICT",
    sql: `CREATE TABLE strict_table (id INTEGER PRIMARY KEY, i INT, r REAL, t TEXT, b BLOB, a ANY) STRICT;
      INSERT INTO strict_table VALUES (1, 1, 1, '1', x'31', '1'), (2, NULL, 2.5, '', x'', 2), (3, 0, 0, 'x', NULL, 3.0)`,
  },
  {
    id: "autoincrement",
    feature: "AUTOINCREMENT, its sequence ahead of the rows",
    sql: `CREATE TABLE autoincrement_table (id INTEGER PRIMARY KEY AUTOINCREMENT, v);
      INSERT INTO autoincrement_table VALUES (1, 'a'), (5000, 'gone');
      DELETE FROM autoincrement_table WHERE id = 5000`,
  },
  {
    id: "autoincrement-empty",
    feature: "AUTOINCREMENT of a table that was emptied",
    sql: `CREATE TABLE autoincrement_empty (id INTEGER PRIMARY KEY AUTOINCREMENT, v);
      INSERT INTO autoincrement_empty VALUES (42, 'gone');
      DELETE FROM autoincrement_empty`,
  },
];

export const tables: readonly Case[] = [
  {
    id: "generated-virtual",
    feature: "virtual generated columns",
    sql: `CREATE TABLE generated_virtual (id INTEGER PRIMARY KEY, a INTEGER, twice INTEGER AS (a * 2), b TEXT, both TEXT GENERATED ALWAYS AS (b || a) VIRTUAL);
      INSERT INTO generated_virtual (id, a, b) VALUES (1, 21, 'x'), (2, NULL, 'y')`,
  },
  {
    id: "generated-stored",
    feature: "stored generated columns, indexed",
    sql: `CREATE TABLE generated_stored (first TEXT AS (upper(v)) STORED, id INTEGER PRIMARY KEY, v TEXT, n AS (length(v)) STORED);
      CREATE UNIQUE INDEX generated_stored_first ON generated_stored (first);
      INSERT INTO generated_stored (id, v) VALUES (1, 'ab'), (2, ''), (3, NULL)`,
  },
  {
    id: "constraints",
    feature: "CHECK and DEFAULT",
    sql: `CREATE TABLE constraints (
        id INTEGER PRIMARY KEY, -- a comment; with a semicolon
        n INTEGER NOT NULL DEFAULT (1 + 1) CHECK (n <> 7),
        t TEXT DEFAULT 'it''s; "x"' CHECK (t NOT LIKE '%;%' OR length(t) > 2),
        at TEXT DEFAULT CURRENT_TIMESTAMP,
        CONSTRAINT "a name" CHECK (n > 0 OR t IS NULL)
      );
      INSERT INTO constraints (id) VALUES (1);
      UPDATE constraints SET at = '2026-01-01';
      INSERT INTO constraints VALUES (2, -1, NULL, NULL)`,
  },
  {
    id: "added-column",
    feature: "columns added later, with a default",
    sql: `CREATE TABLE added_column (id INTEGER PRIMARY KEY, v);
      INSERT INTO added_column VALUES (1, 'before');
      ALTER TABLE added_column ADD COLUMN later TEXT NOT NULL DEFAULT 'then';
      ALTER TABLE added_column RENAME COLUMN v TO "new name";
      INSERT INTO added_column VALUES (2, 'after', 'now')`,
  },
  {
    id: "dropped-column",
    feature: "a column dropped and a table renamed",
    sql: `CREATE TABLE dropped_before (id INTEGER PRIMARY KEY, gone, v);
      INSERT INTO dropped_before VALUES (1, 'x', 'y');
      ALTER TABLE dropped_before DROP COLUMN gone;
      ALTER TABLE dropped_before RENAME TO dropped_column`,
  },
  {
    id: "hundred-columns",
    feature: "100 columns with a key",
    sql: `CREATE TABLE hundred_columns (id INTEGER PRIMARY KEY, ${HUNDRED.join(", ")});
      INSERT INTO hundred_columns SELECT value, ${HUNDRED.map((_, i) => (i % 3 === 0 ? "1.0 * value" : i % 3 === 1 ? "'t' || value" : "value")).join(", ")}
        FROM json_each('[1,2,3,4,5]')`,
  },
  {
    id: "hundred-columns-no-key",
    feature: "100 columns, no key",
    sql: `CREATE TABLE hundred_columns_no_key (c0, ${HUNDRED.join(", ")});
      INSERT INTO hundred_columns_no_key SELECT value, ${HUNDRED.map(() => "value").join(", ")} FROM json_each('[1,2,2]')`,
  },
  {
    id: "no-rows",
    feature: "a table without rows",
    sql: "CREATE TABLE no_rows (id INTEGER PRIMARY KEY, v TEXT NOT NULL)",
  },
  {
    id: "one-column",
    feature: "a table of nothing but its key",
    sql: "CREATE TABLE one_column (id INTEGER PRIMARY KEY); INSERT INTO one_column VALUES (1), (2), (-3)",
  },
  {
    id: "defaults-only",
    feature: "a table of nothing but generated columns and a key",
    sql: `CREATE TABLE generated_only (id INTEGER PRIMARY KEY, next INTEGER AS (id + 1) STORED);
      INSERT INTO generated_only (id) VALUES (1), (2)`,
  },
  {
    id: "many-rows",
    feature: "20,000 rows",
    sql: `CREATE TABLE many_rows (id INTEGER PRIMARY KEY, v TEXT, r);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO many_rows SELECT i, 'row ' || i || char(10), i / 8.0 FROM n`,
  },
  {
    id: "numeric-affinities",
    feature: "any declared type",
    sql: `CREATE TABLE numeric_affinities (id INTEGER PRIMARY KEY, a DECIMAL(10, 2), b BOOLEAN, c DATETIME, d "FLOATING POINT", e CHARINT, f VARCHAR(3), g "some thing", h INT8 UNSIGNED);
      INSERT INTO numeric_affinities VALUES (1, '10.50', TRUE, '2026-01-01', '7', '8', 12345, '9', '10'), (2, 'x', 'yes', 5, 1.5, 'y', x'00', 'z', 1.5)`,
  },
];

export const identifiers: readonly Case[] = [
  {
    id: "names-quoted",
    feature: "names with spaces, quotes and brackets",
    sql: `CREATE TABLE "a table; it's ""quoted"" [so]" ("the key" INTEGER PRIMARY KEY, "it's", "a ""b""", [c d], \`e\`\`f\`, "g]h");
      INSERT INTO "a table; it's ""quoted"" [so]" VALUES (1, 2, 3, 4, 5, 6);
      CREATE INDEX "an 'index'" ON "a table; it's ""quoted"" [so]" ("a ""b""")`,
  },
  {
    id: "names-keywords",
    feature: "keywords as names",
    sql: `CREATE TABLE "select" ("from" INTEGER PRIMARY KEY, "where", "group", "null", "table");
      INSERT INTO "select" VALUES (1, 2, 3, 4, 5);
      CREATE TABLE "values" ("values"); INSERT INTO "values" VALUES ('v')`,
  },
  {
    id: "names-unicode",
    feature: "names of any letters, and emoji",
    sql: `CREATE TABLE "tëst_таблица_表_🚢" ("ключ" TEXT PRIMARY KEY, "🚢", "Ä");
      INSERT INTO "tëst_таблица_表_🚢" VALUES ('к', 1, 2)`,
  },
  {
    id: "names-newline",
    feature: "names with newlines and control characters",
    sql: `CREATE TABLE "two\nlines" ("a\nb" INTEGER PRIMARY KEY, "tab\there", "cr\rhere", "back\\slash", "%s ?1 :x");
      INSERT INTO "two\nlines" VALUES (1, 2, 3, 4, 5)`,
  },
  {
    id: "names-empty",
    feature: "empty names",
    sql: `CREATE TABLE "" ("" INTEGER PRIMARY KEY, v); INSERT INTO "" VALUES (1, 'x')`,
  },
  {
    id: "names-prototype",
    feature: "names that JavaScript objects have",
    sql: `CREATE TABLE "__proto__" ("__proto__" INTEGER PRIMARY KEY, "constructor", "toString", "hasOwnProperty", "length");
      INSERT INTO "__proto__" VALUES (1, 2, 3, 4, 5);
      CREATE TABLE "constructor" (id TEXT PRIMARY KEY, "prototype"); INSERT INTO "constructor" VALUES ('a', 'b')`,
  },
  {
    id: "names-tags",
    feature: "columns called like d1-ferry's tags",
    sql: `CREATE TABLE names_tags ("$int" TEXT PRIMARY KEY, "$blob", "$real", "$text");
      INSERT INTO names_tags VALUES ('1', '2', '3', '4');
      CREATE TABLE names_tag ("$int" TEXT PRIMARY KEY); INSERT INTO names_tag VALUES ('5')`,
  },
  {
    id: "names-document",
    feature: "names that the archive uses itself",
    sql: `CREATE TABLE "data" (id INTEGER PRIMARY KEY, "schema", "frames"); INSERT INTO "data" VALUES (1, 2, 3);
      CREATE TABLE "frames" (id INTEGER PRIMARY KEY, "seq", "run", "key", "value", "json"); INSERT INTO "frames" VALUES (1, 2, 3, 4, 5, 6)`,
  },
  {
    id: "names-case",
    feature: "names in letters of both cases, and numbers",
    sql: `CREATE TABLE "CamelCase" ("userId" INTEGER PRIMARY KEY, "createdAt", "1", "2nd");
      INSERT INTO "CamelCase" VALUES (1, 2, 3, 4);
      CREATE TABLE "42" ("1" INTEGER PRIMARY KEY, "0"); INSERT INTO "42" VALUES (1, 2)`,
  },
  rows(
    {
      id: "names-similar",
      feature: "names with % and _, and prefixes of one another",
      sql: `CREATE TABLE "a_b" (id INTEGER PRIMARY KEY, v); CREATE TABLE "aXb" (id INTEGER PRIMARY KEY, v);
        CREATE TABLE "a%b" (id INTEGER PRIMARY KEY, v); CREATE TABLE "_cfx" (id INTEGER PRIMARY KEY, v);
        CREATE TABLE "sqlitex" (id INTEGER PRIMARY KEY, v); CREATE TABLE "d1_x" (id INTEGER PRIMARY KEY, v)`,
    },
    {
      a_b: [[1n, "a"]],
      aXb: [[1n, "b"]],
      '"a%b"': [[1n, "c"]],
      _cfx: [[1n, "d"]],
      sqlitex: [[1n, "e"]],
      d1_x: [[1n, "f"]],
    },
  ),
];
