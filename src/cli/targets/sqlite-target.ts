import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import type { ByteSource } from "../../archive/types.ts";
import type { SqliteDatabase } from "../../database/node-sqlite.ts";
import { readSchema } from "../../database/schema.ts";
import { schemaOf } from "../../sync/add-columns.ts";
import { type RowsAsked, readPlannedRows } from "../../sync/plan/index.ts";
import type { TableChoice } from "../../sync/schema/index.ts";
import type { ImageStore } from "../../sync/undo/image-store.ts";
import { UsageError } from "../exit.ts";
import { type MigratedSqlite, migrateSqlite, withinTransaction } from "../places/migrate-sqlite.ts";
import { isEmpty, openSqlite } from "../places/open-sqlite.ts";
import { removeUndoFile, undoFiles } from "../workspace/undo-files.ts";
import type { World } from "../world.ts";
import { driveSqlite } from "./drive-sqlite.ts";
import type { Target } from "./target.ts";

export interface SqliteTargetOptions {
  world: Pick<World, "signal" | "now">;
  /** Only plan: leave nothing in the file, and create none. @default false */
  dryRun?: boolean | undefined;
  /** The key of the run whose changes it takes back: the source is what was kept of it. @default none */
  undoes?: string | undefined;
  /** An undo has gone by it before, and left rows alone. @default false */
  takenBefore?: boolean | undefined;
  /** Make the tables and columns that the file lacks and the source has, of these tables. @default none */
  migrate?: TableChoice | undefined;
  /** A development server's database, as it was typed: nobody else may have it open. @default a file like any other */
  local?: string | undefined;
}

/**
 * The engine on a SQLite file, with no server in between. A database without tables gets the archive's
 * own; a file that does not exist is created, and removed again unless the run completes. Columns that are added and the rows
 * are one transaction. Beside a file that was there
 * stay the rows as they were, from which the run can be undone. Nothing of d1-ferry stays in the file, and tables are created in one transaction: a killed run leaves all or none.
 */
export async function sqliteTarget(
  path: string,
  source: ByteSource,
  { world, dryRun = false, undoes, takenBefore = false, migrate, local }: SqliteTargetOptions,
): Promise<Target> {
  const isNew = !existsSync(path);
  const opened = openSqlite(isNew && dryRun ? ":memory:" : path, { exclusive: local !== undefined });
  const empty = await isEmpty(opened);
  const migrates = migrate !== undefined && !empty;
  const migrated = migrates
    ? await orClose(opened, migrateFor(opened, { source, choice: migrate, path }))
    : null;
  const database = migrated === null ? opened : withinTransaction(opened);
  // A copy holds what its source holds, including rows that point to nothing: many SQLite files do not
  // enforce their foreign keys.
  if (empty) await database.query({ sql: "PRAGMA foreign_keys = off" });
  let keepFile = !isNew || dryRun;
  // A file that this command makes is undone by removing it.
  const keepsRows = !isNew && !dryRun;
  let isCommitted = migrated === null;
  const keptKeys = new Set<string>();
  return {
    kind: "sqlite",
    name: isNew ? `${path} (a new file)` : (local ?? path),
    host: local ?? basename(path),
    words: [],
    async drive(key, options, onProgress) {
      // The archive that an undo goes by has the undo's own key.
      const undoing = undoes === undefined ? undefined : key;
      const images = keepsRows ? noting(undoFiles(path, { now: world.now, undoing }), keptKeys) : null;
      const asked = migrate === undefined ? options : { ...options, create: options.create ?? true };
      const added = migrated?.added ?? null;
      const run = { database, source, key, options: asked, path, empty, images, undoes, takenBefore, added };
      const outcome = await driveSqlite(run, { world, onProgress });
      if (outcome.status === "completed") {
        await migrated?.commit();
        isCommitted = true;
        keepFile = true;
      }
      return outcome;
    },
    async *rows(key, { tables }) {
      const run = { schema: await readSchema(database), run: key };
      for (let from: RowsAsked["from"]; ; ) {
        const page = await readPlannedRows(database, run, { tables: Object.keys(tables), from });
        yield page.rows;
        if (page.next === null) return;
        from = page.next;
      }
    },
    ...NO_OTHER_DRIVER,
    async close() {
      database.close();
      // What was kept to take back changes that are none.
      if (!isCommitted) for (const key of keptKeys) await removeUndoFile(path, key);
      if (!keepFile) await removeDatabase(path);
    },
  };
}

async function migrateFor(
  database: SqliteDatabase,
  { source, choice, path }: { source: ByteSource; choice: TableChoice; path: string },
): Promise<MigratedSqlite | null> {
  return migrateSqlite(database, { schema: await schemaOf(source), choice }, path);
}

async function orClose<T>(database: SqliteDatabase, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The same store, with the keys of what it keeps in `keys`. */
function noting(images: ImageStore, keys: Set<string>): ImageStore {
  return {
    ...images,
    open(key, state) {
      keys.add(key);
      return images.open(key, state);
    },
  };
}

/** The run lives in this connection alone: no other driver has started it, and none takes it over. */
const NO_OTHER_DRIVER = {
  async confirmedPlan() {
    return null;
  },
  async handOver() {
    throw noBackground();
  },
  async undoneBy() {
    return null;
  },
  async completed() {
    return null;
  },
  async drop() {
    return null;
  },
} satisfies Partial<Target>;

export function noBackground(): UsageError {
  return new UsageError(
    "--background is for apps: nothing finishes a SQLite file's run without this command",
  );
}

async function removeDatabase(path: string): Promise<void> {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) await rm(path + suffix, { force: true });
}
