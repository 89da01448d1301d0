import { describe, expect, test } from "vitest";
import type { DiffAnswer } from "../../src/client/answers.ts";
import { createClient } from "../../src/client/client.ts";
import type { Platform } from "../../src/operations/platforms.ts";
import { type App, ORIGIN, TOKEN } from "./app.ts";
import { createNodeApp } from "./node-app.ts";

const SCHEMA = `CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, body TEXT);
  CREATE TABLE tags (name TEXT PRIMARY KEY COLLATE NOCASE, posts INTEGER);
  CREATE TABLE notes (text TEXT);
  WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  INSERT INTO posts SELECT i, 'title ' || i, printf('%.*c', 200, 'x') FROM n;
  INSERT INTO tags VALUES ('Cat', 1), ('dog', 2);
  INSERT INTO notes VALUES ('one');`;

const EDITS = [
  "UPDATE posts SET title = 'edited' WHERE id % 1000 = 7",
  "DELETE FROM posts WHERE id = 2999",
  "INSERT INTO posts VALUES (5000, 'new', NULL)",
  "UPDATE tags SET name = 'cat' WHERE name = 'Cat'",
];

function clientOf(app: App) {
  return createClient({
    baseUrl: ORIGIN,
    token: TOKEN,
    fetch: (input, init) => app.fetch(new URL(String(input)).pathname + new URL(String(input)).search, init),
  });
}

type Asked = Parameters<ReturnType<typeof clientOf>["diff"]>[0];

/** All that is answered, a table by what was said of it last. */
async function whole(app: App, input: Asked) {
  const client = clientOf(app);
  const tables = new Map<string, DiffAnswer["tables"][number]>();
  const answers: DiffAnswer[] = [];
  for (let cursor: string | undefined; ; ) {
    const answer = await client.diff({ ...input, ...(cursor === undefined ? {} : { cursor }) });
    answers.push(answer);
    for (const one of answer.tables) tables.set(one.table, one);
    ({ cursor } = answer);
    if (cursor === undefined) return { tables, answers, first: answers[0] as DiffAnswer };
  }
}

async function edited(options: Parameters<typeof createNodeApp>[0] = {}) {
  const app = createNodeApp({ schema: SCHEMA, ...options });
  const { exportKey: before } = await clientOf(app).export();
  for (const sql of EDITS) await app.database.batch([{ sql }]);
  return { app, before };
}

const POSTS = { added: 1, changed: 3, deleted: 1, unchanged: 2996, cells: 3, left: 3000, right: 3000 };

