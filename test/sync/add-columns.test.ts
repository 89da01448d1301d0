import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SchemaObject, TableSchema } from "../../src/archive/types.ts";
import { describeDatabase } from "../../src/diff/describe-database.ts";
import { FerryError } from "../../src/errors.ts";
import { addColumns, lacksColumns } from "../../src/sync/add-columns.ts";
import type { AddedColumns } from "../../src/sync/run/index.ts";
import { seeded } from "../support/cases.ts";
import { memoryDatabase } from "../support/node-engine.ts";

type Memory = ReturnType<typeof memoryDatabase>;

/** The schema as an archive brings it. */
async function schemaFrom(database: Memory): Promise<SchemaObject[]> {
  const { tables, others } = await describeDatabase(database, { all: true }, { schemas: true });
  return [...tables.map(({ schema }) => schema as TableSchema), ...others];
}

const objectsOf = ({ sqlite }: Memory) => sqlite.prepare("SELECT type, name, sql FROM sqlite_schema").all();

/** What SQLite knows of a table's columns and foreign keys, in an order of its own. */
function factsOf({ sqlite }: Memory, table: string): string[] {
  const columns = sqlite
    .prepare('SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)')
    .all(table);
  const keys = sqlite
    .prepare('SELECT "from", "table", "to", on_delete, on_update FROM pragma_foreign_key_list(?)')
    .all(table);
  return [...columns, ...keys].map((one) => JSON.stringify(one)).sort();
}

async function add(target: Memory, schema: readonly SchemaObject[]) {
  target.sqlite.exec("BEGIN IMMEDIATE");
  try {
    const added = await addColumns(target, { schema, choice: { all: true } });
    target.sqlite.exec("COMMIT");
    return added;
  } catch (error) {
    target.sqlite.exec("ROLLBACK");
    return error as FerryError;
  }
}

/** A column's type and constraints, `$` standing for its name; beside them what its table says of it. */
interface Shape {
  own: string;
  table?: string;
  /** Whether ALTER TABLE adds it: always, to an empty table, or never. */
  added: "always" | "empty" | "never";
}

const SHAPES: Shape[] = [
  { own: "", added: "always" },
  { own: "TEXT", added: "always" },
  { own: "DECIMAL(10, 2) DEFAULT 7", added: "always" },
  { own: "VARCHAR ( 20 ) NULL /* no , more; */ DEFAULT 'it''s; -- x' COLLATE NOCASE", added: "always" },
  { own: "REAL DEFAULT -1.5 -- behind\n CHECK ($ < 9)", added: "always" },
  { own: "BLOB DEFAULT x'00ff'", added: "always" },
  { own: "INTEGER NOT NULL ON CONFLICT ABORT DEFAULT 0", added: "always" },
  { own: "INTEGER NOT NULL", added: "empty" },
  { own: "TEXT DEFAULT CURRENT_TIMESTAMP", added: "empty" },
  { own: "TEXT DEFAULT (1 + 2)", added: "empty" },
  { own: "TEXT CONSTRAINT some CHECK ($ IS NOT NULL)", added: "empty" },
  { own: "INTEGER REFERENCES parents (id) ON DELETE SET NULL ON UPDATE CASCADE", added: "always" },
  { own: "INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED", added: "always" },
  { own: "INTEGER DEFAULT 1 REFERENCES parents (id)", added: "empty" },
  { own: "TEXT AS (upper(a))", added: "always" },
  { own: "TEXT CONSTRAINT c GENERATED ALWAYS AS (a || ',') VIRTUAL", added: "always" },
  { own: "TEXT AS (a) STORED", added: "never" },
  { own: "TEXT UNIQUE", added: "never" },
  {
    own: "INTEGER",
    table: "CONSTRAINT fk FOREIGN KEY ($) REFERENCES parents (id) ON DELETE CASCADE",
    added: "always",
  },
  { own: "INTEGER", table: "CHECK ($ IS NULL OR $ <> 5)", added: "always" },
  { own: "INTEGER", table: "CHECK (a <> 'x') UNIQUE ($, a)", added: "never" },
  { own: "INTEGER", table: "FOREIGN KEY (a, $) REFERENCES pairs (x, y)", added: "never" },
];

