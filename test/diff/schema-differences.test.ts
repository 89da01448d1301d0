import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/archive/reader.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { readSchema } from "../../src/database/schema.ts";
import { readTableShape } from "../../src/database/sql/table-shape.ts";
import { foldCase, isWord, tokenize } from "../../src/database/sql/tokenize.ts";
import { comparePlaces, databasePlace, describeArchive } from "../../src/diff/index.ts";
import { schemaDifferences } from "../../src/diff/schema-differences.ts";
import { settleDraft } from "../property/example.ts";
import { databaseChoice, draftOf } from "../property/generate/database.ts";
import { seeded } from "../support/cases.ts";
import { archiveOf } from "../support/engine.ts";

function made(sql: string): DatabaseSync {
  const sqlite = new DatabaseSync(":memory:", { enableDoubleQuotedStringLiterals: true });
  sqlite.exec(sql);
  return sqlite;
}

/** As lines: the table, and what is told of it. */
async function differencesOf(left: string, right: string): Promise<string[]> {
  const [one, two] = [left, right].map((sql) => databasePlace(sqliteDatabase(made(sql))));
  const { schema } = await comparePlaces(one ?? expect.fail(), two ?? expect.fail(), { schemas: true });
  return schema.map(({ table, difference }) => `${table}: ${difference}`);
}

const T = "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)";
const P = "CREATE TABLE p (id INTEGER PRIMARY KEY)";

