import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ClientOptions, createClient, type FerryClient } from "../../src/client/index.ts";
import { FerryError } from "../../src/errors.ts";
import { exportAnswer, statusAnswer, syncAnswer } from "../support/answers.ts";
import { type FakeApp, startFakeApp } from "./fake-app.ts";

const TOKEN = "a-token-that-must-never-show-up-anywhere-0123456789";
const FAST = { retries: 3, minDelay: 1, maxDelay: 5, lockWait: 300 };

let app: FakeApp;
beforeEach(async () => {
  app = await startFakeApp({ base: "/app" });
});
afterEach(() => app.close());

function clientOf(options: Partial<ClientOptions> = {}): FerryClient {
  return createClient({ baseUrl: app.url, token: TOKEN, retry: FAST, ...options });
}

const any = () => true;

describe("A client's requests", () => {
  it("go below the app's base path, with or without a trailing slash, carrying token and cookie", async () => {
    for (const baseUrl of [app.url, `${app.url}/`, `${app.url}/?x=1#y`]) {
      await clientOf({ baseUrl, cookie: "pulse_session=abc" }).history();
    }
    for (const { path, query, headers } of app.seen) {
      expect(path).toBe("/app/api/admin/r2-sync");
      expect(query.get("operation")).toBe("history");
      expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
      expect(headers.cookie).toBe("pulse_session=abc");
    }
    expect(app.seen).toHaveLength(3);
  });

  it("send documents to the upload address and all else to the base address", async () => {
    const second = await startFakeApp();
    try {
      const client = clientOf({ uploadUrl: second.url });
      const { key, uploadId } = await client.startUpload({ chunkSize: 5 });
      await client.sendPart({ key, uploadId, partNumber: 1, body: new Uint8Array(3) });
      await client.drop(key);
      expect(second.seen.map(({ method }) => method)).toEqual(["POST", "PUT"]);
      expect(second.seen[1]?.headers["content-type"]).toBe("application/octet-stream");
      expect(second.seen[1]?.headers["content-length"]).toBe("3");
      expect(app.seen.map(({ body }) => JSON.parse(body.toString()).operation)).toEqual(["drop"]);
    } finally {
      await second.close();
    }
  });

  it("refuse an address that is no URL, or that holds a password, without repeating it", () => {
    for (const baseUrl of ["nonsense", "ftp://x.dev", "https://ada:s3cret@x.dev"]) {
      expect(() => createClient({ baseUrl })).toThrowError(
        expect.objectContaining({ code: "INVALID_REQUEST", message: expect.not.stringContaining("s3cret") }),
      );
    }
  });
});

