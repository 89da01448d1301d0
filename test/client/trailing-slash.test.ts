import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClient } from "../../src/client/client.ts";
import { workDirectory } from "../support/cli.ts";
import { type Answered, type MeddlingProxy, startMeddlingProxy } from "../support/meddling-proxy.ts";
import { makeSample } from "../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../support/server.ts";

/* What frameworks do with a path that is to end in a slash and does not. */

let app: AppServer;
let proxy: MeddlingProxy;
/** Each request that arrived, and whether it carried the token. */
let seen: string[];

beforeEach(async () => {
  const cwd = await workDirectory();
  await mkdir(join(cwd, "bucket"));
  makeSample(join(cwd, "app.sqlite"), { authors: 2, posts: 2 });
  app = await startAppServer({ database: join(cwd, "app.sqlite"), bucket: join(cwd, "bucket") });
  proxy = await startMeddlingProxy(app.url);
  seen = [];
});
afterEach(async () => {
  await proxy.close();
  await app.close();
});

/** Without a slash the framework answers like this. */
function answerWithoutSlash(answer: (path: string, search: string) => Answered): void {
  proxy.meddle(async ({ method, url }, forward) => {
    const { pathname, search } = new URL(url, proxy.url);
    seen.push(`${method} ${pathname}`);
    return pathname.endsWith("/") ? forward() : answer(pathname, search);
  });
}

const page = (status: number, headers: Record<string, string> = {}): Answered => ({
  status,
  headers: { "content-type": "text/html", ...headers },
  body: Buffer.from("<h1>Nothing here</h1>"),
});
const to = (location: string, status = 308) => page(status, { location });
const client = () =>
  createClient({ baseUrl: proxy.url, token: TOKEN, retry: { retries: 0, minDelay: 1, maxDelay: 1 } });

describe("an app whose paths end in a slash", () => {
  test.each([
    { name: "redirects by 301", answer: (path: string, search: string) => to(`${path}/${search}`, 301) },
    { name: "redirects by 302, a page", answer: (path: string) => to(`${path}/`, 302) },
    { name: "redirects by 308", answer: (path: string, search: string) => to(`${path}/${search}`) },
    {
      name: "takes itself for http",
      answer: (path: string) => to(`http://127.0.0.1:80${path}/`, 307),
    },
    { name: "answers 404", answer: () => page(404) },
    {
      name: "answers 404 as JSON",
      answer: (): Answered => ({
        status: 404,
        headers: { "content-type": "application/json" },
        body: Buffer.from('{"statusCode":404,"error":"Not found"}'),
      }),
    },
  ])("$name: calls keep their method and body, and it is asked once", async ({ answer }) => {
    answerWithoutSlash(answer);
    const one = client();
    const { syncKey } = await one.upload({ version: 1, data: { authors: [{ id: 9, name: "nine" }] } });
    const planned = await one.sync({ syncKey, dryRun: true });
    expect(planned.plan?.tables.authors).toMatchObject({ inserted: 1 });
    await one.status(syncKey);
    // Documents go to the address of uploads, which is the same here.
    expect(seen.filter((one) => !one.endsWith("/"))).toHaveLength(1);
    expect(seen.filter((one) => one.startsWith("POST"))).toHaveLength(3);
    const started = await one.startUpload({ chunkSize: 5 * 1024 * 1024 });
    const { key, uploadId } = started;
    const body = new Uint8Array(10);
    expect(await one.sendPart({ key, uploadId, partNumber: 1, body })).toMatchObject({ size: 10 });
    const exported = await one.export();
    const { stream, size } = await one.downloadArchive(exported.exportKey);
    const bytes = await new Response(stream).arrayBuffer();
    expect(bytes.byteLength).toBe(size);
  });

  test("one that knows no such run is not asked again with a slash", async () => {
    proxy.meddle(async ({ method, url }, forward) => {
      seen.push(`${method} ${new URL(url, proxy.url).pathname}`);
      return forward();
    });
    await expect(client().status("sync-1700000000000-k3v9x0a7b2qd")).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect(seen).toHaveLength(1);
  });

  test("an address without d1-ferry is told as that", async () => {
    proxy.meddle(async () => page(404));
    await expect(client().health()).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("There is no d1-ferry"),
    });
  });

  test.each([
    { name: "another origin", location: "https://elsewhere.example/api/admin/r2-sync/" },
    { name: "a login", location: "/login" },
    { name: "another path with a slash", location: "/en/api/admin/r2-sync/" },
    { name: "nowhere", location: "http://[" },
  ])("a redirect to $name is not followed", async ({ location }) => {
    answerWithoutSlash(() => to(location));
    await expect(client().health()).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("redirects to"),
    });
    expect(seen).toHaveLength(1);
  });

  test("a redirect that goes on for ever ends", async () => {
    proxy.meddle(async ({ url }) => to(`${new URL(url, proxy.url).pathname}/`));
    await expect(client().health()).rejects.toMatchObject({ code: "UNREACHABLE" });
    expect(proxy.passed).toHaveLength(2);
  });
});
