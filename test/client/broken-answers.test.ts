import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bytesSource } from "../../src/archive/source.ts";
import { createClient } from "../../src/client/client.ts";
import { uploadObject } from "../../src/client/upload-object.ts";
import { workDirectory } from "../support/cli.ts";
import {
  type Answered,
  type MeddlingProxy,
  startMeddlingProxy,
  withJson,
} from "../support/meddling-proxy.ts";
import { makeSample } from "../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../support/server.ts";

/* What stands in front of an app answers in its place, or changes what it answers. */

const MiB = 1024 * 1024;
let app: AppServer;
let proxy: MeddlingProxy;

beforeEach(async () => {
  const cwd = await workDirectory();
  await mkdir(join(cwd, "bucket"));
  makeSample(join(cwd, "app.sqlite"), { authors: 2, posts: 2 });
  app = await startAppServer({ database: join(cwd, "app.sqlite"), bucket: join(cwd, "bucket") });
  proxy = await startMeddlingProxy(app.url);
});
afterEach(async () => {
  await proxy.close();
  await app.close();
});

const client = (retries = 0) =>
  createClient({ baseUrl: proxy.url, token: TOKEN, retry: { retries, minDelay: 1, maxDelay: 1 } });
const document = (id: number) => ({ version: id, data: { authors: [{ id, name: `author number ${id}` }] } });

describe("an answer to another call", () => {
  /** From now on each call of these operations is answered as the last of them was. */
  function answerAsBefore(): void {
    const before = new Map<string, Answered>();
    proxy.meddle(async ({ operation }, forward) => {
      const answered = before.get(operation) ?? (await forward());
      before.set(operation, answered);
      return answered;
    });
  }

  test("is no answer: a status, a plan, an end, rows, a drop, an upload", async () => {
    const [one, other] = await Promise.all([client().upload(document(8)), client().upload(document(9))]);
    answerAsBefore();
    const uses = client();
    const planned = await uses.sync({ syncKey: one.syncKey, dryRun: true });
    await uses.status(one.syncKey);
    await uses.rows({ syncKey: one.syncKey });
    const about = expect.stringContaining(
      `answered about ${one.syncKey}, and was asked about ${other.syncKey}`,
    );
    const refused = { code: "UNREACHABLE", message: about, hint: expect.stringContaining("cache") };
    await expect(uses.sync({ syncKey: other.syncKey, dryRun: true })).rejects.toMatchObject(refused);
    await expect(uses.status(other.syncKey)).rejects.toMatchObject(refused);
    await expect(uses.rows({ syncKey: other.syncKey })).rejects.toMatchObject(refused);
    // The plan is not the end.
    const apply = { syncKey: one.syncKey, plan: planned.plan?.hash ?? "", expectDeletes: 0 };
    await expect(uses.sync(apply)).rejects.toMatchObject({ code: "UNREACHABLE" });
    await uses.drop(one.syncKey);
    await expect(uses.drop(other.syncKey)).rejects.toMatchObject(refused);
    await uses.startUpload();
    await expect(uses.startUpload()).rejects.toMatchObject({ code: "UNREACHABLE" });
    await uses.export();
    await expect(uses.export()).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  test("is asked for again where that does no harm", async () => {
    const [one, other] = await Promise.all([client().upload(document(8)), client().upload(document(9))]);
    const old = { status: 0, headers: {}, body: Buffer.from("") } as Answered;
    proxy.meddle(async (_, forward) => Object.assign(old, await forward()));
    await client().status(one.syncKey);
    proxy.meddle(async ({ n }, forward) => (n === 0 ? old : forward()));
    expect(await client(1).status(other.syncKey)).toMatchObject({ syncKey: other.syncKey });
  });
});

describe("JSON that is cut short, though its answer came to an end", () => {
  test("is asked for again, and told as what it is", async () => {
    const { syncKey } = await client().upload(document(8));
    const cut = (answered: Answered): Answered => {
      const { "content-length": _, ...headers } = answered.headers;
      return { ...answered, headers, body: answered.body.subarray(0, 50) };
    };
    proxy.meddle(async (_, forward) => cut(await forward()));
    await expect(client().status(syncKey)).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("JSON that is cut short"),
    });
    proxy.meddle(async ({ n }, forward) => (n === 0 ? cut(await forward()) : forward()));
    expect(await client(1).status(syncKey)).toMatchObject({ syncKey });
  });
});

