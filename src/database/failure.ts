import { FerryError } from "../errors.ts";

/** Messages after which D1 itself says that the same call may succeed (developers.cloudflare.com/d1/observability/debug-d1). */
const TRANSIENT = [
  "network connection lost",
  "storage caused object to be reset",
  "reset because its code was updated",
  "internal error in d1 db storage",
  "cannot resolve d1 db due to transient issue",
  "d1 db is overloaded",
  "durable object is overloaded",
  "database is locked",
];

/** What an engine threw, as `DATABASE_ERROR` with SQLite's own words in `details.sqlite`. */
export function databaseError(error: unknown): FerryError {
  if (error instanceof FerryError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const sqlite = text
    .replace(/^D1_[A-Z_]+: /, "")
    .replace(/: SQLITE_[A-Z_]+(?: \(extended: [A-Z_]+\))?$/, "");
  const lower = sqlite.toLowerCase();
  return new FerryError("DATABASE_ERROR", `The database refused: ${sqlite}`, {
    details: { sqlite },
    transient: TRANSIENT.some((message) => lower.includes(message)),
    cause: error,
  });
}

/** SQLite's own message behind a FerryError, or "". */
export function sqliteMessage(error: unknown): string {
  if (!(error instanceof FerryError)) return "";
  const message = error.details?.sqlite;
  return typeof message === "string" ? message : "";
}
