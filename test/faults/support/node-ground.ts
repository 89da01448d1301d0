import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryBucket } from "../../../src/bucket/directory.ts";
import { memoryDatabase } from "../../support/node-engine.ts";
import type { Ground } from "./walk.ts";

/** node:sqlite in memory and a directory, new for each case. */
export function nodeGround(): Ground {
  let folders: string[] = [];
  let databases: { close(): void }[] = [];
  return {
    async stores() {
      const folder = mkdtempSync(join(tmpdir(), "ferry-walk-"));
      const database = memoryDatabase();
      folders.push(folder);
      databases.push(database);
      return { database, bucket: directoryBucket(folder) };
    },
    async leftovers() {
      return folders.flatMap((folder) => {
        const uploads = join(folder, "uploads");
        return existsSync(uploads) ? readdirSync(uploads) : [];
      });
    },
    async clear() {
      for (const database of databases) database.close();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
      [folders, databases] = [[], []];
    },
  };
}
