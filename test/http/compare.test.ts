import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { PACKED_TYPE } from "../../src/api/paths.ts";
import { packText } from "../../src/archive/packed-text.ts";
import { createClient } from "../../src/client/client.ts";
import { comparedApp } from "../../src/client/compared-app.ts";
import { type ComparedPlace, comparePlaces, databasePlace, type Question } from "../../src/diff/index.ts";
import type { Platform } from "../../src/operations/platforms.ts";
import { memoryDatabase } from "../support/node-engine.ts";
import { type App, BEARER, ORIGIN, TOKEN } from "./app.ts";
import { createNodeApp } from "./node-app.ts";

const SCHEMA = `CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, body TEXT);
  CREATE TABLE ledger (id INTEGER PRIMARY KEY, word TEXT);`;

const filled = (word: string) => `${SCHEMA}
  WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
  INSERT INTO posts SELECT i, iif(i % 500 = 3, '${word}', 'title'), printf('%.*c', 200, 'x') || i FROM n;
  INSERT INTO ledger VALUES (1, '${word}');`;

function clientOf(app: App) {
  return createClient({
    baseUrl: ORIGIN,
    token: TOKEN,
    fetch: (input, init) => app.fetch(new URL(String(input)).pathname + new URL(String(input)).search, init),
  });
}

