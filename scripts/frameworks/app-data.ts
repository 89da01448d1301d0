import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compareDatabases, editD1 } from "../demo/databases.ts";
import { npx } from "./npm.ts";

const MIGRATION = `CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL REFERENCES authors (id),
  title TEXT NOT NULL,
  score REAL,
  cover BLOB
);
CREATE INDEX posts_by_author ON posts (author_id);
`;

const AUTHORS = 50;
const POSTS = 1_000;

const ROWS = `
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${AUTHORS})
  INSERT INTO authors SELECT i, 'author ' || i FROM n;
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${POSTS})
  INSERT INTO posts
  SELECT i, 1 + i % ${AUTHORS}, 'A title – ' || i, iif(i % 7 = 0, NULL, i / 3.0), iif(i % 2 = 0, randomblob(16), NULL) FROM n;`;

export const TABLES = { authors: AUTHORS, posts: POSTS } as const;
export const ROW_COUNT = AUTHORS + POSTS;

/** Where wrangler and what is made of it keep the local database. */
const localState = (app: string): string => join(app, ".wrangler/state");

/** The app's own tables by a migration, as its owner writes one, and rows in the local database. */
export async function fillLocalDatabase(app: string): Promise<void> {
  await mkdir(join(app, "migrations"));
  await writeFile(join(app, "migrations/0001_posts.sql"), MIGRATION);
  await npx(["wrangler", "d1", "migrations", "apply", "DB", "--local"], { cwd: app });
  editD1(localState(app), ROWS);
}

/** Throws where production has other rows than the local database, or not as many as were made. */
export function requireSameRows(app: string, production: string): void {
  const comparisons = compareDatabases(localState(app), production, Object.keys(TABLES));
  for (const { table, production: rows, difference } of comparisons) {
    const expected = TABLES[table as keyof typeof TABLES];
    if (difference !== null)
      throw new Error(
        `${table} differs: ${difference.local} locally, ${difference.production} in production`,
      );
    if (rows !== expected)
      throw new Error(`${table} has ${rows} rows on both sides where ${expected} were made`);
  }
}
