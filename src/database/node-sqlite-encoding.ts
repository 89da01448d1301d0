import type { DatabaseSync } from "node:sqlite";
import { FerryError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";

/**
 * Refuses a database that keeps its texts in UTF-16 (`PRAGMA encoding`). Its keys stand in another order than
 * those of D1, which has UTF-8 alone, and a text as bytes is not the same bytes.
 */
export function refuseUtf16(sqlite: DatabaseSync, path?: string): void {
  const { encoding } = sqlite.prepare("PRAGMA encoding").get() as { encoding: string };
  if (encoding === "UTF-8") return;
  throw new FerryError(
    "DATABASE_ERROR",
    `${path ?? "The database"} keeps its texts in ${encoding}, and only UTF-8 is supported, which is what D1 has. Nothing was changed`,
    {
      hint: `Copy it into a new file, which keeps them in UTF-8: sqlite3 ${shellWord(path ?? "old.sqlite")} .dump | sqlite3 utf8.sqlite`,
      details: { reason: "utf-16", encoding },
    },
  );
}
