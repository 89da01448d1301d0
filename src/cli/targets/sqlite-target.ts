import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import type { ByteSource } from "../../archive/types.ts";
import { readSchema } from "../../database/schema.ts";
import { type RowsAsked, readPlannedRows } from "../../sync/plan/index.ts";
import { UsageError } from "../exit.ts";
import { isEmpty, openSqlite } from "../places/open-sqlite.ts";
import { undoFiles } from "../workspace/undo-files.ts";
import type { World } from "../world.ts";
import { driveSqlite } from "./drive-sqlite.ts";
import type { Target } from "./target.ts";

export interface SqliteTargetOptions {
  world: Pick<World, "signal" | "now">;
  /** Only plan: leave nothing in the file, and create none. @default false */
  dryRun?: boolean | undefined;
  /** The key of the run whose changes it takes back: the source is what was kept of it. @default none */
  undoes?: string | undefined;
  /** A development server's database, as it was typed: nobody else may have it open. @default a file like any other */
  local?: string | undefined;
}

/**
 * The engine on a SQLite file, with no server in between. A database without tables gets the archive's
 * own; a file that does not exist is created, and removed again unless the run completes. Beside a file that was there
 * stay the rows as they were, from which the run can be undone. Nothing of d1-ferry stays in the file, and tables are created in one transaction: a killed run leaves all or none.
 */
export async function sqliteTarget(
  path: string,
  source: ByteSource,
  { world, dryRun = false, undoes, local }: SqliteTargetOptions,
): Promise<Target> {
  const isNew = !existsSync(path);
  const database = openSqlite(isNew && dryRun ? ":memory:" : path, { exclusive: local !== undefined });
  const empty = await isEmpty(database);
  // A copy holds what its source holds, including rows that point to nothing: many SQLite files do not
  // enforce their foreign keys.
  if (empty) await database.query({ sql: "PRAGMA foreign_keys = off" });
  let keepFile = !isNew || dryRun;
  // A file that this command makes is undone by removing it.
  const keepsRows = !isNew && !dryRun;
  return {
    kind: "sqlite",
    name: isNew ? `${path} (a new file)` : (local ?? path),
    host: local ?? basename(path),
    words: [],
    async drive(key, options, onProgress) {
      // The archive that an undo goes by has the undo's own key.
      const undoing = undoes === undefined ? undefined : key;
      const images = keepsRows ? undoFiles(path, { now: world.now, undoing }) : null;
      const run = { database, source, key, options, path, empty, images, undoes };
      const outcome = await driveSqlite(run, { world, onProgress });
      if (outcome.status === "completed") keepFile = true;
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
      if (!keepFile) await removeDatabase(path);
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
