import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { createProse } from "./prose.ts";
import { randomNumbers } from "./random.ts";

export interface PostsOptions {
  rows: number;
  /** Bytes of a body, on average. @default 1_700 */
  bodyBytes?: number;
}

const SCHEMA = `CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  author TEXT NOT NULL,
  score INTEGER NOT NULL,
  date TEXT NOT NULL
);
CREATE INDEX posts_author ON posts (author);`;

const FIRST_POST = Date.UTC(2019, 0, 1);
const MINUTE_MS = 60_000;

/** A blog's posts as a SQLite file, the same rows every time. A file that is there already is taken. */
export async function seedPosts(path: string, { rows, bodyBytes = 1_700 }: PostsOptions): Promise<void> {
  if (existsSync(path)) return;
  const partial = `${path}.partial`;
  await rm(partial, { force: true });
  const database = new DatabaseSync(partial);
  database.exec(`PRAGMA journal_mode = off; PRAGMA synchronous = off; ${SCHEMA} BEGIN;`);
  const insert = database.prepare("INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?)");
  const random = randomNumbers(rows);
  const prose = createProse(random);
  const authors = Array.from({ length: Math.ceil(rows / 20) }, (_, i) => `${prose.words(1)}_${i}`);
  for (let id = 1; id <= rows; id++) {
    // Half as long to half again as long, as posts are.
    const body = prose.paragraphs(bodyBytes * (0.5 + random()) - 60);
    const author = authors[Math.floor(random() * authors.length)] as string;
    const score = Math.floor(random() ** 4 * 5_000) - 20;
    const date = new Date(FIRST_POST + id * 7 * MINUTE_MS).toISOString();
    insert.run(id, prose.words(3 + Math.floor(random() * 8)), body, author, score, date);
  }
  database.exec("COMMIT");
  database.close();
  await rename(partial, path);
}
