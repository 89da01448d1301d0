import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import { directoryBucket } from "../../src/bucket/directory.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { type App, createApp } from "./app.ts";

/** An app on node:sqlite and a directory, gone after the test. */
export function createNodeApp(options: Parameters<typeof createApp>[1] & { schema?: string } = {}): App {
  const { schema = "", ...rest } = options;
  const directory = mkdtempSync(join(tmpdir(), "d1-ferry-http-"));
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(schema);
  onTestFinished(async () => {
    sqlite.close();
    await rm(directory, { recursive: true });
  });
  return createApp({ database: sqliteDatabase(sqlite), bucket: directoryBucket(directory) }, rest);
}
