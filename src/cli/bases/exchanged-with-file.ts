import { openSqlite } from "../places/open-sqlite.ts";
import type { BaseFile } from "./base-file.ts";
import { readRow } from "./base-rows.ts";
import { rowDigest } from "./written-rows.ts";

/**
 * What became of an exchange that wrote a SQLite file, and whose command was killed. Nothing of a run stays in a file, but its
 * rows are written in one transaction: all are as they were before, or as they were to be. Where some are
 * otherwise nobody knows.
 */
export async function exchangedWithFile(
  base: BaseFile,
  n: number,
  path: string,
): Promise<"done" | "nothing" | "nobody knows"> {
  try {
    const database = openSqlite(path, { readOnly: true });
    try {
      let found: "done" | "nothing" | null = null;
      for (const { table: name, key, was, becomes } of base.writtenBy(n)) {
        const table = base.named(name);
        if (table === undefined) return "nobody knows";
        const line = await readRow(database, table, key);
        const now = line === null ? null : rowDigest(table, line);
        const own = now === becomes ? "done" : now === was ? "nothing" : null;
        if (own === null || (found !== null && own !== found)) return "nobody knows";
        found = own;
      }
      return found ?? "nobody knows";
    } finally {
      database.close();
    }
  } catch {
    // It is gone, or has other tables: the command that follows says so.
    return "nobody knows";
  }
}
