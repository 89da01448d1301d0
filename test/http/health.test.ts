import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { healthAnswer } from "../../src/api/health.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { createApp } from "./app.ts";
import { ask } from "./ask.ts";
import { describeHealth } from "./health-suite.ts";
import { createNodeApp } from "./node-app.ts";

describeHealth("node:sqlite and a directory", createNodeApp);

test("Virtual tables that nobody can open are told without rows, and those beside them with theirs", async () => {
  const sqlite = new DatabaseSync(":memory:");
  onTestFinished(() => sqlite.close());
  sqlite.enableDefensive(false);
  sqlite.exec(`CREATE TABLE posts (id); INSERT INTO posts VALUES (1);
    CREATE VIRTUAL TABLE notes USING fts5 (body); INSERT INTO notes VALUES ('one');
    PRAGMA writable_schema = ON;
    INSERT INTO sqlite_schema VALUES ('table', 'shapes', 'shapes', 0, 'CREATE VIRTUAL TABLE shapes USING gone (a)');
    PRAGMA writable_schema = RESET;`);
  const app = createApp({ database: sqliteDatabase(sqlite), bucket: createNodeApp().bucket });
  const answer = await ask(app, healthAnswer, "GET", "r2-sync?operation=health");
  expect(answer.database.tables).toEqual([
    { table: "posts", rows: 1, more: false },
    { table: "notes", rows: 1, more: false },
    { table: "shapes", rows: null, more: false },
  ]);
});
