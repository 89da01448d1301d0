import { describe, expect, test } from "vitest";
import { readCollations, readIndexExpressions } from "../../../src/database/sql/index-expressions.ts";

const COLUMNS = ["id", "Email", "a b", "n", 'q"%'];

describe("What an index is over", () => {
  test.each([
    ["CREATE UNIQUE INDEX i ON t (email)", ["email"], null, ["email"]],
    ["CREATE UNIQUE INDEX i ON t (email COLLATE NOCASE DESC, n asc)", ["email", "n"], null, ["email", "n"]],
    // A name is another text within its quotes.
    [
      'CREATE UNIQUE INDEX i ON t (lower("q""%")) WHERE "Q""%" <> \'n\'',
      ['lower("q""%")'],
      '"Q""%" <> \'n\'',
      ['q"%'],
    ],
    [
      "create unique index if not exists main.i on t (lower(email || ','), [a b] /* , */ + 1, (n)) where n > 1 and (email is not null)",
      ["lower(email || ',')", "[a b] /* , */ + 1", "(n)"],
      "n > 1 and (email is not null)",
      ["email", "a b", "n"],
    ],
    [
      "CREATE UNIQUE INDEX i ON t (CASE WHEN n = ')' THEN 1 END) WHERE \"n\" -- all\n <> 0;",
      ["CASE WHEN n = ')' THEN 1 END"],
      '"n" -- all\n <> 0',
      ["n"],
    ],
  ])("is read from its SQL: %s", (sql, terms, where, columns) => {
    expect(readIndexExpressions(sql, COLUMNS)).toEqual({ terms, where, columns: new Set(columns) });
  });

  test.each([
    'CREATE UNIQUE INDEX i ON t (ifnull(n, "nothing"))',
    "CREATE UNIQUE INDEX i ON t (n) WHERE rowid > 5",
    "CREATE UNIQUE INDEX i ON t (`other`)",
  ])("is not read where it names what is no column: %s", (sql) => {
    expect(readIndexExpressions(sql, COLUMNS)).toBeNull();
  });

  test("is refused of what is no index", () => {
    expect(() => readIndexExpressions("DROP TABLE t", COLUMNS)).toThrow("CREATE");
  });

  test("is compared as the table's columns say", () => {
    const sql = `CREATE TABLE t (id INTEGER PRIMARY KEY, "Email" TEXT COLLATE nocase NOT NULL, n TEXT DEFAULT ('a' COLLATE RTRIM),
      w TEXT COLLATE "RTRIM", CHECK (w <> '' COLLATE NOCASE))`;
    expect([...readCollations(sql)]).toEqual([
      ["email", "nocase"],
      ["w", "RTRIM"],
    ]);
  });
});
