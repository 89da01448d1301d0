import { describe, expect, test } from "vitest";
import { readSchema } from "../../../src/database/schema.ts";
import { chooseTables, type TableChoice } from "../../../src/sync/schema/choose-tables.ts";
import { isInternal, reasonToLeaveOut } from "../../../src/sync/schema/left-out.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const SCHEMA = `
  CREATE TABLE posts (id INTEGER PRIMARY KEY, author INT);
  CREATE TABLE Authors (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE user_sessions (id TEXT PRIMARY KEY);
  CREATE TABLE accounts (id INTEGER PRIMARY KEY, access_token TEXT);
  CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY);
  CREATE TABLE seed_history (id INTEGER PRIMARY KEY);
  CREATE TABLE _ferry_runs (key TEXT PRIMARY KEY);
  CREATE VIEW recent AS SELECT * FROM posts;
`;

async function chosen(choice?: TableChoice) {
  const { tables, notes } = chooseTables(await readSchema(memoryDatabase(SCHEMA)), choice);
  return { names: tables.map(({ name }) => name), notes };
}

describe("The tables that travel", () => {
  test("are the user's, in the schema's order, with a line for each that stays behind", async () => {
    const { names, notes } = await chosen();
    expect(names).toEqual(["posts", "Authors"]);
    expect(notes).toHaveLength(4);
    expect(notes.at(-1)).toContain('--include TABLE ("include": ["TABLE"])');
    for (const table of ["user_sessions", "accounts", "__drizzle_migrations"]) {
      expect(
        notes.filter((note) => note.startsWith(`${table} was left out`)),
        table,
      ).toHaveLength(1);
    }
    expect(notes.join("\n")).toContain("access_token");
  });

  test("are those that are named, whatever they look like, and no others", async () => {
    expect(await chosen({ tables: ["accounts", "AUTHORS"] })).toEqual({
      names: ["Authors", "accounts"],
      notes: [],
    });
    expect((await chosen({ tables: ["seed_history"] })).names).toEqual(["seed_history"]);
    expect((await chosen({ tables: [] })).names).toEqual([]);
  });

  test("are more with those that are included, and all with all", async () => {
    expect((await chosen({ include: ["ACCOUNTS"] })).names).toEqual(["posts", "Authors", "accounts"]);
    expect((await chosen({ tables: ["posts"], include: ["accounts"] })).names).toEqual(["posts", "accounts"]);
    expect((await chosen({ all: true })).names).toEqual([
      "posts",
      "Authors",
      "user_sessions",
      "accounts",
      "__drizzle_migrations",
    ]);
    expect(await chosen({ all: true, exclude: ["accounts", "user_sessions"] })).toEqual({
      names: ["posts", "Authors", "__drizzle_migrations"],
      notes: [],
    });
    expect((await chosen({ include: ["seed_history"] })).names).toEqual(["posts", "Authors", "seed_history"]);
  });

  test("are not those that are excluded", async () => {
    expect((await chosen({ exclude: ["POSTS"] })).names).toEqual(["Authors"]);
    expect((await chosen({ tables: ["posts", "accounts"], exclude: ["accounts"] })).names).toEqual(["posts"]);
  });

  test.each([
    { tables: ["nope"] },
    { exclude: ["nope"] },
    { include: ["nope"] },
    { tables: ["recent"] },
    { tables: ["_ferry_runs"] },
    { tables: ["sqlite_schema"] },
  ])("cannot be %j", async (choice) => {
    await expect(chosen(choice)).rejects.toMatchObject({ code: "UNKNOWN_TABLE" });
  });

  test.each([
    "sessions",
    "session",
    "user_sessions",
    "refresh_tokens",
    "token",
    "api_keys",
    "password_resets",
    "magic_links",
    "verification",
    "d1_migrations",
    "_prisma_migrations",
  ])("are not %s, unless it is named", (name) => {
    expect(reasonToLeaveOut({ name, columns: [] })).not.toBeNull();
  });

  test.each([
    "posts",
    "obsession",
    "tokenizer_runs",
    "sessions_summary",
    "passwords_policy",
    "keys",
    "migrations_of_birds",
  ])("may be %s", (name) => {
    expect(reasonToLeaveOut({ name, columns: [] })).toBeNull();
  });

  test.each([
    "password",
    "password_hash",
    "hashed_password",
    "session_token",
    "access_token",
    "refresh_token",
  ])("have no column %s", (name) => {
    const column = { name, type: "TEXT", notNull: false, default: null, primaryKey: 0, generated: null };
    expect(reasonToLeaveOut({ name: "people", columns: [column] })).toContain(name);
  });

  test.each(["_cf_KV", "_CF_METADATA", "sqlite_sequence", "_ferry_frames"])("are never %s", (name) => {
    expect(isInternal(name)).toBe(true);
  });
});
