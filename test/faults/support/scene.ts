import { expect } from "vitest";
import type { ByteSource } from "../../../src/archive/types.ts";
import { OBJECT_PREFIX } from "../../../src/bucket/keys.ts";
import { bucketSource } from "../../../src/bucket/source.ts";
import type { Bytes } from "../../../src/bytes.ts";
import type { Database } from "../../../src/database/port.ts";
import { snapshotBucket } from "../../http/app.ts";
import { type Dump, dumpSchema, dumpTables } from "../../support/dump.ts";
import { archiveOf, drive, execute } from "../../support/engine.ts";
import type { Stores } from "./isolate.ts";

const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

/** Foreign keys, also to itself; unique values; a text key; a trigger that would spoil rows; two indexes, one partial. */
const TABLES = [
  "CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, handle TEXT UNIQUE, score REAL)",
  `CREATE TABLE posts (slug TEXT PRIMARY KEY, author INTEGER NOT NULL REFERENCES authors ON DELETE CASCADE,
    parent TEXT REFERENCES posts, body TEXT, big INTEGER)`,
  "CREATE INDEX posts_author ON posts (author)",
  "CREATE UNIQUE INDEX posts_body ON posts (body) WHERE big > 5",
  "CREATE TABLE tags (post TEXT REFERENCES posts, tag TEXT, raw BLOB, PRIMARY KEY (post, tag)) WITHOUT ROWID",
];
const TRIGGER =
  "CREATE TRIGGER spoil AFTER INSERT ON posts BEGIN UPDATE posts SET body = 'fired' WHERE slug = new.slug; END";
const ROWS = [
  `INSERT INTO authors ${numbers(20)} SELECT i, 'h' || i, i / 3.0 FROM n`,
  `INSERT INTO posts ${numbers(50)} SELECT 'post-' || i, 1 + i % 20, iif(i % 7 = 0, 'post-' || (i - 1), NULL),
    'body ' || i || char(10) || 'é', 9007199254740993 + i FROM n`,
  `INSERT INTO tags ${numbers(40)} SELECT 'post-' || i, 'tag' || (i % 3), CAST('b' || i AS BLOB) FROM n`,
];
/** Two authors have each other's handle; others are only there, and a mirror deletes them. */
const LIVE = [
  "INSERT INTO authors VALUES (1, 'h2', 0), (2, 'h1', 0), (77, 'stays', 1)",
  "INSERT INTO posts VALUES ('post-1', 77, NULL, 'old', 1), ('gone', 77, NULL, 'gone', 2)",
  "INSERT INTO tags VALUES ('gone', 'x', NULL), ('post-1', 'tag1', NULL)",
];

export type Mode = "merge" | "mirror";

export async function fillSource(database: Database): Promise<void> {
  await execute(database, [...TABLES, ...ROWS, TRIGGER]);
}

export async function fillTarget(database: Database): Promise<void> {
  await execute(database, [...TABLES, ...LIVE, TRIGGER]);
}

export async function archiveBytes(database: Database): Promise<Bytes> {
  const archive: ByteSource = await archiveOf(database, { frameBytes: 700 });
  return archive.read(0, archive.size);
}

/**
 * The target is what it should be, and nothing of the way there is left anywhere. `pieces`: but what a driver wrote of
 * the rows as they were and lost the run with, which a prune finds.
 */
export async function expectWhole(
  { source, target }: Record<"source" | "target", Stores>,
  expected: { tables: Dump; schema: string[]; version: number },
  { pieces = false }: { pieces?: boolean } = {},
): Promise<void> {
  const { database } = target;
  expect(await dumpTables(database)).toEqual(expected.tables);
  expect(await dumpSchema(database)).toEqual(expected.schema);
  const history = "SELECT seed_name, seed_version, record_count FROM seed_history ORDER BY 1, 2";
  expect(await database.query({ sql: history })).toEqual([
    ["authors", expected.version, 20],
    ["posts", expected.version, 50],
    ["tags", expected.version, 40],
  ]);
  const waiting = `SELECT (SELECT count(*) FROM _ferry_frames), (SELECT count(*) FROM _ferry_cells),
    (SELECT count(*) FROM _ferry_runs WHERE lease_until > 0), (SELECT group_concat(status) FROM _ferry_runs)`;
  expect(await database.query({ sql: waiting })).toEqual([[0, 0, 0, "completed"]]);
  const kinds = async ({ bucket }: Stores) =>
    (await snapshotBucket(bucket)).map((line) => line.replace(/^d1-ferry\/(\w+)[-/].*/, "$1"));
  const left = await kinds(target);
  expect(pieces ? left.filter((kind) => kind !== "state") : left).toEqual(["sync", "undo"]);
  for (const kind of await kinds(source)) expect(kind).toBe("export");
  expect((await kinds(source)).length).toBeLessThanOrEqual(1);
}

/** By what was kept of the one run in it, the target is again what it was. */
export async function expectUndone({ database, bucket }: Stores, before: Dump): Promise<void> {
  const [run] = (await database.query({ sql: "SELECT key FROM _ferry_runs" }))[0] as [string];
  const { objects } = await bucket.list({ prefix: `${OBJECT_PREFIX}undo-` });
  const name = objects[0]?.name as string;
  const source = (await bucketSource(bucket, name)) as ByteSource;
  const key = name.slice(OBJECT_PREFIX.length);
  const { plan, notes } = await drive(database, source, key, {
    mode: "mirror",
    all: true,
    undoes: run,
    dryRun: true,
  });
  expect(plan?.left, notes.join()).toBeUndefined();
  const deletes = Object.values(plan?.tables ?? {}).reduce((sum, { deleted }) => sum + deleted, 0);
  await drive(database, source, key, { mode: "mirror", all: true, undoes: run, expectDeletes: deletes });
  expect(await dumpTables(database)).toEqual(before);
  expect(await database.query({ sql: "SELECT * FROM seed_history" })).toEqual([]);
}
