import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openArchive, parseRows } from "../../src/archive/reader.ts";
import { directoryBucket } from "../../src/bucket/directory.ts";
import { objectName, parseKey } from "../../src/bucket/keys.ts";
import { bucketSource } from "../../src/bucket/source.ts";
import type { Database } from "../../src/database/port.ts";
import { exportToBucket } from "../../src/operations/export.ts";
import { createInvocation } from "../../src/operations/invocation.ts";
import { busyDatabase } from "../support/busy-database.ts";
import { memoryDatabase } from "../support/node-engine.ts";

const directory = await mkdtemp(join(tmpdir(), "ferry-moments-"));
const bucket = directoryBucket(directory);
afterAll(() => rm(directory, { recursive: true }));

/** Far more than a request of the smallest plan exports. */
const SCHEMA = `
  CREATE TABLE posts (id INTEGER PRIMARY KEY, stamp INT, body TEXT);
  CREATE TABLE tags (id INTEGER PRIMARY KEY, stamp INT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO posts SELECT i, 0, hex(randomblob(1000)) FROM n;
  INSERT INTO tags SELECT id, 0 FROM posts;`;

/** Writes a stamp into both tables before the calls that `writes` names. */
function busy(quiet: Database, writes: (call: number) => boolean): Database {
  const change = (step: number) =>
    ["posts", "tags"].map((table) => `UPDATE ${table} SET stamp = ${step + 1}`);
  return busyDatabase(quiet, { writes, change }).database;
}

async function exported(database: Database, platform: "workers-free" | "workers-paid") {
  const call = (exportKey?: string) =>
    exportToBucket(
      createInvocation({ database, bucket, platform }),
      exportKey === undefined ? {} : { exportKey },
    );
  let answer = await call();
  const messages = [answer.message];
  for (let requests = 1; answer.status === "processing"; requests++) {
    if (requests > 300) throw new Error("The export did not end");
    answer = await call(answer.exportKey);
    messages.push(answer.message);
  }
  const source = await bucketSource(bucket, objectName(parseKey(answer.exportKey)));
  const archive = await openArchive(source!);
  const stamps = new Set<unknown>();
  for await (const { text } of archive.readFrames()) for (const row of parseRows(text)) stamps.add(row.stamp);
  return { answer, messages, stamps, again: await call(answer.exportKey) };
}

describe.each(["workers-free", "workers-paid"] as const)("An export on %s", (platform) => {
  test("begins anew where the app writes, and is of one moment when it pauses", async () => {
    const database = busy(memoryDatabase(SCHEMA), (call) => call === 8);
    const { answer, stamps, again } = await exported(database, platform);
    expect(answer.moment).toMatchObject({ is: "one" });
    expect(stamps.size).toBe(1);
    expect(again).toMatchObject({ status: "completed", moment: answer.moment, notes: answer.notes });
  });

  test("says where and when it is torn, in each answer, where the app never pauses", async () => {
    const database = busy(memoryDatabase(SCHEMA), (call) => call % 3 === 0);
    const { answer, again } = await exported(database, platform);
    expect(answer.moment).toMatchObject({ is: "several", moved: ["posts", "tags"] });
    expect(answer.notes.join("\n")).toMatch(
      /not of one moment: posts, tags changed between \d\d:\d\d:\d\d and/,
    );
    expect(again).toMatchObject({ moment: answer.moment, notes: answer.notes });
  });
});