describe("A client's errors", () => {
  it("are the app's own: message, code, hint and details", async () => {
    app.next(any, {
      status: 409,
      json: { error: "Already synced", code: "ALREADY_SYNCED", hint: "Use version 4.", details: { next: 4 } },
    });
    await expect(clientOf().sync({ syncKey: "sync-1" })).rejects.toMatchObject({
      name: "FerryError",
      code: "ALREADY_SYNCED",
      message: "Already synced",
      hint: "Use version 4.",
      details: { next: 4 },
    });
    expect(app.seen).toHaveLength(1);
  });

  it("keep the text of a code that this version does not know", async () => {
    app.next(any, { status: 418, json: { error: "Too much tea", code: "TEAPOT" } });
    await expect(clientOf().history()).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: "Too much tea (TEAPOT)",
    });
  });

  const platform: [string, number, string, string, RegExp][] = [
    ["a login page", 200, "<html>Sign in</html>", "UNREACHABLE", /login page/],
    ["an app without d1-ferry", 404, "<html>Not found</html>", "UNREACHABLE", /deployed with d1-ferry/],
    ["the platform's 401", 401, "denied", "AUTHENTICATION_REQUIRED", /token or a session cookie/],
    [
      "the app's origin check",
      403,
      "Cross-site PUT form submissions are forbidden",
      "CROSS_ORIGIN",
      /octet-stream/,
    ],
    ["the platform's size limit", 413, "<html>too large</html>", "CONTENT_TOO_LARGE", /in parts/],
    ["a bad request that is not ours", 400, "bad", "UNREACHABLE", /base path/],
  ];
  for (const [what, status, text, code, hint] of platform) {
    it(`say what to do about ${what}, and do not ask again`, async () => {
      // Where nothing is there, it may be there with a slash behind it.
      const asked = status === 404 ? ["", "/"] : [""];
      for (const _ of asked) app.next(any, { status, text });
      await expect(clientOf().history()).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
      expect(app.seen.map(({ path }) => path)).toEqual(
        asked.map((slash) => `/app/api/admin/r2-sync${slash}`),
      );
    });
  }

  it("name the target of a redirect, which is not followed", async () => {
    app.next(any, { status: 302, text: "", headers: { location: "/login?next=secret" } });
    await expect(clientOf().history()).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringMatching(/redirects to http:\/\/127\.0\.0\.1:\d+\/login$/),
    });
    expect(app.seen).toHaveLength(1);
  });

  it("name the reason when nobody listens", async () => {
    const { url } = app;
    await app.close();
    await expect(clientOf({ baseUrl: url }).history()).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("come when an answer takes longer than the timeout", async () => {
    app.next(any, { hang: true });
    await expect(clientOf({ timeout: 50, retry: { retries: 0 } }).history()).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("in time"),
    });
  });

  it("are the caller's own reason when the caller stops", async () => {
    app.next(any, { hang: true });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await expect(clientOf().history({ signal: stop.signal })).rejects.toThrow("enough");
  });

  it("never hold the token or the cookie", async () => {
    const cookie = "pulse_session=another-secret";
    const replies = [
      { status: 200, text: "<html>" },
      { status: 500, text: "<html>" },
      { status: 302, text: "", headers: { location: "/" } },
      { drop: "before" as const },
    ];
    for (const reply of replies) {
      app.next(any, reply);
      const error = await clientOf({ cookie, retry: { retries: 0 } })
        .history()
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FerryError);
      const told = JSON.stringify(error) + String(error) + (error as Error).stack;
      expect(told).not.toContain(TOKEN);
      expect(told).not.toContain("another-secret");
    }
  });
});

