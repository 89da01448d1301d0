import { describe, expect, it } from "vitest";
import { createFerry } from "../../src/http/ferry.ts";
import type { FerryEvent } from "../../src/operations/events.ts";
import { describeToken, newToken } from "../../src/tokens.ts";
import { type App, COOKIE, ORIGIN, TOKEN } from "./app.ts";
import { createNodeApp } from "./node-app.ts";

const SCHEMA =
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO posts VALUES (1, 'kept to myself')";
const DOCUMENT = { version: 1, data: { posts: [{ id: 2, body: "a cell that is nobody's business" }] } };
const MiB = 1024 * 1024;

/** An app, and what it was told. */
function listening(): { app: App; events: FerryEvent[] } {
  const events: FerryEvent[] = [];
  const app = createNodeApp({ schema: SCHEMA, onEvent: (event) => events.push(event) });
  return { app, events };
}

const post = async (app: App, body: object) => (await app.call("POST", "r2-sync", body)).body;

/** One call of each kind; answers the keys it was about. */
async function journey(app: App) {
  const { exportKey } = await post(app, { operation: "export" });
  await app.call("GET", `r2-sync?operation=download&exportKey=${exportKey}`);
  const { syncKey } = await post(app, { operation: "upload", ...DOCUMENT });
  await post(app, { operation: "sync", syncKey, dryRun: true });
  await post(app, { operation: "sync", syncKey });
  await post(app, { operation: "sync", syncKey });
  const undone = await post(app, { operation: "undo", syncKey });
  const upload = (await app.call("POST", "multipart-upload", { action: "start" })).body;
  const at = `key=${upload.key}&uploadId=${encodeURIComponent(upload.uploadId)}&partNumber=1`;
  const part = (await app.call("PUT", `multipart-upload?${at}`, new Uint8Array(MiB))).body;
  const parts = [{ partNumber: 1, etag: part.etag }];
  await app.call("POST", "multipart-upload", { action: "complete", ...upload, parts });
  await post(app, { operation: "drop", syncKey: upload.key });
  await post(app, { operation: "prune", olderThanMs: 0 });
  return { exportKey, syncKey, undoKey: undone.syncKey, uploaded: upload.key };
}

