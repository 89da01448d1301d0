import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { directoryBucket } from "../../src/bucket/directory.ts";
import type { Bucket } from "../../src/bucket/port.ts";
import { databaseError } from "../../src/database/failure.ts";
import type { Database } from "../../src/database/port.ts";
import { exportToBucket } from "../../src/operations/export.ts";
import { createInvocation } from "../../src/operations/invocation.ts";
import { memoryDatabase } from "../support/node-engine.ts";
import { withoutSize } from "../support/without-size.ts";

const NOTE = "d1-ferry/allowance";

const TABLES = Array.from({ length: 40 }, (_, i) => `t${i}`);

/** More calls than every plan allows; no rows to speak of. */
const database = withoutSize(
  memoryDatabase(TABLES.map((name) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY);`).join("")),
);

let directory: string;
let bucket: Bucket;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "ferry-allowance-"));
  bucket = directoryBucket(directory);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

/** The calls that it took, beside what came of it. */
async function exportFrom(source: Database, platform?: "workers-paid") {
  const invocation = createInvocation({ database: source, bucket, platform });
  const { status } = await exportToBucket(invocation);
  return { status, many: invocation.meter.read().statements > 60 };
}

/** The database, whose calls fail from the 50th on. */
function failing(message: string): Database {
  let calls = 0;
  const next = (count: number) => {
    calls += count;
    if (calls >= 50) throw databaseError(new Error(message));
  };
  return {
    ...database,
    async query(statement) {
      next(1);
      return database.query(statement);
    },
    async batch(statements) {
      next(statements.length);
      return database.batch(statements);
    },
  };
}

const known = async () => (await bucket.head(NOTE))?.metadata.calls ?? null;

describe("An export of an app that does not say where it runs", () => {
  test("keeps that it may take many calls, for a day", async () => {
    expect(await exportFrom(database)).toEqual({ status: "completed", many: true });
    expect(await known()).toBe("many");
    const put = vi.spyOn(bucket, "put");
    await exportFrom(database);
    expect(put.mock.calls.filter(([name]) => name === NOTE)).toEqual([]);
    const now = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => now() + 25 * 3_600_000);
    await exportFrom(database);
    expect(put.mock.calls.filter(([name]) => name === NOTE)).toHaveLength(2);
  });

  test("takes few once a request was lost for its calls, and tries many again the day after", async () => {
    const used = failing("D1_ERROR: Too many API requests by single Worker invocation.");
    await expect(exportFrom(used)).rejects.toMatchObject({ code: "DATABASE_ERROR" });
    expect(await known()).toBe("reaching");
    expect(await exportFrom(database)).toEqual({ status: "processing", many: false });
    const now = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => now() + 25 * 3_600_000);
    expect(await exportFrom(database)).toEqual({ status: "completed", many: true });
  });

  test("learns nothing from a request that is lost for another reason", async () => {
    await expect(exportFrom(failing("D1_ERROR: Network connection lost."))).rejects.toThrow();
    expect(await known()).toBeNull();
    expect(await exportFrom(database)).toEqual({ status: "completed", many: true });
  });

  test("takes few where the bucket went away with its calls", async () => {
    const lost: Bucket = {
      ...bucket,
      delete: () => Promise.reject(databaseError(new Error("Too many subrequests."))),
      put: (name, ...rest) =>
        name === NOTE && rest[1]?.metadata?.calls === "many"
          ? Promise.reject(databaseError(new Error("Too many subrequests.")))
          : directoryBucket(directory).put(name, ...rest),
    };
    bucket = lost;
    await exportFrom(database);
    expect(await known()).toBe("reaching");
    expect(await exportFrom(database)).toEqual({ status: "processing", many: false });
  });
});

test("An export of an app that says where it runs asks the bucket nothing about it", async () => {
  const head = vi.spyOn(bucket, "head");
  expect(await exportFrom(database, "workers-paid")).toEqual({ status: "completed", many: true });
  expect(head.mock.calls.filter(([name]) => name === NOTE)).toEqual([]);
  expect(await known()).toBeNull();
});