const NAMES = ["b", "ünï", '"two words"', '"quo""te"', "[select]", "`check`", "'string'", "__proto__", "oid"];

const columnsOf = fc.uniqueArray(
  fc.record({ name: fc.constantFrom(...NAMES), shape: fc.constantFrom(...SHAPES) }),
  {
    selector: ({ name }) => name,
    minLength: 1,
    maxLength: 5,
  },
);

function createTable(columns: readonly { name: string; shape: Shape }[]): string {
  const fill = (text: string, name: string) => text.replaceAll("$", name === "'string'" ? '"string"' : name);
  const definitions = columns.map(({ name, shape }) => `${name} ${fill(shape.own, name)}`);
  const constraints = columns.flatMap(({ name, shape }) => (shape.table ? [fill(shape.table, name)] : []));
  return `CREATE TABLE t (id INTEGER PRIMARY KEY, ${["a TEXT", ...definitions, ...constraints].join(", ")})`;
}

describe("Columns that a target's table lacks", () => {
  test("are the source's once they are added; where one cannot be, nothing has changed", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(columnsOf, fc.nat(), fc.boolean(), async (columns, which, hasRows) => {
        const lacking = columns.filter((_, i) => ((which >> i) & 1) === 1);
        const parents = "CREATE TABLE parents (id INTEGER PRIMARY KEY)";
        const source = memoryDatabase(`${parents}; ${createTable(columns)}`);
        const target = memoryDatabase(
          `${parents}; ${createTable(columns.filter((one) => !lacking.includes(one)))}`,
        );
        target.sqlite.exec("PRAGMA foreign_keys = off");
        if (hasRows) {
          const insert = target.sqlite.prepare(`INSERT OR IGNORE INTO t (id, a) VALUES (1, 'one')`);
          if (insert.run().changes === 0) hasRows = false;
        }
        target.sqlite.exec("PRAGMA foreign_keys = on");
        const before = objectsOf(target);
        const schema = await schemaFrom(source);
        expect(await lacksColumns(target, { schema, choice: { all: true } })).toBe(lacking.length > 0);
        const added = await add(target, schema);
        const refuses = lacking.filter(
          ({ shape }) => shape.added === "never" || (shape.added === "empty" && hasRows),
        );
        seen.add(refuses.length > 0 ? "refused" : "added");
        if (refuses.length > 0) {
          expect(added).toBeInstanceOf(FerryError);
          const { details, message } = added as FerryError;
          expect(details).toMatchObject({ reason: "column-cannot-be-added", table: "t" });
          expect(details?.differences).toHaveLength(refuses.length);
          expect(message).toMatch(/ cannot be added to the target: .*Nothing was changed\.$/);
          expect(objectsOf(target)).toEqual(before);
        } else {
          expect(added).toMatchObject({ columns: lacking.map(() => ({ table: "t" })) });
          expect(factsOf(target, "t")).toEqual(factsOf(source, "t"));
        }
        source.close();
        target.close();
      }),
      seeded(150),
    );
    expect([...seen].sort()).toEqual(["added", "refused"]);
  });

  test("keep what their table checks of several of them: it goes with the last", async () => {
    const source = memoryDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, lo, hi, CHECK (lo <= hi))");
    const target = memoryDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
    expect(await add(target, await schemaFrom(source))).toMatchObject({
      columns: [
        { column: "lo", sql: 'ALTER TABLE "t" ADD COLUMN "lo"' },
        { column: "hi", sql: 'ALTER TABLE "t" ADD COLUMN "hi" CHECK (lo <= hi)' },
      ],
    });
    expect(() => target.sqlite.exec("UPDATE t SET lo = 2, hi = 1")).toThrow("CHECK");
  });

  test("leave indexes to migrations, which is said", async () => {
    const source = memoryDatabase(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b); CREATE INDEX by_b ON t (b); CREATE INDEX by_a ON t (a)",
    );
    const target = memoryDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
    const { notes } = (await add(target, await schemaFrom(source))) as AddedColumns;
    expect(notes).toEqual([expect.stringContaining('not created: index "by_b" on "t"')]);
  });

  test("are none of a full-text table's", async () => {
    const source = memoryDatabase("CREATE VIRTUAL TABLE t USING fts5(a, b)");
    const target = memoryDatabase("CREATE VIRTUAL TABLE t USING fts5(a)");
    const refused = await add(target, await schemaFrom(source));
    expect((refused as FerryError).message).toContain("a full-text table takes no further columns");
  });

  test("are of no table that does not travel", async () => {
    const source = memoryDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b UNIQUE)");
    const target = memoryDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
    const schema = await schemaFrom(source);
    expect(await lacksColumns(target, { schema, choice: { exclude: ["t"] } })).toBe(false);
    expect(await lacksColumns(target, { schema, choice: { tables: ["t"] } })).toBe(true);
  });
});

