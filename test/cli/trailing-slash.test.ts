import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli, workDirectory } from "../support/cli.ts";
import { type MeddlingProxy, startMeddlingProxy } from "../support/meddling-proxy.ts";
import { makeSample, querySql, runSql } from "../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../support/server.ts";

let cwd: string;
let prod: AppServer;
let proxy: MeddlingProxy;
const at = (name: string) => join(cwd, name);

beforeEach(async () => {
  cwd = await workDirectory();
  await mkdir(at("bucket"));
  makeSample(at("local.sqlite"), { authors: 5, posts: 5 });
  makeSample(at("prod.sqlite"), { empty: true });
  prod = await startAppServer({ database: at("prod.sqlite"), bucket: at("bucket") });
  proxy = await startMeddlingProxy(prod.url);
  await writeFile(at(".env"), `PROD_API=${proxy.url}\nFERRY_TOKEN=${TOKEN}\n`);
});
afterEach(async () => {
  await proxy.close();
  await prod.close();
});

async function done(...args: string[]) {
  const ran = await runCli(args, { cwd });
  expect(ran.code, ran.stderr.slice(0, 2000)).toBe(0);
  return ran;
}

test.each([
  { name: "redirects", status: 308 },
  { name: "knows nothing", status: 404 },
])("an app that $name without a slash is driven by every command", async ({ status }) => {
  proxy.meddle(async ({ url }, forward) => {
    const { pathname, search } = new URL(url, proxy.url);
    if (pathname.endsWith("/")) return forward();
    const location = { location: `${pathname}/${search}` };
    return { status, headers: { "content-type": "text/html", ...location }, body: Buffer.from("Not found") };
  });
  const posts = () => querySql(at("prod.sqlite"), "SELECT count(*) AS n FROM posts")[0]?.n;
  await done("push", "--from", "local.sqlite", "--yes");
  expect(posts()).toBe(5);
  await done("verify", "local.sqlite", proxy.url);
  runSql(at("local.sqlite"), "UPDATE posts SET body = 'ours' WHERE id = 3");
  await done("push", "--from", "local.sqlite", "--yes");
  await done("undo", "--yes", "--confirm-delete", "0");
  await done("pull", "--to", "copy.sqlite", "--create", "--yes");
  await done("verify", "copy.sqlite", proxy.url);
  await done("export", proxy.url, "-o", "all.ferry");
  await done("history");
  await done("list");
  const doctor = await runCli(["doctor", "local.sqlite", proxy.url], { cwd });
  expect(doctor.stderr.slice(0, 2000)).not.toMatch(/redirect|not d1-ferry/i);
  expect(doctor.code, doctor.stderr.slice(0, 2000)).toBe(0);
});
