import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { FerryError } from "../../errors.ts";
import { LOCKED_HINT } from "../printing/passing-failures.ts";

/** SQLite says only that it cannot open a file. This looks for the reason. */
export function whyNotOpened(path: string, error: unknown): string | undefined {
  const { message } = error as Error;
  if (/not a database|malformed/i.test(message)) {
    return "It starts like a SQLite database, but the rest cannot be read: it is damaged, or encrypted. Copy it again, or name another file.";
  }
  if (/database is locked/i.test(message)) return LOCKED_HINT;
  const directory = dirname(path);
  if (!existsSync(directory))
    return `The directory ${directory} does not exist: create it, or name another file.`;
  const there = existsSync(path);
  if (there && !may(path, constants.R_OK))
    return "You have no permission to read the file: change its permissions.";
  if (
    there &&
    existsSync(`${path}-journal`) &&
    !(may(path, constants.W_OK) && may(directory, constants.W_OK))
  ) {
    return `A program was killed while it wrote the file, and only who may write it can take that back: change its permissions, or copy it and ${path}-journal to another directory first.`;
  }
  if (there && !may(directory, constants.W_OK)) {
    return `SQLite creates files beside it, and the directory ${directory} is read-only, or not yours: copy the database to another directory first.`;
  }
  if (!there && !may(directory, constants.W_OK)) {
    return `No file can be created in the directory ${directory}: it is read-only, or not yours. Name a file in another directory.`;
  }
  return undefined;
}

/** An error of SQLite's while it reads or writes the file, reworded for a file; any other error as it is. */
export function explainFileFailure(path: string, error: unknown): unknown {
  if (!(error instanceof FerryError)) return error;
  const { details } = error;
  const facts = details === undefined ? {} : { details };
  if (error.code === "DATABASE_FULL") {
    return new FerryError(
      "DISK_FULL",
      `No space left on the disk of ${path}, or on that of SQLite's temporary files`,
      {
        hint: "Free some space on both, or set SQLITE_TMPDIR to a directory with space for the rows, then run the same command again.",
        ...facts,
        cause: error,
      },
    );
  }
  if (!/readonly database|unable to open database file/i.test(error.message)) return error;
  return new FerryError(error.code, `${path}: ${error.message}`, {
    hint: `SQLite writes the file, and temporary files beside it: ${path} or the directory ${dirname(path)} is read-only, or not yours.`,
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