describe("What makes another table is told", () => {
  test.each<[sql: string, difference: string]>([
    ["id INTEGER PRIMARY KEY, x INT NOT NULL", "only the second has NOT NULL on the column x"],
    ["id INTEGER PRIMARY KEY, x INT DEFAULT (-5)", "only the second has DEFAULT (-5) on the column x"],
    ["id INTEGER PRIMARY KEY, x INT COLLATE nocase", "only the second has COLLATE NOCASE on the column x"],
    ["id INTEGER PRIMARY KEY, x INT UNIQUE", "only the second has UNIQUE (x)"],
    ["id INTEGER PRIMARY KEY, x INT CHECK (x > 0)", "only the second has CHECK (x > 0)"],
    [
      "id INTEGER PRIMARY KEY, x INT REFERENCES p ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
      "only the second has FOREIGN KEY (x) REFERENCES p (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    ],
    ["id INTEGER PRIMARY KEY AUTOINCREMENT, x INT", "only the second has AUTOINCREMENT"],
    ["id INTEGER PRIMARY KEY, x INT) STRICT --", "only the second is STRICT"],
    ["id INTEGER PRIMARY KEY, x INT) WITHOUT ROWID --", "only the second is WITHOUT ROWID"],
    ["id INTEGER PRIMARY KEY, x INT, g AS (x + 1)", "only the second has the column g AS (x + 1) VIRTUAL"],
    [
      "id INTEGER PRIMARY KEY, x INT AS (id + 1) STORED",
      "the column x is stored in the first, INT AS (id + 1) STORED in the second",
    ],
    ["id INTEGER PRIMARY KEY, x TEXT", "the column x is INT in the first, TEXT in the second"],
    [
      "id INTEGER PRIMARY KEY ON CONFLICT REPLACE, x INT",
      "only the second has PRIMARY KEY (id) ON CONFLICT REPLACE",
    ],
  ])("t (%s)", async (sql, difference) => {
    const second = `${P}; CREATE TABLE t (${sql.replace(" --", "")}${sql.endsWith("--") ? "" : ")"}`;
    expect(await differencesOf(`${P}; ${T}`, second)).toContain(`t: ${difference}`);
  });

  test.each<[left: string, right: string, difference: string]>([
    [
      "x DEFAULT 'a'",
      "x DEFAULT 'A'",
      "t: the column x has DEFAULT 'a' in the first, DEFAULT 'A' in the second",
    ],
    [
      "x AS (1)",
      "x AS (1) STORED",
      "t: the column x is AS (1) VIRTUAL in the first, AS (1) STORED in the second",
    ],
    ["x CHECK (x <> 'a')", "x CHECK (x <> 'A')", "t: only the first has CHECK (x <> 'a')"],
  ])("t (%s) and t (%s)", async (left, right, difference) => {
    const table = (column: string) => `CREATE TABLE t (id INTEGER PRIMARY KEY, ${column})`;
    expect(await differencesOf(table(left), table(right))).toContain(difference);
  });

  test("of full-text tables the options and the columns", async () => {
    const [left, right] = [
      "a, b UNINDEXED, tokenize = 'porter'",
      "a, b, tokenize = 'unicode61', detail = none",
    ].map((args) => `CREATE VIRTUAL TABLE f USING fts5(${args})`);
    expect(await differencesOf(left ?? "", right ?? "")).toEqual([
      "f: its columns are a, b unindexed in the first, a, b in the second",
      "f: tokenize is porter in the first, unicode61 in the second",
      "f: only the second has detail = none",
    ]);
    const over = (more: string) => `${T}; CREATE VIRTUAL TABLE g USING fts5(x, content='t'${more})`;
    expect(await differencesOf(over(""), over(", tokenize=porter"))).toEqual([
      "t: the full-text table g is made otherwise: only the second has tokenize = porter",
    ]);
  });

  test("of indexes, triggers and views that they are made otherwise, beside their table", async () => {
    const sql = (column: string) =>
      `${P}; ${T}; CREATE INDEX i ON t (${column}); CREATE TABLE u (id INTEGER PRIMARY KEY)`;
    expect(
      await differencesOf(sql("x"), `${sql("id")}; ALTER TABLE t ADD COLUMN y; ALTER TABLE u ADD COLUMN z`),
    ).toEqual([
      "t: only the second has the column y",
      "t: the index i is made otherwise",
      "u: only the second has the column z",
    ]);
  });
});

describe("The same table in another text is the same", () => {
  test.each<[left: string, right: string]>([
    [T, 'create table [t] ("id" integer PRIMARY KEY, -- a note\n `x` /* another */ INT)'],
    [T, "CREATE TABLE t (id INTEGER PRIMARY KEY NOT NULL, x INT NULL DEFAULT NULL COLLATE BINARY)"],
    [
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT DEFAULT 5 NOT NULL, y VARCHAR (10))",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT NOT NULL DEFAULT (5)); ALTER TABLE t ADD COLUMN y varchar(10)",
    ],
    [
      "CREATE TABLE t (id INTEGER PRIMARY KEY, CHECK (id > 0))",
      'CREATE TABLE t (id INTEGER CONSTRAINT positive CHECK (("ID" > 0)), CONSTRAINT k PRIMARY KEY (id ASC))',
    ],
    [
      'CREATE TABLE t (id INTEGER PRIMARY KEY, x DEFAULT "a" CHECK (x != "it\'s"))',
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x DEFAULT 'a' CHECK (x <> 'it''s'))",
    ],
    [
      `${P}; CREATE TABLE t (id INTEGER PRIMARY KEY, x REFERENCES p)`,
      `${P}; CREATE TABLE t (id INTEGER PRIMARY KEY, x, FOREIGN KEY ("X") REFERENCES "P" (id) ON DELETE NO ACTION NOT DEFERRABLE)`,
    ],
    [
      "CREATE TABLE t (id INTEGER PRIMARY KEY, y INT AS (id+1))",
      'CREATE TABLE t (id INTEGER PRIMARY KEY); ALTER TABLE t ADD COLUMN y INT GENERATED ALWAYS AS ("id" + 1) VIRTUAL',
    ],
    [
      `${T}; ALTER TABLE t RENAME COLUMN x TO y; ALTER TABLE t RENAME TO u`,
      "CREATE TABLE u (id INTEGER PRIMARY KEY, y INT)",
    ],
    [
      "CREATE VIRTUAL TABLE f USING fts5(a, tokenize='porter')",
      'create virtual table "f" using FTS5( a, tokenize = "porter")',
    ],
    [`${T}; CREATE INDEX i ON t (x)`, `${T}; create index if not exists "I" on "t"("x")`],
  ])("%s", async (left, right) => {
    expect(await differencesOf(left, right)).toEqual([]);
  });
});

test("An archive says how its tables are made", async () => {
  const describes = async (sql: string) => {
    const archive = await openArchive(await archiveOf(sqliteDatabase(made(sql))));
    return describeArchive(archive.header, {}, new Map());
  };
  const [left, right] = [await describes(T), await describes(T.replace("INT)", "INT UNIQUE)"))];
  expect(schemaDifferences(left, right)).toEqual([
    { table: "t", difference: "only the second has UNIQUE (x)" },
  ]);
  expect(schemaDifferences(left, await describes(`${T};`))).toEqual([]);
});

/** Constraints on a column `x`: as it may have them, and as they may stand behind all columns. */
const CONSTRAINTS: readonly { column: string; table?: string }[] = [
  { column: "NOT NULL" },
  { column: "DEFAULT 'a, b'" },
  { column: "COLLATE RTRIM" },
  { column: "UNIQUE", table: "UNIQUE (x)" },
  { column: "CHECK (x > (1 + 2) * 3)", table: "CHECK (x > (1 + 2) * 3)" },
  { column: "CHECK (x IN ('A', 'b'))", table: "CHECK (x IN ('A', 'b'))" },
  {
    column: "REFERENCES p (id) ON UPDATE SET NULL ON DELETE CASCADE",
    table: "FOREIGN KEY (x) REFERENCES p (id) ON DELETE CASCADE ON UPDATE SET NULL",
  },
];

