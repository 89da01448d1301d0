import { describe, expect, test } from "vitest";
import { createBudget } from "../../src/budget.ts";
import type { Engine } from "../support/engine.ts";
import { execute, newRunKey } from "../support/engine.ts";
import { archiveFrom, type Input, type SceneOptions, setScene } from "./scene.ts";

const SCHEMA = [
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)",
  "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password_hash TEXT)",
  "CREATE TABLE user_sessions (id TEXT PRIMARY KEY, user_id INT)",
  "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)",
];

const LIVE = [
  "INSERT INTO posts VALUES (1, 'live')",
  "INSERT INTO users VALUES (1, 'ada@example.com', 'live-hash')",
  "INSERT INTO user_sessions VALUES ('live', 1)",
  "INSERT INTO d1_migrations VALUES (1, '0001_live.sql')",
];

const INCOMING = [
  "INSERT INTO posts VALUES (1, 'new'), (2, 'two')",
  "INSERT INTO users VALUES (1, 'eve@example.com', 'other-hash'), (2, 'eve', 'x')",
  "INSERT INTO user_sessions VALUES ('eve', 1)",
  "INSERT INTO d1_migrations VALUES (1, '0001_other.sql')",
];

const DOCUMENT = {
  posts: [
    { id: 1, title: "new" },
    { id: 2, title: "two" },
  ],
  users: [
    { id: 1, email: "eve@example.com", passwordHash: "other-hash" },
    { id: 2, email: "eve", passwordHash: "x" },
  ],
  userSessions: [{ id: "eve", userId: 1 }],
  d1_migrations: [{ id: 1, name: "0001_other.sql" }],
};

const EVERYTHING = { tables: ["posts", "users", "user_sessions", "d1_migrations"] };

/** What an export leaves out, an import does not write either, whoever put it into the document. */
export function describeHeldBack(name: string, engine: Engine): void {
  const inputs: [string, () => Promise<Input>][] = [
    ["an archive", () => archiveFrom(engine, SCHEMA, INCOMING, EVERYTHING)],
    ["a document", async () => DOCUMENT],
  ];

  async function written(input: Input, options?: SceneOptions) {
    const scene = await setScene(engine, SCHEMA, LIVE);
    const report = await scene.sync(input, options);
    const holds = async (table: string, column: string) =>
      (await scene.rows(table, column)).map(([value]) => value as string);
    const changed = {
      posts: (await holds("posts", "title")).includes("new"),
      users: (await holds("users", "email")).includes("eve@example.com"),
      user_sessions: (await holds("user_sessions", "id")).includes("eve"),
      d1_migrations: (await holds("d1_migrations", "name")).includes("0001_other.sql"),
    };
    return {
      report,
      changed: Object.keys(changed).filter((table) => changed[table as keyof typeof changed]),
    };
  }

  describe.each(inputs)(`What lets somebody in, in %s for ${name}`, (kind, make) => {
    const sessions = kind === "an archive" ? "user_sessions" : "userSessions";

    test.each(["merge", "mirror"] as const)("is not written unless it is named: %s", async (mode) => {
      const { report, changed } = await written(await make(), { mode });
      expect(changed).toEqual(["posts"]);
      expect(Object.keys(report.results!)).toEqual(["posts"]);
      expect(report.plan!.heldBack).toEqual([
        { table: "users", reason: "holds credentials (password_hash)" },
        { table: sessions, reason: "looks like sessions or tokens" },
        { table: "d1_migrations", reason: "bookkeeping of this database" },
      ]);
      expect(report.notes).toContain("users is held back: holds credentials (password_hash)");
      expect(report.notes.join("\n")).toContain('--include TABLE ("include": ["TABLE"])');
    });

    test("is written where it is named, and no more of it", async () => {
      const { report, changed } = await written(await make(), { include: ["USERS"] });
      expect(changed).toEqual(["posts", "users"]);
      expect(report.plan!.heldBack).toHaveLength(2);
      const sessionsOnly = await written(await make(), { tables: ["posts"], include: ["user_sessions"] });
      expect(sessionsOnly.changed).toEqual(["posts", "user_sessions"]);
      expect(sessionsOnly.report.plan).not.toHaveProperty("heldBack");
    });

    test("is written whole where everything is asked for, but for what is excluded", async () => {
      expect((await written(await make(), { all: true })).changed).toEqual(EVERYTHING.tables);
      const { changed } = await written(await make(), { all: true, exclude: ["d1_migrations"] });
      expect(changed).toEqual(["posts", "users", "user_sessions"]);
    });

    test("can be asked for by a later call", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      const key = newRunKey();
      const input = await make();
      const planned = await scene.sync(input, { key, dryRun: true });
      expect(Object.keys(planned.plan!.tables)).toEqual(["posts"]);
      const report = await scene.sync(input, { key, include: ["users"] });
      expect(Object.keys(report.results!).sort()).toEqual(["posts", "users"]);
    });

    test("is refused by name where nothing else comes", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      const key = newRunKey();
      const options = { key, exclude: ["posts", "d1_migrations"] };
      for (const _ of [1, 2]) {
        const error = await scene.refuse(await make(), "INVALID_REQUEST", options);
        expect(error.details).toMatchObject({
          reason: "all-held-back",
          tables: expect.arrayContaining(["users", sessions]),
        });
        expect(error.message).toContain("holds credentials (password_hash)");
      }
      expect(await scene.sync(await make(), { ...options, include: ["users"] })).toMatchObject({
        status: "completed",
      });
    });

    test("cannot be asked for where it does not come", async () => {
      const scene = await setScene(engine, SCHEMA, LIVE);
      await scene.refuse(await make(), "UNKNOWN_TABLE", { include: ["nope"] });
    });
  });

  describe(`What is held back on ${name}`, () => {
    test("goes by the target's columns and by the archive's", async () => {
      const archive = await archiveFrom(
        engine,
        [
          "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)",
          "CREATE TABLE members (id INTEGER PRIMARY KEY, api_key TEXT)",
          "CREATE TABLE posts (id INTEGER PRIMARY KEY)",
        ],
        [
          "INSERT INTO people VALUES (1, 'eve')",
          "INSERT INTO members VALUES (1, 'k')",
          "INSERT INTO posts VALUES (1)",
        ],
        {
          tables: ["people", "members", "posts"],
        },
      );
      const scene = await setScene(engine, [
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, totp_secret TEXT)",
      ]);
      const report = await scene.sync(archive, { create: true });
      expect(Object.keys(report.results!)).toEqual(["posts"]);
      expect(report.plan!.creates!.map((object) => object.name)).toEqual(["posts"]);
      expect(report.plan!.heldBack!.map(({ table }) => table).sort()).toEqual(["members", "people"]);
    });

    test("is decided once: a migration in between neither adds a table nor leaves one half written", async () => {
      const scene = await setScene(engine, [
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)",
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)",
      ]);
      const posts = Array.from({ length: 40 }, (_, i) => ({ id: i, title: "x".repeat(60_000) }));
      let altered = false;
      const report = await scene.sync(
        { posts, notes: [{ id: 1, body: "n" }] },
        {
          budget: () => createBudget({ bytes: 300_000 }),
          async onCall({ status }) {
            if (altered || status !== "staging") return;
            altered = true;
            await execute(scene.target, ["ALTER TABLE posts ADD COLUMN access_token TEXT"]);
          },
        },
      );
      expect(altered).toBe(true);
      expect(report.results).toMatchObject({ posts: { inserted: 40 }, notes: { inserted: 1 } });
    });
  });
}