describe("An archive's table that is not what it says, or does more than make itself,", () => {
  const claimed = (sql: string): SchemaObject[] => [
    {
      type: "table",
      name: "t",
      sql,
      columns: ["id", "x"].map((name, i) => ({
        name,
        type: "",
        notNull: false,
        default: null,
        primaryKey: i === 0 ? 1 : 0,
        generated: null,
      })),
      key: { kind: "primary", columns: ["id"] },
      strict: false,
      withoutRowid: false,
      autoincrement: false,
    },
  ];
  const LISTED = "id INTEGER PRIMARY KEY";

  test.each([
    [`CREATE TABLE t (${LISTED}, x DEFAULT (load_extension('a')))`, "load_extension"],
    [`CREATE TABLE t (${LISTED}, x CHECK ("readfile"('/etc/passwd')))`, "readfile"],
    [`CREATE TABLE t (${LISTED}, x AS (writefile('a', 'b')))`, "writefile"],
    [`CREATE TABLE t (${LISTED}, x DEFAULT (?1))`, "variable"],
    [`CREATE TABLE t (${LISTED}, x TEXT); DROP TABLE users`, "second statement"],
    [`CREATE TABLE t (${LISTED}, x TEXT) /* */;/**/DELETE FROM users`, "second statement"],
    [`CREATE TABLE t (${LISTED}, x TEXT /* )`, "comment that does not end"],
    [`CREATE TABLE t (${LISTED}, x TEXT \0)`, "NUL"],
    [`CREATE TABLE t (${LISTED})`, 'does not make the column "x"'],
    [`CREATE TABLE users (${LISTED}, x)`, 'makes "users"'],
    [`CREATE TEMP TABLE t (${LISTED}, x)`, "temporary"],
    [`CREATE TABLE t (${LISTED}, x TEXT SELECT)`, "SQLite says"],
    [`CREATE TABLE t (${LISTED}, x TEXT DEFAULT 1 SELECT 2)`, "belongs to none: SELECT"],
    [`CREATE TABLE t (${LISTED}, x TEXT (a))`, "type holds more than sizes"],
    [`CREATE TABLE t (${LISTED}, x REFERENCES users ON DELETE EXPLODE)`, "belongs to none: EXPLODE"],
    [`CREATE TABLE t (${LISTED}, x CHECK (x IN (SELECT secret FROM users)))`, "SQLite says"],
    [`CREATE TABLE t (${LISTED}, x AS (nothing))`, "SQLite says"],
    ["PRAGMA writable_schema = on", "is PRAGMA"],
  ])("changes nothing: %s", async (sql, why) => {
    const target = memoryDatabase(
      `CREATE TABLE t (${LISTED}); CREATE TABLE users (id INTEGER PRIMARY KEY, secret); INSERT INTO t VALUES (1)`,
    );
    const before = objectsOf(target);
    const refused = await add(target, claimed(sql));
    expect(refused).toBeInstanceOf(FerryError);
    expect((refused as FerryError).code).toBe("UNSUPPORTED");
    expect((refused as FerryError).message).toContain(why);
    expect(objectsOf(target)).toEqual(before);
  });
});
