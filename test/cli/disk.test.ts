import { spawnSync } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createCheckpoint } from "../../src/cli/interruption/checkpoint.ts";
import { explainFileFailure } from "../../src/cli/places/sqlite-failure.ts";
import { openRecord } from "../../src/cli/workspace/journey-record.ts";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { workDirectory } from "../support/cli.ts";

test.skipIf(!existsSync("/dev/full"))(
  "a record that finds no room names its file, and leaves the earlier one",
  async () => {
    const cwd = await workDirectory();
    const store = await openRecord(["push"], {
      world: { cwd, now: () => 1, signal: new AbortController().signal },
      printer: { warn: () => {} },
      checkpoint: createCheckpoint(),
    });
    await store.save({ exportKey: "export-1-aaaaaaaaaaaa" });
    const path = join(
      cwd,
      ".d1-ferry",
      (await readdir(join(cwd, ".d1-ferry"))).filter((n) => n.endsWith(".json"))[0] ?? "",
    );
    const before = await readFile(path, "utf8");
    await symlink("/dev/full", `${path}.new`);
    await expect(store.save({ notes: [] })).rejects.toMatchObject({
      code: "DISK_FULL",
      details: { file: path },
    });
    expect(await readFile(path, "utf8")).toBe(before);
    expect(existsSync(`${path}.new`)).toBe(false);
  },
);

async function refusalOf(setting: string): Promise<unknown> {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(`CREATE TABLE t (a); ${setting}`);
  const sql = "INSERT INTO t VALUES (zeroblob(100000))";
  return sqliteDatabase(sqlite)
    .batch([{ sql }])
    .then(
      () => null,
      (error: unknown) => error,
    );
}

test("a full disk under a SQLite file speaks of disks, not of a platform's plans", async () => {
  const error = explainFileFailure("/data/app.sqlite", await refusalOf("PRAGMA max_page_count = 3"));
  expect(error).toMatchObject({
    code: "DISK_FULL",
    message: expect.stringContaining("No space left on the disk of /data/app.sqlite"),
    hint: expect.stringContaining("SQLITE_TMPDIR"),
  });
  expect((error as { hint: string }).hint).not.toContain("plan");
});

test("a SQLite file that may not be written is named, with what is read-only", async () => {
  const sqlite = new DatabaseSync(join(await workDirectory(), "x.sqlite"));
  sqlite.exec("CREATE TABLE t (a); PRAGMA query_only = on");
  const refused = await sqliteDatabase(sqlite)
    .query({ sql: "INSERT INTO t VALUES (1)" })
    .catch((error: unknown) => error);
  expect(explainFileFailure("/data/app.sqlite", refused)).toMatchObject({
    code: "DATABASE_ERROR",
    message: expect.stringMatching(/^\/data\/app\.sqlite: .*readonly database$/),
    hint: expect.stringContaining("the directory /data is read-only"),
  });
});

test("any other failure of a SQLite file stays as it is", async () => {
  const refused = await refusalOf("CREATE UNIQUE INDEX u ON t (a); INSERT INTO t VALUES (zeroblob(100000))");
  expect(refused).toMatchObject({ code: "DATABASE_ERROR" });
  expect(explainFileFailure("/data/app.sqlite", refused)).toBe(refused);
});

test.skipIf(!existsSync("/dev/full"))(
  "standard output on a full disk is reported without a stack trace",
  () => {
    const stdio = ["ignore", openSync("/dev/full", "w"), "pipe"] as const;
    const args = ["dist/cli.js", "export", "test/fixtures/chinook.sqlite", "-o", "-"];
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: [...stdio], encoding: "utf8" });
    expect(stderr).toMatch(/^✗ Standard output cannot be written: ENOSPC.* \(DISK_FULL\)\n$/);
    expect(status).toBe(1);
  },
);