describe("A client's retries", () => {
  const passing: [string, Parameters<FakeApp["next"]>[1]][] = [
    ["a platform's 500", { status: 500, text: "<html>oops</html>" }],
    ["a platform's 503", { status: 503, text: "busy", headers: { "retry-after": "0" } }],
    ["too many requests", { status: 429, text: "slow down", headers: { "retry-after": "0" } }],
    ["a connection that drops before the answer", { drop: "before" }],
    ["a connection that drops within the answer", { drop: "headers" }],
    [
      "a bucket's transient error",
      {
        status: 502,
        json: { error: "R2 is busy", code: "BUCKET_ERROR" },
        headers: { "retry-after": "0" },
      },
    ],
    [
      "a database's transient error",
      {
        status: 503,
        json: { error: "D1 is busy", code: "DATABASE_ERROR" },
        headers: { "retry-after": "0" },
      },
    ],
  ];
  for (const [what, reply] of passing) {
    it(`get past ${what}, twice in a row`, async () => {
      app.next(any, reply);
      app.next(any, reply);
      await expect(clientOf().drop("k")).resolves.toMatchObject({ success: true });
      expect(app.seen).toHaveLength(3);
    });
  }

  it("end after the tries allowed, with the last error", async () => {
    for (let count = 0; count < 4; count++) app.next(any, { status: 500, text: "x" });
    await expect(clientOf().history()).rejects.toMatchObject({
      code: "UNREACHABLE",
      details: { status: 500 },
    });
    expect(app.seen).toHaveLength(4);
  });

  it("are not made for permanent errors of ours, whatever their status", async () => {
    for (const code of ["VERIFICATION_FAILED", "NOT_CONFIGURED", "DATABASE_ERROR", "BUCKET_ERROR"]) {
      app.seen.length = 0;
      app.next(any, { status: 500, json: { error: "no", code } });
      await expect(clientOf().sync({ syncKey: "sync-1" })).rejects.toMatchObject({ code });
      expect(app.seen).toHaveLength(1);
    }
  });

  it("are not made for calls that may not be done twice, unless they were turned away", async () => {
    app.next(any, { drop: "after" });
    await expect(clientOf().upload({ data: {} })).rejects.toMatchObject({ code: "UNREACHABLE" });
    expect(app.seen).toHaveLength(1);
    app.next(any, { status: 429, text: "later", headers: { "retry-after": "0" } });
    await expect(clientOf().upload({ data: {} })).resolves.toMatchObject({ success: true });
    expect(app.seen).toHaveLength(3);
  });

  it("wait as long as Retry-After says", async () => {
    app.next(any, { status: 503, text: "x", headers: { "retry-after": "1" } });
    const began = Date.now();
    await clientOf().history();
    expect(app.seen).toHaveLength(2);
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
  });

  it("wait for another driver of the run, then go on", async () => {
    const locked = { error: "Another driver works on this run", code: "RUN_LOCKED" };
    for (let count = 0; count < 6; count++) {
      app.next(any, { status: 409, json: locked, headers: { "retry-after": "0" } });
    }
    app.syncAnswers = [syncAnswer()];
    await expect(clientOf().sync({ syncKey: "sync-1" })).resolves.toMatchObject({ status: "completed" });
    expect(app.seen).toHaveLength(7);
  });

  it("begin anew when the run has moved, and end when it has not", async () => {
    const busy = { error: "D1 is busy", code: "DATABASE_ERROR" };
    const at = (recordsProcessed: number) => statusAnswer({ progress: { recordsProcessed } });
    const asksStatus = ({ query }: { query: URLSearchParams }) => query.has("syncKey");
    const failing = (times: number) => {
      for (let count = 0; count < times; count++) {
        app.next(({ method }) => method === "POST", {
          status: 503,
          json: busy,
          headers: { "retry-after": "0" },
        });
      }
    };
    // Four tries each; the run has more rows staged after the first eight.
    failing(10);
    for (const rows of [100, 200]) app.next(asksStatus, { status: 200, json: at(rows) });
    app.syncAnswers = [syncAnswer()];
    await expect(clientOf().sync({ syncKey: "sync-1" })).resolves.toMatchObject({ status: "completed" });

    failing(8);
    for (const rows of [300, 300]) app.next(asksStatus, { status: 200, json: at(rows) });
    await expect(clientOf().sync({ syncKey: "sync-1" })).rejects.toMatchObject({ code: "DATABASE_ERROR" });
  });

  it("give up on a lock after the time allowed", async () => {
    const locked = { error: "Another driver works on this run", code: "RUN_LOCKED" };
    for (let count = 0; count < 10; count++) app.next(any, { status: 409, json: locked });
    await expect(clientOf().sync({ syncKey: "sync-1" })).rejects.toMatchObject({ code: "RUN_LOCKED" });
    // It was locked ten times.
    expect(app.seen.length).toBeLessThan(10);
  });
});

describe("A client's long operations", () => {
  it("call sync again with the same body until it is done, and tell of every answer", async () => {
    const progress = (recordsProcessed: number) =>
      syncAnswer({ status: "processing", progress: { recordsProcessed } });
    app.syncAnswers = [progress(10), progress(20), syncAnswer({ results: {} })];
    const told: string[] = [];
    const answer = await clientOf().sync(
      { syncKey: "sync-1", mode: "mirror", expectDeletes: 3 },
      { onProgress: ({ status }) => told.push(status) },
    );
    expect(answer.status).toBe("completed");
    expect(told).toEqual(["processing", "processing", "completed"]);
    for (const { body } of app.seen) {
      expect(JSON.parse(body.toString())).toEqual({
        operation: "sync",
        syncKey: "sync-1",
        mode: "mirror",
        expectDeletes: 3,
      });
    }
  });

  it("go on with an export by the key of its first answer", async () => {
    app.next(any, { status: 202, json: exportAnswer({ exportKey: "export-7", status: "processing" }) });
    app.next(any, {
      status: 202,
      json: exportAnswer({ exportKey: "export-7", status: "processing", bytes: 5 }),
    });
    app.next(any, { status: 200, json: exportAnswer({ exportKey: "export-7" }) });
    await clientOf().export({ newKey: "export-7", version: 3, exclude: ["logs"] });
    const bodies = app.seen.map(({ body }) => JSON.parse(body.toString()));
    expect(bodies.map(({ exportKey }) => exportKey)).toEqual([undefined, "export-7", "export-7"]);
    for (const body of bodies)
      expect(body).toMatchObject({ operation: "export", version: 3, exclude: ["logs"] });
  });
});

