import { DatabaseSync } from "node:sqlite";
import { bytesSource } from "../../src/archive/source.ts";
import type { Database } from "../../src/database/port.ts";
import type { ByteSource } from "../../src/index.ts";
import type { ImageStore } from "../../src/sync/undo/image-store.ts";
import type { Version } from "./checkout.ts";

export const ROWS = 60_000;

/** Which of the target's rows differ from the source's: each n-th. */
export interface Change {
  name: string;
  /** 0 for an empty target. */
  each: number;
}

export const CHANGES: readonly Change[] = [
  { name: "empty target", each: 0 },
  { name: "0.1 % of the rows changed", each: 1000 },
  { name: "a tenth changed", each: 10 },
  { name: "all changed", each: 1 },
];

export interface Figures {
  /** The whole sync, read back. */
  seconds: number;
  /** The transaction that writes, for which readers wait. */
  transaction: number;
  statements: number;
}

const TABLE = `CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, slug TEXT UNIQUE, body TEXT, author INTEGER,
  score REAL, state TEXT, created TEXT, views INTEGER)`;

const INDEXES = ["author", "state, created", "score"];

function fill(database: DatabaseSync): void {
  database.exec(TABLE);
  for (const columns of INDEXES) database.exec(`CREATE INDEX "by ${columns}" ON items (${columns})`);
  database.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
    INSERT INTO items SELECT i, 'Name of ' || i, 'slug-' || i, 'A body of some words, number ' || i || ', and a few more of them',
      i % 977, i / 7.0, iif(i % 3, 'live', 'draft'), '2026-01-' || (i % 28 + 1), i % 1000 FROM n`);
}

/** The archive that all syncs are of. */
export async function sourceArchive({ exportDatabase, sqliteDatabase }: Version): Promise<ByteSource> {
  const source = new DatabaseSync(":memory:");
  fill(source);
  const pieces: Uint8Array[] = [];
  await exportDatabase(sqliteDatabase(source), async (bytes) => void pieces.push(bytes.slice()));
  source.close();
  return bytesSource(new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()));
}

/** Syncs the archive into a new file at `path`. Keeps rows as they were in memory, where the version can. */
export async function measureSync(
  version: Version,
  { each }: Change,
  { archive, path }: { archive: ByteSource; path: string },
): Promise<Figures> {
  const file = new DatabaseSync(path);
  file.exec("PRAGMA journal_mode = wal; PRAGMA synchronous = normal");
  fill(file);
  if (each === 0) file.exec("DELETE FROM items");
  else file.exec(`UPDATE items SET body = 'another ' || id, views = views + 1 WHERE id % ${each} = 0`);
  const timed = timeTransaction(version.sqliteDatabase(file));
  const startedAt = performance.now();
  const options = { atomic: "always", images: memoryImages() } as const;
  const report = await version.advanceRun(
    timed.database,
    archive,
    "sync-1700000000000-0123456789ab",
    options,
  );
  const seconds = (performance.now() - startedAt) / 1000;
  if (report.status !== "completed") throw new Error(`The sync ended as ${report.status}`);
  file.close();
  return { seconds, ...timed.figures() };
}

function timeTransaction(database: Database) {
  let [transaction, statements] = [0, 0];
  return {
    database: {
      ...database,
      query(statement) {
        statements++;
        return database.query(statement);
      },
      async batch(all) {
        statements += all.length;
        const startedAt = performance.now();
        const results = await database.batch(all);
        // The one that lets foreign keys wait is the one that applies.
        if (all[0]?.sql.startsWith("PRAGMA defer_foreign_keys"))
          transaction += (performance.now() - startedAt) / 1000;
        return results;
      },
    } satisfies Database,
    figures: () => ({ transaction, statements }),
  };
}

function memoryImages(): ImageStore {
  return {
    open: () => {
      const pieces: Uint8Array[] = [];
      return {
        write: async (bytes) => void pieces.push(bytes.slice()),
        pause: async () => null,
        finish: async () => pieces.reduce((sum, { length }) => sum + length, 0),
      };
    },
    remove: async () => {},
  };
}
