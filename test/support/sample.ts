import { DatabaseSync } from "node:sqlite";

export interface SampleOptions {
  /** @default 200 */
  authors?: number;
  /** @default 500 */
  posts?: number;
  /** Make the tables and leave them empty. @default false */
  empty?: boolean;
}

const SCHEMA = `
  CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, score REAL, picture BLOB);
  CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES authors (id), body TEXT);
  CREATE TABLE sessions (id TEXT PRIMARY KEY, user TEXT);
`;

/** A SQLite file with two related tables and one that looks like sessions. */
export function makeSample(path: string, options: SampleOptions = {}): void {
  const { authors = 200, posts = 500, empty = false } = options;
  const database = new DatabaseSync(path);
  database.exec(SCHEMA);
  if (!empty) {
    const author = database.prepare("INSERT INTO authors (name, score, picture) VALUES (?, ?, ?)");
    const post = database.prepare("INSERT INTO posts (author_id, body) VALUES (?, ?)");
    database.exec("BEGIN");
    for (let i = 1; i <= authors; i++) author.run(`author ${i}`, i / 3, new Uint8Array([i & 255, 0, 255]));
    for (let i = 1; i <= posts; i++) post.run(1 + (i % authors), `post ${i}: “line one”\nline two`);
    database.exec("INSERT INTO sessions VALUES ('secret-session', 'ada')");
    database.exec("COMMIT");
  }
  database.close();
}

/** Every row of the sample's shared tables, for comparing two files. */
export function sampleRows(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return {
      authors: database.prepare("SELECT id, name, score, hex(picture) FROM authors ORDER BY id").all(),
      posts: database.prepare("SELECT * FROM posts ORDER BY id").all(),
    };
  } finally {
    database.close();
  }
}

export function runSql(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

/** What a SELECT finds in a file, a row an object. */
export function querySql(path: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

/** Two SQLite files with a few users and tags: a mirror of the first into the second inserts, updates and deletes. */
export function makeMirrored(source: string, target: string): void {
  const schema =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE tags (name TEXT PRIMARY KEY, hits INTEGER)";
  runSql(
    source,
    `${schema}; INSERT INTO users VALUES (7, 'Ada'), (8, 'b'); INSERT INTO tags VALUES ('x', 2)`,
  );
  runSql(target, `${schema}; INSERT INTO users VALUES (8, 'a'), (9, 'c'); INSERT INTO tags VALUES ('x', 1)`);
}