interface Style {
  order: number[];
  behind: boolean[];
  spaces: boolean;
  quotes: boolean;
  small: boolean;
  named: boolean;
}

function tableIn(
  { order, behind, spaces, quotes, small, named }: Style,
  chosen: ReadonlySet<number>,
): string {
  const own = order.filter((i) => chosen.has(i));
  const isBehind = (i: number) => behind[i] === true && CONSTRAINTS[i]?.table !== undefined;
  const name = (i: number) => (named ? `CONSTRAINT n${i} ` : "");
  const inside = own.filter((i) => !isBehind(i)).map((i) => `${name(i)}${CONSTRAINTS[i]?.column}`);
  const outside = own.filter(isBehind).map((i) => `${name(i)}${CONSTRAINTS[i]?.table}`);
  const sql = `CREATE TABLE t (${["id INTEGER PRIMARY KEY", ["x TEXT", ...inside].join(" "), ...outside].join(", ")})`;
  const worded = sql.replace(/'[^']*'|\b[A-Za-z]+\b/g, (word) => {
    if (word.startsWith("'")) return word;
    if (quotes && /^(x|p|id)$/.test(word)) return `"${word}"`;
    return small ? word.toLowerCase() : word;
  });
  return spaces
    ? worded.replace(/'[^']*'|\(|,/g, (part) => (part.startsWith("'") ? part : `${part} /* , */\n`))
    : worded;
}

test("Any table is the same in every style, and another one without any of its constraints", async () => {
  const all = CONSTRAINTS.map((_, i) => i);
  const style = fc.record({
    order: fc.shuffledSubarray(all, { minLength: all.length }),
    behind: fc.array(fc.boolean(), { minLength: all.length, maxLength: all.length }),
    spaces: fc.boolean(),
    quotes: fc.boolean(),
    small: fc.boolean(),
    named: fc.boolean(),
  });
  const scene = fc.record({ one: style, two: style, chosen: fc.subarray(all, { minLength: 1 }) });
  const property = fc.asyncProperty(scene, async ({ one, two, chosen }) => {
    const left = `${P}; ${tableIn(one, new Set(chosen))}`;
    expect(await differencesOf(left, `${P}; ${tableIn(two, new Set(chosen))}`)).toEqual([]);
    const fewer = `${P}; ${tableIn(two, new Set(chosen.slice(1)))}`;
    expect(await differencesOf(left, fewer)).toHaveLength(1);
  });
  await fc.assert(property, seeded(200));
});

/** The same statement with other spaces, a comment behind every token, and words in the other case. A module reads no comments. */
function restyled(sql: string): string {
  if (/^CREATE VIRTUAL/i.test(sql)) return sql;
  const tokens = tokenize(sql);
  const swapped = (word: string) => (word === word.toLowerCase() ? word.toUpperCase() : word.toLowerCase());
  return tokens
    .map(({ kind, start, end }, i) => {
      const text = sql.slice(start, end);
      const isBlob = kind === "blob" && /^x/.test(text);
      // A word may be a text behind DEFAULT.
      const isFree = kind === "word" && !isWord(tokens[i - 1], "default");
      return isFree && /^[A-Za-z]+$/.test(text) ? swapped(text) : isBlob ? text.replace("x", "X") : text;
    })
    .join(" /* ) */\n");
}

test("Any table is read as SQLite reads it, and is the same in another style", async () => {
  const property = fc.asyncProperty(databaseChoice, async (choice) => {
    const { tables, rest } = settleDraft(draftOf(choice));
    const sqlite = made([...tables, ...rest].join("\n;\n"));
    const live = await readSchema(sqliteDatabase(sqlite));
    for (const table of live.tables.values()) {
      if (table.kind !== "table") continue;
      const { columns } = readTableShape(table, () => undefined);
      for (const { name, notNull, default: value, generated, primaryKey } of table.columns) {
        const { clauses } = columns.get(foldCase(name)) ?? expect.fail();
        expect(clauses.has("generated")).toBe(generated !== null);
        expect(clauses.has("default")).toBe(value !== null && value.toUpperCase() !== "NULL");
        if (primaryKey === 0) expect(clauses.has("not null")).toBe(notNull);
      }
    }
    sqlite.close();
    const sql = [...tables, ...rest];
    expect(await differencesOf(sql.join("\n;\n"), sql.map(restyled).join("\n;\n"))).toEqual([]);
  });
  await fc.assert(property, seeded(60));
});
