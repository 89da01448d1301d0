import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type SqliteDatabase, sqliteDatabase } from "../../database/node-sqlite.ts";
import { FerryError } from "../../errors.ts";
import { FRAMES, HISTORY, RUNS } from "../../sync/run/index.ts";

export interface OpenOptions {
  /** @default false */
  readOnly?: boolean;
}

/** Milliseconds to wait for another program that writes the file. */
const BUSY_MS = 5_000;

export function openSqlite(path: string, options: OpenOptions = {}): SqliteDatabase {
  const { readOnly = false } = options;
  try {
    const sqlite = new DatabaseSync(path, { readOnly, timeout: BUSY_MS });
    // One transaction for all that is read: the copy is of one moment, whoever writes meanwhile.
    if (readOnly) sqlite.exec("BEGIN");
    return sqliteDatabase(sqlite);
  } catch (error) {
    const hint = whyNotOpened(path, error);
    throw new FerryError("DATABASE_ERROR", `Cannot open ${path}: ${(error as Error).message}`, {
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}

/** SQLite says only that it cannot; what stands in the way is looked for. */
function whyNotOpened(path: string, error: unknown): string | undefined {
  const { message } = error as Error;
  if (/not a database|malformed/i.test(message)) {
    return "Its first bytes are those of a SQLite database, and the rest is not: it is damaged, or encrypted. Copy it again, or name another file.";
  }
  const directory = dirname(path);
  if (!existsSync(directory))
    return `The directory ${directory} is not there: make it, or name another file.`;
  const there = existsSync(path);
  if (there && !may(path, constants.R_OK)) return "You may not read the file: change its permissions.";
  if (there && !may(directory, constants.W_OK)) {
    return `SQLite makes files beside it, and the directory ${directory} is read-only, or not yours: copy the database to another one first.`;
  }
  if (!there && !may(directory, constants.W_OK)) {
    return `Nothing can be made in the directory ${directory}: it is read-only, or not yours. Name a file in another one.`;
  }
  return undefined;
}

/** What SQLite refused while it wrote the file, with what to do about a file; as it is, where that is nothing of its own. */
export function explainFileFailure(path: string, error: unknown): unknown {
  if (!(error instanceof FerryError)) return error;
  const { details } = error;
  const facts = details === undefined ? {} : { details };
  if (error.code === "DATABASE_FULL") {
    return new FerryError(
      "DISK_FULL",
      `No space left on the disk of ${path}, or on that of SQLite's temporary files`,
      {
        hint: "Make room on both, or point SQLITE_TMPDIR to a directory with room for the rows, and run the same command again.",
        ...facts,
        cause: error,
      },
    );
  }
  if (!/readonly database|unable to open database file/i.test(error.message)) return error;
  return new FerryError(error.code, `${path}: ${error.message}`, {
    hint: `SQLite writes the file and, while it does, others beside it: ${path} or the directory ${dirname(path)} is read-only, or not yours.`,
    ...facts,
    cause: error,
  });
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** True for a database without tables, or with no others than a killed run left behind. */
export async function isEmpty(database: SqliteDatabase): Promise<boolean> {
  const rows = await database.query({
    sql: `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      AND name NOT IN ('${RUNS}', '${FRAMES}', '${HISTORY}') LIMIT 1`,
  });
  return rows.length === 0;
}