describe("A client's downloads", () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  beforeEach(() => {
    app.archive.bytes = bytes;
  });
  const read = async (stream: ReadableStream<Uint8Array>) =>
    Buffer.from(await new Response(stream).arrayBuffer());

  it("stream the plain document", async () => {
    expect((await read(await clientOf().download("k"))).toString()).toBe('{"version":1,"data":{}}');
  });

  it("reopen an archive where its connection broke, and give every byte once", async () => {
    app.archive.breakAt = [100_000, 100_000, 250_000];
    const { size, etag, stream } = await clientOf().downloadArchive("k");
    expect([size, etag]).toEqual([bytes.length, '"one"']);
    expect((await read(stream)).equals(bytes)).toBe(true);
    expect(app.seen.slice(1).every(({ headers }) => headers["if-range"] === '"one"')).toBe(true);
  });

  it("ask for an archive piece by piece, also behind a piece that broke", async () => {
    const { size, stream } = await clientOf().downloadArchive("k", { pieceBytes: 100_000 });
    expect(size).toBe(bytes.length);
    expect((await read(stream)).equals(bytes)).toBe(true);
    const ranges = () => app.seen.map(({ headers }) => headers.range);
    expect(ranges()).toEqual(["bytes=0-99999", "bytes=100000-199999", "bytes=200000-299999"]);

    app.seen.length = 0;
    app.archive.breakAt = [Infinity, 150_000];
    const again = await clientOf().downloadArchive("k", { pieceBytes: 100_000, offset: 10, etag: '"one"' });
    expect((await read(again.stream)).equals(bytes.subarray(10))).toBe(true);
    expect(ranges()).toEqual([
      "bytes=10-100009",
      "bytes=100010-200009",
      "bytes=150000-249999",
      "bytes=250000-349999",
    ]);
    expect(app.seen.every(({ headers }) => headers["if-range"] === '"one"')).toBe(true);
  });

  it.each([null, 'W/"one"'])(
    "ask for all of it where the etag %s cannot tell one object from another",
    async (etag) => {
      app.archive.etag = etag;
      const { size, stream } = await clientOf().downloadArchive("k", { pieceBytes: 100_000 });
      expect(size).toBe(bytes.length);
      expect((await read(stream)).equals(bytes)).toBe(true);
      expect(app.seen.map(({ headers }) => headers.range)).toEqual(["bytes=0-99999", undefined]);
    },
  );

  it("refuse to join pieces of two objects", async () => {
    const { stream } = await clientOf().downloadArchive("k", { pieceBytes: 100_000 });
    app.archive.etag = '"two"';
    await expect(read(stream)).rejects.toMatchObject({ code: "BUCKET_ERROR", details: { offset: 100_000 } });
  });

  it("go on with a file that is there in part", async () => {
    const { size, stream } = await clientOf().downloadArchive("k", { offset: 299_990, etag: '"one"' });
    expect(size).toBe(bytes.length);
    expect((await read(stream)).equals(bytes.subarray(299_990))).toBe(true);
  });

  it("refuse to go on with another object than the one that was begun", async () => {
    app.archive.etag = '"two"';
    await expect(clientOf().downloadArchive("k", { offset: 10, etag: '"one"' })).rejects.toMatchObject({
      code: "BUCKET_ERROR",
      hint: expect.stringContaining("from the start"),
    });
  });

  it("refuse it also when the object is replaced while it is being downloaded", async () => {
    app.archive.breakAt = [50_000];
    const { stream } = await clientOf().downloadArchive("k");
    app.archive.etag = '"two"';
    await expect(read(stream)).rejects.toMatchObject({ code: "BUCKET_ERROR" });
  });

  it("end with an error when no byte comes through any more", async () => {
    app.archive.breakAt = Array.from({ length: 20 }, () => 50_000);
    const { stream } = await clientOf().downloadArchive("k");
    await expect(read(stream)).rejects.toMatchObject({ code: "UNREACHABLE" });
    expect(app.seen.length).toBeLessThanOrEqual(6);
  });
});