describe("a limit on request bodies in front of the app", () => {
  const bytes = new Uint8Array(23 * MiB).map((_, i) => i % 251);
  const tooLarge: Answered = {
    status: 413,
    headers: { "content-type": "text/html" },
    body: Buffer.from("too large"),
  };
  const limitTo = (limit: number) =>
    proxy.meddle(async ({ body }, forward) => (body.length > limit ? tooLarge : forward()));

  test("has the upload begin anew with smaller parts, and only one is left of it", async () => {
    limitTo(8 * MiB);
    const uploaded = await uploadObject(client(), bytesSource(bytes), { chunkSize: 20 * MiB });
    expect(uploaded).toMatchObject({ bytes: bytes.length, parts: 5 });
    expect(proxy.passed.filter((one) => one === "start")).toHaveLength(3);
    expect(proxy.passed.filter((one) => one === "abort")).toHaveLength(2);
    const { objects } = await client().list();
    expect(objects.map(({ key, bytes: size }) => [key, size])).toEqual([[uploaded.key, bytes.length]]);
  });

  test("below what a bucket takes is told with what to do", async () => {
    limitTo(MiB);
    await expect(uploadObject(client(), bytesSource(bytes))).rejects.toMatchObject({
      code: "CONTENT_TOO_LARGE",
      hint: expect.stringContaining("no parts below 5 MiB"),
    });
  });
});

describe("a download through a proxy", () => {
  const read = async (stream: ReadableStream<Uint8Array>) =>
    Buffer.from(await new Response(stream).arrayBuffer());
  const header = (answered: Answered, change: Record<string, string | null>): Answered => ({
    ...answered,
    headers: Object.fromEntries(
      Object.entries({ ...answered.headers, ...change }).filter(
        (pair): pair is [string, string] => pair[1] !== null,
      ),
    ),
  });

  test("that knows no ranges goes on from where it was", async () => {
    const { exportKey, bytes: size } = await client().export();
    const { stream, etag } = await client().downloadArchive(exportKey);
    const whole = await read(stream);
    expect(whole).toHaveLength(size);
    proxy.meddle(async ({ headers: { range: _, ...headers } }, forward) => forward({ headers }));
    const rest = await client().downloadArchive(exportKey, { offset: 100, etag: etag ?? "" });
    expect(await read(rest.stream)).toEqual(whole.subarray(100));
    const again = await client().downloadArchive(exportKey, { pieceBytes: 64 });
    expect(await read(again.stream)).toEqual(whole);
  });

  test.each([
    { name: "without its range", change: { "content-range": null } },
    { name: "of another range", change: { "content-range": "bytes 0-49/1000" } },
    { name: "of a range that is none", change: { "content-range": "bytes 50-1/7" } },
  ])("that answers a part $name is refused", async ({ change }) => {
    const { exportKey } = await client().export();
    const { etag } = await client().downloadArchive(exportKey);
    proxy.meddle(async (_, forward) => header(await forward(), change));
    const asked = client().downloadArchive(exportKey, { offset: 100, etag: etag ?? "" });
    await expect(asked).rejects.toMatchObject({ code: "BUCKET_ERROR" });
  });

  test("that sends fewer bytes than it says ends in an error", async () => {
    const { exportKey } = await client().export();
    proxy.meddle(async (_, forward) => {
      const answered = await forward();
      return { ...header(answered, { "content-length": null }), body: answered.body.subarray(0, 100) };
    });
    const { stream } = await client().downloadArchive(exportKey);
    await expect(read(stream)).rejects.toMatchObject({ code: "UNREACHABLE" });
  });
});

test("an answer of the app's that has only been passed on is taken", async () => {
  proxy.meddle(async (_, forward) => {
    const answered = await forward();
    return withJson(answered, JSON.parse(answered.body.toString()));
  });
  expect(await client().runs()).toMatchObject({ runs: [] });
});
