import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type SqliteDatabase, sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { look } from "./look.ts";
import type { Side } from "./side.ts";
import { exportAll, importAll } from "./sync.ts";

export interface FileSide extends Side {
  readonly path: string;
  close(): void;
}

/** A SQLite file, made anew for each example. */
export function fileSide(): FileSide {
  const directory = mkdtempSync(join(tmpdir(), "d1-ferry-property-"));
  const path = join(directory, "side.sqlite");
  let open: SqliteDatabase | null = null;
  const database = (): SqliteDatabase => {
    if (open === null) throw new Error("Fill the side first");
    return open;
  };
  return {
    engine: "file",
    path,
    async fill(statements) {
      open?.close();
      open = null;
      rmSync(path, { force: true });
      const sqlite = new DatabaseSync(path);
      open = sqliteDatabase(sqlite);
      sqlite.exec("PRAGMA journal_mode = memory; PRAGMA synchronous = off");
      sqlite.exec("BEGIN; PRAGMA defer_foreign_keys = on");
      for (const sql of statements) sqlite.exec(sql);
      sqlite.exec("COMMIT");
    },
    export: (options) => exportAll(database(), options),
    import: (document, options) => importAll(database(), document, options, true),
    look: () => look(database()),
    close() {
      open?.close();
      rmSync(directory, { recursive: true });
    },
  };
}