describe("Rows are compared through the routes", () => {
  test.each<Platform>(["webflow-cloud", "workers-free"])("within the calls of %s", async (platform) => {
    const app = createNodeApp({ platform, schema: filled("there") });
    const client = clientOf(app);
    const usage: number[] = [];
    const counted: typeof client.compare = async (...asked) => {
      const answer = await client.compare(...asked);
      usage.push(answer.usage.statements);
      return answer;
    };
    const here = databasePlace(memoryDatabase(filled("here")));
    const { tables } = await comparePlaces(here, comparedApp({ compare: counted }));
    expect(tables).toMatchObject([
      { table: "posts", left: 4000, right: 4000, changed: 8, cells: 8, added: 0, deleted: 0 },
      { table: "ledger", changed: 1 },
    ]);
    expect(Math.max(...usage)).toBeLessThanOrEqual(platform === "workers-free" ? 50 : 1000);
    // And the other way round.
    const { tables: back } = await comparePlaces(comparedApp({ compare: counted }), here);
    expect(back).toMatchObject([{ changed: 8 }, { changed: 1 }]);
  });

  test("and described in the same call, where that is asked for", async () => {
    const app = createNodeApp({ schema: filled("there") });
    const calls: object[] = [];
    const client = clientOf(app);
    const compare: typeof client.compare = (...asked) => {
      calls.push(asked[0] ?? {});
      return client.compare(...asked);
    };
    const question = { ask: "hash", table: "ledger", key: ["id"], after: null, ends: [null] } as const;
    const both = (place: ComparedPlace, columns: string[]) =>
      place.describeAndAsk?.(
        { schemas: true },
        [{ ...question, key: ["id"], ends: [null], columns }],
        "salt",
      );
    const place = comparedApp({ compare });
    const told = await both(place, ["id", "word"]);
    expect(calls).toHaveLength(1);
    expect(told?.description).toEqual(await place.describe({ schemas: true }));
    expect(told?.description.tables.map(({ schema }) => schema?.name)).toEqual(["posts", "ledger"]);
    expect(told?.answers).toEqual([{ hashes: [expect.any(String)], rows: 1 }]);
    // A column that went meanwhile, and an app that answers the questions alone.
    await expect(both(place, ["id", "gone"])).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    const older = comparedApp({
      async compare({ describes, ...asked } = {}, options) {
        return client.compare(asked, options);
      },
    });
    expect(await both(older, ["id", "word"])).toEqual(told);
  });

  test.each([
    { ends: [null] },
    { marks: [] },
    { ranges: [] },
    [
      { hashes: [null], rows: 1 },
      { hashes: [], rows: 0 },
    ],
  ])("and takes no answer to other questions, as from a cache: %j", async (other) => {
    const answered = { answers: [other].flat() } as Awaited<
      ReturnType<ReturnType<typeof clientOf>["compare"]>
    >;
    const place = comparedApp({ compare: async () => answered });
    const asked: Question = {
      ask: "hash",
      table: "ledger",
      key: ["id"],
      columns: ["id"],
      after: null,
      ends: [null],
    };
    await expect(place.ask([asked], "salt")).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  test("a table that the app never exports is neither described nor asked about", async () => {
    const app = createNodeApp({ policy: { neverExport: ["ledger"] }, schema: filled("there") });
    const { description } = await clientOf(app).compare({});
    expect(description?.tables.map(({ name }) => name)).toEqual(["posts"]);
    const question = {
      ask: "rows",
      table: "Ledger",
      key: ["id"],
      columns: ["id", "word"],
      ranges: [[null, null, null]],
      width: 8,
    } as const;
    const asked = await app.call("POST", "r2-sync", { operation: "compare", questions: [question] });
    expect(asked).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  });

  test.each([
    ["a table that is not there", { table: "nothing" }, "UNKNOWN_TABLE"],
    ["a column that is not there", { columns: ["id", "nothing"] }, "INVALID_REQUEST"],
    ["another key", { key: ["title"] }, "INVALID_REQUEST"],
    ["what is d1-ferry's own", { table: "_ferry_runs" }, "UNKNOWN_TABLE"],
    ["columns of another schema", { columns: 7 }, "INVALID_REQUEST"],
    ["a cell that is none", { after: [{ $int: "1; DROP TABLE posts" }] }, "INVALID_REQUEST"],
    ["a key with another number of cells", { after: [1, 2] }, "INVALID_REQUEST"],
  ])("a question about %s is refused", async (_, change, code) => {
    const app = createNodeApp({ schema: filled("there") });
    const columns = ["id", "title", "body"];
    const whole = { ask: "cut", table: "posts", key: ["id"], columns, after: null, leafBytes: 16_000 };
    const answer = await app.call("POST", "r2-sync", {
      operation: "compare",
      questions: [{ ...whole, ...change }],
    });
    expect(answer.body).toMatchObject({ code });
    expect(answer.status).toBeLessThan(500);
  });

  test("a table whose keys are longer than a request may be is not compared, which is said", async () => {
    const schema = "CREATE TABLE t (k TEXT PRIMARY KEY NOT NULL, v); INSERT INTO t VALUES ('a', 1);";
    // Fewer characters than a question may have, and more bytes.
    const long = memoryDatabase(schema);
    const keys = long.sqlite.prepare("INSERT INTO t VALUES (?, ?)");
    for (let i = 0; i < 20; i++) keys.run("😀".repeat(17_500) + i, i);
    const found = await comparePlaces(databasePlace(long), comparedApp(clientOf(createNodeApp({ schema }))));
    expect(found).toMatchObject({ tables: [], notCompared: [{ table: "t", why: "its keys are too long" }] });
  });

  test("questions and answers travel packed", async () => {
    const types: (string | null)[] = [];
    const app = createNodeApp({ schema: filled("there") });
    const watched: App = {
      ...app,
      async fetch(path, init) {
        const response = await app.fetch(path, init);
        types.push(new Headers(init?.headers).get("content-type"), response.headers.get("content-type"));
        return response;
      },
    };
    const here = databasePlace(memoryDatabase(filled("here")));
    const { tables } = await comparePlaces(here, comparedApp(clientOf(watched)));
    expect(tables).toMatchObject([{ changed: 8 }, { changed: 1 }]);
    // An app is first asked what it takes.
    expect(types[0]).toBe("application/json");
    expect(new Set(types.slice(1))).toEqual(new Set([PACKED_TYPE]));
  });

  test("an app that packs nothing is asked and understood as well", async () => {
    const app = createNodeApp({ schema: filled("there") });
    const types = new Set<string | null>();
    const plain: App = {
      ...app,
      async fetch(path, init) {
        const headers = new Headers(init?.headers);
        types.add(headers.get("content-type"));
        headers.set("accept", "application/json");
        const response = await app.fetch(path, { ...init, headers });
        const body = (await response.json()) as { description?: { packs?: true } };
        delete body.description?.packs;
        return Response.json(body, { status: response.status });
      },
    };
    const here = databasePlace(memoryDatabase(filled("here")));
    const { tables } = await comparePlaces(here, comparedApp(clientOf(plain)));
    expect(tables).toMatchObject([{ changed: 8 }, { changed: 1 }]);
    expect(types).toEqual(new Set(["application/json"]));
  });

  test.each<[string, () => Promise<BodyInit>, string, number]>([
    [
      "more than a command may have",
      () => packText(JSON.stringify({ x: "x".repeat(70_000) })),
      "CONTENT_TOO_LARGE",
      413,
    ],
    ["256 MB of nothing", async () => bomb(), "CONTENT_TOO_LARGE", 413],
    ["what is no gzip", async () => '{"operation":"compare"}', "INVALID_REQUEST", 400],
    [
      "a gzip that breaks off",
      async () => (await packText('{"operation":"compare"}')).slice(0, 20),
      "INVALID_REQUEST",
      400,
    ],
    ["what is no JSON", () => packText("nothing"), "INVALID_JSON", 400],
    ["another operation", () => packText('{"operation":"prune"}'), "UNKNOWN_OPERATION", 400],
    ["a document", () => packText('{"data":{"posts":[]}}'), "UNKNOWN_OPERATION", 400],
  ])("a packed body with %s is refused", async (_, body, code, status) => {
    const app = createNodeApp({ schema: filled("there") });
    const headers = { ...BEARER, "content-type": PACKED_TYPE };
    const response = await app.fetch(PATH, { method: "POST", headers, body: await body() });
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status,
      body: { code },
    });
    expect((await app.bucket.list({ prefix: "" })).objects).toEqual([]);
  });

  test("of somebody who may not read, no packed body is looked at", async () => {
    const app = createNodeApp({ policy: { operations: ["export"] }, schema: filled("there") });
    const headers = { ...BEARER, "content-type": PACKED_TYPE };
    const refused = await app.fetch(PATH, { method: "POST", headers, body: bomb() });
    expect(await refused.json()).toMatchObject({
      code: "FORBIDDEN",
      error: expect.stringContaining("compare"),
    });
  });

  test("an answer that unpacks to more than any has ends the comparison", async () => {
    const client = createClient({
      baseUrl: ORIGIN,
      token: TOKEN,
      fetch: async () => new Response(bomb(), { headers: { "content-type": PACKED_TYPE } }),
    });
    await expect(client.compare({})).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("8 MiB"),
    });
  });

  test("and nothing is written but who was told rows", async () => {
    const app = createNodeApp({ schema: filled("there") });
    const client = clientOf(app);
    const objects = () => app.database.query({ sql: "SELECT name FROM sqlite_schema ORDER BY name" });
    const before = await objects();
    await comparePlaces(databasePlace(memoryDatabase(filled("there"))), comparedApp(client));
    expect((await app.bucket.list({ prefix: "" })).objects).toEqual([]);
    await comparePlaces(databasePlace(memoryDatabase(filled("here"))), comparedApp(client));
    expect(await objects()).toEqual(before);
    const { entries } = await client.log();
    expect(entries.every(({ did }) => did === "compare")).toBe(true);
    const told = entries.reduce((sum, { counts }) => sum + (counts?.rows ?? 0), 0);
    // Nine rows differ, and few others are told beside them.
    expect(told).toBeGreaterThanOrEqual(9);
    expect(told).toBeLessThan(30);
  });
});

const PATH = "/api/admin/r2-sync";

/** A quarter of a megabyte that unpacks to a thousand times that. */
function bomb(): Uint8Array<ArrayBuffer> {
  const member = gzipSync(new Uint8Array(64 * 1024 * 1024));
  return Uint8Array.from(Buffer.concat(Array.from({ length: 4 }, () => member)));
}