describe("what an app is told", () => {
  it("is each end once, with who, what and how much, as the record has it", async () => {
    const { app, events } = listening();
    const before = Date.now();
    const { exportKey, syncKey, undoKey, uploaded } = await journey(app);
    expect(events.map(({ type, did, key }) => [type, did, key])).toEqual([
      ["exported", "export", exportKey],
      ["read", "download", exportKey],
      ["uploaded", "upload", syncKey],
      ["planned", "sync", syncKey],
      ["applied", "sync", syncKey],
      ["refused", "sync", syncKey],
      ["undone", "undo", undoKey],
      ["uploaded", "complete", uploaded],
      ["dropped", "drop", uploaded],
      ["pruned", "prune", null],
    ]);
    const [exported, , , planned, applied, refused, undone, completed, , pruned] = events;
    expect(exported?.counts).toMatchObject({ tables: 1, rows: 1 });
    expect(planned).toMatchObject({ version: 1, counts: { tables: 1, inserted: 1, deleted: 0 } });
    expect(applied).toMatchObject({
      version: 1,
      mode: "merge",
      verified: true,
      counts: { tables: 1, inserted: 1 },
    });
    expect(refused).toMatchObject({ code: "ALREADY_SYNCED", counts: {} });
    expect(undone).toMatchObject({ verified: true, counts: { deleted: 1 } });
    expect(completed?.counts).toEqual({ bytes: MiB });
    expect(pruned?.counts).toEqual({ pruned: 2 });
    for (const { who, from, at } of events) {
      expect({ who, from }).toEqual({ who: "token:FERRY_TOKEN", from: null });
      expect(at).toBeGreaterThanOrEqual(before);
    }
    const { entries } = (await app.call("GET", "r2-sync?operation=log")).body;
    const recorded = entries.map(({ did, key }: FerryEvent) => [did, key]).reverse();
    expect(events.filter(({ type }) => type !== "planned").map(({ did, key }) => [did, key])).toEqual(
      recorded,
    );
  });

  it("is plain JSON without a cell or a secret", async () => {
    const { app, events } = listening();
    await journey(app);
    await app.fetch("/api/admin/r2-sync", { headers: { ...COOKIE, authorization: `Bearer ${TOKEN}x` } });
    const text = JSON.stringify(events);
    expect(JSON.parse(text)).toEqual(events);
    for (const secret of [TOKEN, "pulse_session", "kept to myself", "nobody's business"]) {
      expect(text).not.toContain(secret);
    }
  });

  it("is who was turned away, as far as anybody knows who it was", async () => {
    const events: FerryEvent[] = [];
    const { database, bucket } = createNodeApp({ schema: SCHEMA });
    const [planner, gone] = [newToken(), newToken()];
    const lines = [
      await describeToken(planner, { name: "ci", may: ["plan"] }),
      await describeToken(gone, { name: "old", may: ["plan"], expires: 1 }),
    ];
    const ferry = createFerry({
      database: () => database,
      bucket: () => bucket,
      tokens: () => ({ FERRY_TOKENS: lines.join("\n") }),
      authorize: ({ headers }) => (headers.has("cookie") ? { name: "ada", may: [] } : null),
      onEvent: (event) => events.push(event),
    });
    const ask = (headers: Record<string, string>, body: object = { operation: "prune" }) =>
      ferry.fetch(
        new Request(`${ORIGIN}/api/admin/r2-sync`, {
          method: "POST",
          headers: { "content-type": "application/json", "cf-connecting-ip": "203.0.113.9", ...headers },
          body: JSON.stringify(body),
        }),
        undefined,
      );
    const statuses = [
      await ask({}),
      await ask({ authorization: `Bearer ${gone}` }),
      await ask({ ...COOKIE, origin: "https://evil.example" }),
      await ask(COOKIE),
      await ask({ authorization: `Bearer ${planner}` }),
      await ask(
        { authorization: `Bearer ${planner}` },
        { operation: "drop", syncKey: "sync-1-aaaaaaaaaaaa", keptRows: true, evil: TOKEN },
      ),
    ].map(({ status }) => status);
    expect(statuses).toEqual([401, 401, 403, 403, 403, 404]);
    const denied = { type: "denied", from: "203.0.113.9", key: null };
    expect(events).toMatchObject([
      { ...denied, who: null, did: "unknown", code: "AUTHENTICATION_REQUIRED" },
      { ...denied, who: null, did: "unknown", code: "AUTHENTICATION_REQUIRED" },
      { ...denied, who: null, did: "unknown", code: "CROSS_ORIGIN" },
      { ...denied, who: "app:ada", did: "prune", code: "FORBIDDEN" },
      { ...denied, who: "token:ci", did: "prune", code: "FORBIDDEN" },
    ]);
  });

  it("says for which request: the handler has the context", async () => {
    const contexts: unknown[] = [];
    const { database, bucket } = createNodeApp();
    const ferry = createFerry<{ tenant: string }>({
      database: () => database,
      bucket: () => bucket,
      onEvent: (_, { tenant }) => contexts.push(tenant),
    });
    await ferry.fetch(new Request(`${ORIGIN}/api/admin/r2-sync`), { tenant: "acme" });
    await ferry.fetch(new Request(`${ORIGIN}/elsewhere`), { tenant: "nobody" });
    expect(contexts).toEqual(["acme"]);
  });
});

describe("a handler that misbehaves", () => {
  it.each<[string, (event: FerryEvent) => unknown]>([
    [
      "throws",
      () => {
        throw new Error("the log is full");
      },
    ],
    ["rejects", () => Promise.reject(new Error("the log is gone"))],
    ["never ends", () => new Promise(() => undefined)],
    [
      "answers what throws when it is waited for",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is what is tested
        get then() {
          throw new Error("no");
        },
      }),
    ],
    ["writes into what it is told", (event) => Object.assign(event.counts, { inserted: 99 })],
  ])("and %s changes no answer and no record", async (_, onEvent) => {
    const quiet = createNodeApp({ schema: SCHEMA });
    const loud = createNodeApp({ schema: SCHEMA, onEvent });
    const told = async (app: App) => {
      await journey(app);
      const { entries } = (await app.call("GET", "r2-sync?operation=log")).body;
      const stranger = await app.fetch("/api/admin/r2-sync", { headers: { authorization: "Bearer nobody" } });
      await app.scheduled();
      const counted = entries.map(
        ({ did, outcome, counts: { bytes: __, ...counts } }: FerryEvent & { outcome: string }) => ({
          did,
          outcome,
          counts,
        }),
      );
      return {
        counted,
        status: stranger.status,
        rows: await app.database.query({ sql: "SELECT * FROM posts" }),
      };
    };
    expect(await told(loud)).toEqual(await told(quiet));
  });
});
