import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isOperator, tokenize, UnreadableSql } from "../../../src/database/sql/tokenize.ts";
import { seeded } from "../../support/cases.ts";

const texts = (sql: string) => tokenize(sql).map(({ kind, text }) => [kind, text]);

test("Every kind of token is read as SQLite documents it", () => {
  expect(
    texts(
      `SELECT "a""b", [c"d], \`e\`\`f\`, 'it''s', X'0aFf', 0x1F, 1_000.5e-3, .5, ?1, :v, $a::b(c), é->>'$' -- end`,
    ),
  ).toEqual([
    ["word", "SELECT"],
    ["name", 'a"b'],
    ["operator", ","],
    ["name", 'c"d'],
    ["operator", ","],
    ["name", "e`f"],
    ["operator", ","],
    ["string", "it's"],
    ["operator", ","],
    ["blob", "X'0aFf'"],
    ["operator", ","],
    ["number", "0x1F"],
    ["operator", ","],
    ["number", "1_000.5e-3"],
    ["operator", ","],
    ["number", ".5"],
    ["operator", ","],
    ["variable", "?1"],
    ["operator", ","],
    ["variable", ":v"],
    ["operator", ","],
    ["variable", "$a::b(c)"],
    ["operator", ","],
    ["word", "é"],
    ["operator", "->>"],
    ["string", "$"],
  ]);
});

test("Spaces in a variable's brackets are ASCII's alone, as in SQLite", () => {
  const sqlite = new DatabaseSync(":memory:");
  for (const space of "\uFEFF\u00A0\u2028\u3000\u0085") {
    expect(() => sqlite.prepare(`SELECT $a(${space})`)).not.toThrow();
    expect(texts(`$a(${space})`)).toEqual([["variable", `$a(${space})`]]);
  }
  for (const space of " \t\n\v\f\r") {
    expect(() => sqlite.prepare(`SELECT $a(${space})`)).toThrow("unrecognized token");
    expect(() => tokenize(`$a(${space})`)).toThrow(UnreadableSql);
  }
  sqlite.close();
});

test.each([
  ["'a", "string"],
  ['"a', "name"],
  ["[a", "name"],
  ["`a", "name"],
  ["1 /* a", "comment"],
  ["/*/", "comment"],
  ["a\0b", "NUL"],
  ["x'a'", "no SQL"],
  ["0x1G", "no SQL"],
  ["12ab", "no SQL"],
  ["a ! b", "no SQL"],
  ["\\", "no SQL"],
  ["a$ $", "no SQL"],
])("%j is refused (%s)", (sql, what) => {
  expect(() => tokenize(sql)).toThrow(UnreadableSql);
  expect(() => tokenize(sql)).toThrow(what);
});

/** The statements of a text as SQLite takes them, one after the other; null where it takes one for an error. */
function preparedStatements(sqlite: DatabaseSync, sql: string): string[] | null {
  const found: string[] = [];
  for (let rest = sql; tokenize(rest).some((token) => !isOperator(token, ";")); ) {
    try {
      const { sourceSQL } = sqlite.prepare(rest);
      found.push(sourceSQL);
      rest = rest.slice(sourceSQL.length);
    } catch {
      return null;
    }
  }
  return found;
}

/** The same by our tokens. */
function ourStatements(sql: string): number {
  let count = 0;
  let begun = false;
  for (const token of tokenize(sql)) {
    const ends = isOperator(token, ";");
    if (!ends && !begun) count++;
    begun = !ends;
  }
  return count;
}

