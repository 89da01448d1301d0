import type { Database } from "../../src/database/port.ts";

/** Seven tables that refer to each other and to themselves, as real apps have them. */
export const SCHEMA = [
  `CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, platform_id TEXT NOT NULL,
     username TEXT, contributor_score REAL DEFAULT 0, is_staff INTEGER DEFAULT 0)`,
  "CREATE UNIQUE INDEX authors_platform ON authors (platform, platform_id)",
  `CREATE TABLE content_items (id INTEGER PRIMARY KEY AUTOINCREMENT, platform_id TEXT NOT NULL UNIQUE, title TEXT,
     body TEXT, author_id INTEGER REFERENCES authors (id), parent_id INTEGER REFERENCES content_items (id), score REAL)`,
  "CREATE INDEX content_author ON content_items (author_id)",
  `CREATE TABLE engagement_snapshots (id INTEGER PRIMARY KEY, content_id INTEGER NOT NULL REFERENCES content_items (id)
     ON DELETE CASCADE, likes INTEGER NOT NULL)`,
  "CREATE TABLE insight_generations (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL)",
  `CREATE TABLE insights (id INTEGER PRIMARY KEY, generation_id TEXT NOT NULL REFERENCES insight_generations (id),
     text TEXT NOT NULL)`,
  "CREATE TABLE roundups (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT",
  `CREATE TABLE roundup_items (roundup_id INTEGER NOT NULL REFERENCES roundups (id), content_id INTEGER NOT NULL
     REFERENCES content_items (id), position INTEGER, PRIMARY KEY (roundup_id, content_id)) WITHOUT ROWID`,
];

export const TABLES = [
  "authors",
  "content_items",
  "engagement_snapshots",
  "insight_generations",
  "insights",
  "roundups",
  "roundup_items",
];

export const COUNTS: Readonly<Record<string, number>> = {
  authors: 300,
  content_items: 500,
  engagement_snapshots: 500,
  insight_generations: 3,
  insights: 40,
  roundups: 1,
  roundup_items: 17,
};

export const ROWS = Object.values(COUNTS).reduce((sum, count) => sum + count, 0);

const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

const ROW_STATEMENTS = [
  `INSERT INTO authors ${numbers(300)} SELECT i, 'reddit', 't2_' || i, 'user ' || i || ' "é" 😀', i / 3.0, i % 2 FROM n`,
  `INSERT INTO content_items ${numbers(500)} SELECT i, 't3_' || i, 'Title ' || i, 'line' || char(10) || i,
     1 + i % 300, CASE WHEN i % 5 = 0 THEN 501 - i END, 0.1 * i FROM n`,
  `INSERT INTO engagement_snapshots ${numbers(500)} SELECT i, i, i * 7 FROM n`,
  `INSERT INTO insight_generations ${numbers(3)} SELECT 'gen-' || i, 1700000000000 + i FROM n`,
  `INSERT INTO insights ${numbers(40)} SELECT i, 'gen-' || (1 + i % 3), 'insight ' || i FROM n`,
  "INSERT INTO roundups VALUES (1, 'Week 1')",
  `INSERT INTO roundup_items ${numbers(17)} SELECT 1, i, i FROM n`,
];

export async function createTables(database: Database): Promise<void> {
  await database.batch(SCHEMA.map((sql) => ({ sql })));
}

export async function insertRows(database: Database): Promise<void> {
  const statements = ROW_STATEMENTS.map((sql) => ({ sql }));
  await database.batch([{ sql: "PRAGMA defer_foreign_keys = on" }, ...statements]);
}

export async function deleteRows(database: Database): Promise<void> {
  const deletes = TABLES.toReversed().map((table) => ({ sql: `DELETE FROM ${table}` }));
  await database.batch([{ sql: "PRAGMA defer_foreign_keys = on" }, ...deletes]);
}
