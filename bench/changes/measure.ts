import { DatabaseSync } from "node:sqlite";
import { bytesSource } from "../../src/archive/source.ts";
import type { Database } from "../../src/database/port.ts";
import type { ByteSource } from "../../src/index.ts";
import type { ImageStore } from "../../src/sync/undo/image-store.ts";
import type { Version } from "./checkout.ts";
import { before, type Change, EACH_ROW, SCHEMA } from "./items.ts";

export interface Figures {
  /** The whole sync, read back. */
  seconds: number;
  /** The transaction that writes, for which readers wait. */
  transaction: number;
  statements: number;
}

/** The archive that all syncs are of. */
export async function sourceArchive({ exportDatabase, sqliteDatabase }: Version): Promise<ByteSource> {
  const source = new DatabaseSync(":memory:");
  for (const sql of [...SCHEMA, EACH_ROW]) source.exec(sql);
  const pieces: Uint8Array[] = [];
  await exportDatabase(sqliteDatabase(source), async (bytes) => void pieces.push(bytes.slice()));
  source.close();
  return bytesSource(new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()));
}

/** Syncs the archive into a new file at `path`. Keeps rows as they were in memory, where the version can. */
export async function measureSync(
  version: Version,
  change: Change,
  { archive, path }: { archive: ByteSource; path: string },
): Promise<Figures> {
  const file = new DatabaseSync(path);
  file.exec("PRAGMA journal_mode = wal; PRAGMA synchronous = normal");
  for (const sql of [...SCHEMA, EACH_ROW, ...before(change)]) file.exec(sql);
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

export function memoryImages(): ImageStore {
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