describe("Two archives, or one and the database, are compared by the app", () => {
  test.each<Platform>(["webflow-cloud", "workers-free"])("within the calls of %s", async (platform) => {
    const { app, before } = await edited({ platform });
    const { exportKey: after } = await clientOf(app).export();
    for (const right of [after, undefined]) {
      const found = await whole(app, { left: before, ...(right === undefined ? {} : { right }) });
      expect(found.tables.get("posts")).toMatchObject({ by: "rows", ...POSTS });
      expect(found.tables.get("tags")).toMatchObject({ changed: 1, added: 0, deleted: 0, unchanged: 1 });
      expect(found.first).toMatchObject({ left: before, right: right ?? null, schema: [] });
      for (const { usage } of found.answers)
        expect(usage.statements + usage.bucketOperations).toBeLessThanOrEqual(50);
      expect(found.answers.length).toBeGreaterThan(platform === "workers-free" ? 3 : 0);
    }
    const back = await whole(app, { left: after, right: before });
    expect(back.tables.get("posts")).toMatchObject({ ...POSTS, added: 1, deleted: 1 });
    expect(back.tables.get("notes")).toMatchObject({ by: "hash", unchanged: 1, samples: [] });
  });

  test("some of the rows that differ are told, as a plan tells them", async () => {
    const { app, before } = await edited();
    const { tables } = await clientOf(app).diff({ left: before, tables: ["posts"], samples: 1 });
    expect(tables).toMatchObject([
      {
        table: "posts",
        samples: [
          { is: "update", key: { id: 7 }, cells: { title: ["title 7", "edited"] } },
          { is: "delete", key: { id: 2999 }, row: { title: "title 2999", body: { of: "text", bytes: 200 } } },
          { is: "insert", key: { id: 5000 }, row: { title: "new", body: null } },
        ],
      },
    ]);
  });

  test("of equal ones no row is read, unless each is asked for", async () => {
    const { app } = await edited();
    const [one, two] = [await clientOf(app).export(), await clientOf(app).export()];
    const asked = { left: one.exportKey, right: two.exportKey };
    const told = async (more: object) =>
      (await clientOf(app).diff({ ...asked, ...more })).tables.map(({ table, by }) => `${table} ${by}`);
    expect(await told({})).toEqual(["posts hash", "tags hash", "notes hash"]);
    expect(await told({ everyRow: true })).toEqual(["posts rows", "tags rows"]);
  });

  test("of many small tables an archive is read in few calls", async () => {
    const names = Array.from({ length: 60 }, (_, i) => `t${i}`);
    const schema = names.map((name) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY)`).join(";");
    const app = createNodeApp({ schema });
    const { exportKey: left } = await clientOf(app).export();
    for (const name of names) await app.database.batch([{ sql: `INSERT INTO ${name} VALUES (1)` }]);
    const { exportKey: right } = await clientOf(app).export();
    const { tables, usage } = await clientOf(app).diff({ left, right });
    expect(tables.map(({ added }) => added)).toEqual(names.map(() => 1));
    expect(usage.bucketOperations).toBeLessThan(25);
  });

  test("who was told rows is in the record, and who was told that there are none is not", async () => {
    const { app, before } = await edited();
    const client = clientOf(app);
    await client.diff({ left: before });
    await client.diff({ left: before, tables: ["notes"] });
    const { entries } = await client.log();
    const told = entries.filter(({ did }) => did === "diff");
    expect(told).toMatchObject([{ key: before, outcome: "completed", counts: { rows: 6 } }]);
  });

  test("schemas that differ are told, and tables that nothing tells apart", async () => {
    const { app, before } = await edited();
    await app.database.batch([
      { sql: "ALTER TABLE posts ADD COLUMN likes INTEGER" },
      { sql: "CREATE TABLE more (id INTEGER PRIMARY KEY)" },
      { sql: "INSERT INTO notes VALUES ('two')" },
    ]);
    const found = await clientOf(app).diff({ left: before });
    expect(found).toMatchObject({
      schema: [
        { table: "posts", difference: "only the second has the column likes" },
        { table: "more", difference: "only the second has this table" },
      ],
      notCompared: [{ table: "notes", why: "it has no primary key", left: 1, right: null }],
    });
    expect(found.tables.find(({ table }) => table === "posts")).toMatchObject(POSTS);
  });

  test("what the app never exports is not compared", async () => {
    const { app, before } = await edited({ policy: { neverExport: ["tags"] } });
    const { tables } = await clientOf(app).diff({ left: before });
    expect(tables.map(({ table }) => table)).toEqual(["posts"]);
    const named = await app.call("POST", "r2-sync", { operation: "diff", left: before, tables: ["Tags"] });
    expect(named).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  });
});

describe("What cannot be compared is refused", () => {
  test.each<[string, object, number, string]>([
    ["nothing", {}, 400, "INVALID_REQUEST"],
    ["what is no key", { left: "../x" }, 400, "INVALID_KEY"],
    ["a key of nothing", { left: "export-1700000000000-k3v9x0a7b2qd" }, 404, "NOT_FOUND"],
    ["an unknown table", { tables: ["nothing"] }, 422, "UNKNOWN_TABLE"],
    ["too many samples", { samples: 101 }, 400, "INVALID_REQUEST"],
    ["a cursor that is none", { cursor: "x" }, 400, "INVALID_REQUEST"],
    [
      "another cursor that is none",
      { cursor: btoa('{"table":"posts","after":[{"$int":"x"}]}') },
      400,
      "INVALID_REQUEST",
    ],
  ])("%s", async (_, sent, status, code) => {
    const { app, before } = await edited();
    const left = "cursor" in sent || "tables" in sent || "samples" in sent ? { left: before } : {};
    const answer = await app.call("POST", "r2-sync", { operation: "diff", ...left, ...sent });
    expect(answer).toMatchObject({ status, body: { code, hint: expect.any(String) } });
  });

  test("a document without frames, and rows that were kept for an undo", async () => {
    const { app } = await edited();
    const client = clientOf(app);
    const { syncKey } = await client.upload({ data: { posts: [{ id: 1, title: "x", body: "y" }] } });
    await expect(client.diff({ left: syncKey })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    const { undo } = await client.sync({ syncKey });
    await expect(client.diff({ left: undo as string })).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
