import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SchemaObject } from "../../src/archive/types.ts";
import { ALL_CASES, once, SEED } from "../support/cases.ts";
import { runCli, workDirectory } from "../support/cli.ts";
import { countTried } from "../support/figures.ts";
import { runSql } from "../support/sample.ts";
import { type HostileApp, startHostileApp } from "./hostile-app.ts";
import { archiveWith } from "./hostile-archive.ts";
import { hostileSchemas } from "./hostile-schemas.ts";

let app: HostileApp;
let cwd: string;
const at = (name: string) => join(cwd, name);

beforeAll(async () => {
  cwd = await workDirectory();
  app = await startHostileApp();
  // A developer's other database, in the way of what attaches it.
  runSql(
    at("victim.sqlite"),
    "CREATE TABLE users (id INTEGER PRIMARY KEY, password_hash TEXT); INSERT INTO users VALUES (1, 'x')",
  );
});
afterAll(() => app.close());

const TOLD: SchemaObject[] = [
  ["ATTACH", "view", (victim: string) => `ATTACH '${victim}' AS v`],
  ["DML as a view", "view", () => "DELETE FROM notes"],
  [
    "a second statement",
    "view",
    (victim: string) => `CREATE VIEW o AS SELECT 1; ATTACH '${victim}' AS v; DELETE FROM v.users`,
  ],
  ["load_extension", "view", () => "CREATE VIEW o AS SELECT load_extension('./evil')"],
  [
    "load_extension in a trigger",
    "trigger",
    () => "CREATE TRIGGER o AFTER INSERT ON notes BEGIN SELECT load_extension('./evil'); END",
  ],
  [
    "a trigger on a table that is not named",
    "trigger",
    () => "CREATE TRIGGER o AFTER INSERT ON users BEGIN DELETE FROM users; END",
  ],
  ["VACUUM INTO", "index", (victim: string) => `VACUUM INTO '${victim}.copy'`],
].map(([, type, make]) => {
  const sql = (make as (victim: string) => string)("victim.sqlite");
  return { type, name: "o", table: type === "view" ? "o" : "notes", sql } as SchemaObject;
});

/** Everything in a database, by name. */
function contents(path: string) {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    const schema = sqlite.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2").all();
    const tables = schema.filter(({ type, sql }) => type === "table" && sql !== null);
    return {
      schema: schema.map(({ type, name }) => `${type} ${name}`),
      rows: Object.fromEntries(
        tables.map(({ name }) => [name, sqlite.prepare(`SELECT * FROM "${String(name)}"`).all()]),
      ),
    };
  } finally {
    sqlite.close();
  }
}

describe("A pull from a hostile app", () => {
  const generated = hostileSchemas("victim.sqlite").map(({ object }) => object);
  const every = ALL_CASES ? 20 : 250;
  const cases = [...TOLD, ...generated.filter((_, i) => (i + SEED) % every === 0)];

  test(
    "into a new file makes what is declared or nothing, and reaches no other file",
    once(cases.length),
    async () => {
      expect(generated.length).toBeGreaterThan(1000);
      const victim = readFileSync(at("victim.sqlite"));
      let refused = 0;
      for (const object of cases) {
        app.serve((await archiveWith([object])).bytes());
        countTried("hostile schemas in a pull");
        const { code, stderr } = await runCli(["pull", "--from", app.url, "--to", "copy.sqlite", "--yes"], {
          cwd,
        });
        expect(readFileSync(at("victim.sqlite")), object.sql).toEqual(victim);
        const files = readdirSync(cwd).filter((name) => name !== ".d1-ferry" && name !== "victim.sqlite");
        if (code === 0) {
          expect(files, object.sql).toEqual(["copy.sqlite"]);
          const made = contents(at("copy.sqlite")).schema;
          expect(
            made.every((one) =>
              /^(table notes|(table|view|index|trigger) o(_[a-z]+)?|index sqlite_autoindex_.*)$/.test(one),
            ),
            made.join(),
          ).toBe(true);
          rmSync(at("copy.sqlite"));
        } else {
          expect(stderr, object.sql).toMatch(
            /is refused: its SQL|UNKNOWN_COLUMN|UNKNOWN_TABLE|DATABASE_ERROR|INVALID_REQUEST/,
          );
          expect(files, object.sql).toEqual([]);
          refused++;
        }
      }
      expect(refused).toBeGreaterThanOrEqual(TOLD.length);
    },
  );

  test(
    "into a file that is there, told to make everything, changes nothing of it",
    once(TOLD.length),
    async () => {
      const there = `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO users VALUES (1, 'ada');
      CREATE VIEW names AS SELECT email FROM users`;
      runSql(at("there.sqlite"), there);
      const before = contents(at("there.sqlite"));
      for (const object of ALL_CASES ? TOLD : TOLD.slice(0, 2)) {
        app.serve((await archiveWith([object])).bytes());
        const args = ["pull", "--from", app.url, "--to", "there.sqlite", "--full", "--create=all", "--yes"];
        const { code, stderr } = await runCli(args, { cwd });
        expect(stderr, object.sql).toContain("is refused: its SQL");
        expect(code).toBe(1);
        expect(contents(at("there.sqlite")), object.sql).toEqual(before);
      }
      rmSync(at("there.sqlite"));
    },
  );
});