const inside = fc.string({
  unit: fc.constantFrom("a", ";", "'", '"', "]", "`", "-", "*", "/", "\n", "\r", " ", "é", "😀", "x", "1"),
});
/** Nothing that ends a comment, also where what stood around one comes together. */
const withoutEnds = (text: string) => text.replace(/\*+\//g, "");

const hidden = fc.oneof(
  inside.map((text) => `'${text.replaceAll("'", "''")}'`),
  inside.map((text) => `1 AS "${text.replaceAll('"', '""')}"`),
  inside.map((text) => `1 AS [${text.replaceAll("]", "")}]`),
  inside.map((text) => `1 AS \`${text.replaceAll("`", "``")}\``),
  inside.map((text) => `/*${withoutEnds(text)} */ 1`),
  inside.map((text) => `1 --${text.replaceAll("\n", "")}\n`),
  fc.constantFrom(
    "x'3b'",
    "0x3b",
    "1e5",
    ".5",
    "1_0",
    "? IS NULL",
    ":a",
    "$b::c(;)",
    "'a' || \"b\"",
    "1 /**/ + /***/ 2",
    "1 \uFEFF",
    "2 \v",
  ),
);
const statement = fc
  .array(hidden, { minLength: 1, maxLength: 4 })
  .map((parts) => `SELECT ${parts.join(", ")}`);

test("As many statements are counted as SQLite prepares, whatever hides in comments, names and strings", () => {
  const sqlite = new DatabaseSync(":memory:");
  let compared = 0;
  fc.assert(
    fc.property(
      fc.array(statement, { minLength: 1, maxLength: 4 }),
      fc.constantFrom("", ";", ";; ", "; -- x"),
      (list, end) => {
        const sql = list.join(";\n") + end;
        const prepared = preparedStatements(sqlite, sql);
        if (prepared === null) return;
        compared++;
        expect(ourStatements(sql)).toBe(prepared.length);
        expect(ourStatements(sql)).toBe(list.length);
      },
    ),
    seeded(600),
  );
  expect(compared).toBeGreaterThan(100);
  sqlite.close();
});

test.each(["0_e0", "1_", "1__0", "1_.5", "1e_5", "0x_1", "0x1_", "0x1__f"])(
  "A separator that does not stand between two digits is refused, as SQLite does: %s",
  (text) => {
    const sqlite = new DatabaseSync(":memory:");
    expect(() => sqlite.prepare(`SELECT ${text}`)).toThrow("unrecognized token");
    expect(() => tokenize(`SELECT ${text}`)).toThrow(UnreadableSql);
    sqlite.close();
  },
);

test("What SQLite takes for a token error is refused, and what it prepares is read to its end", () => {
  const sqlite = new DatabaseSync(":memory:");
  const unit = fc.constantFrom(..."'\"[]`-/*;x01.eE_$@:#?!<>=|&~()ab \n\t\uFEFFé");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
      const sql = `SELECT ${text}`;
      let tokens: ReturnType<typeof tokenize> | null = null;
      try {
        tokens = tokenize(sql);
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableSql);
      }
      let message: string | null = null;
      let first = "";
      try {
        first = sqlite.prepare(sql).sourceSQL;
      } catch (error) {
        message = (error as Error).message;
      }
      if (message?.startsWith("unrecognized token") === true) expect(tokens).toBeNull();
      // The end of the first statement is where SQLite ended it; one is stricter about comments.
      if (message === null && tokens !== null) {
        const end = tokens.find((token) => isOperator(token, ";"))?.end ?? sql.length;
        expect(first.length).toBe(end);
      }
      if (message === null && tokens === null) {
        const behind = sql.slice(first.length);
        expect(behind !== "" || /\/\*/.test(sql)).toBe(true);
      }
    }),
    seeded(4000),
  );
  sqlite.close();
});

test("A second statement hidden in a comment or a string is none, and one behind them is seen", () => {
  fc.assert(
    fc.property(statement, statement, (one, two) => {
      expect(ourStatements(`${one} /* ; ${withoutEnds(two)} */`)).toBe(1);
      expect(ourStatements(`${one}, '; ${two.replaceAll("'", "''")}'`)).toBe(1);
      expect(ourStatements(`${one} /* */ ; ${two}`)).toBe(2);
      expect(ourStatements(`${one} -- x\n; ${two}`)).toBe(2);
    }),
    seeded(300),
  );
});
