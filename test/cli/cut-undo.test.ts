import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { leftIn, runCli, workDirectory } from "../support/cli.ts";
import { type MeddlingProxy, startMeddlingProxy } from "../support/meddling-proxy.ts";
import { makeSample, querySql, runSql } from "../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../support/server.ts";

/* An undo that names no run, whose answer is lost. */

let cwd: string;
let prod: AppServer;
let proxy: MeddlingProxy;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd, impatient: true });
const body = () => querySql(at("prod.sqlite"), "SELECT body FROM posts WHERE id = 3")[0]?.body;

async function push(text: string): Promise<void> {
  runSql(at("local.sqlite"), `UPDATE posts SET body = '${text}' WHERE id = 3`);
  const pushed = await run("push", "--from", "local.sqlite", "--yes");
  expect(pushed.code, pushed.stderr.slice(0, 2000)).toBe(0);
}

beforeEach(async () => {
  cwd = await workDirectory();
  await mkdir(at("bucket"));
  makeSample(at("local.sqlite"), { authors: 5, posts: 5 });
  makeSample(at("prod.sqlite"), { authors: 5, posts: 5 });
  prod = await startAppServer({ database: at("prod.sqlite"), bucket: at("bucket") });
  proxy = await startMeddlingProxy(prod.url);
  await writeFile(at(".env"), `PROD_API=${proxy.url}\nFERRY_TOKEN=${TOKEN}\n`);
  await push("first");
  await push("second");
});
afterEach(async () => {
  await proxy.close();
  await prod.close();
});

describe.each(["before", "after"])("cut off %s the undo was done, it names the run", (when) => {
  let said: string;
  beforeEach(async () => {
    let isCut = false;
    proxy.meddle(async ({ operation }, forward) => {
      if (isCut) return "cut";
      isCut = when === "before" && operation === "sync";
      const answered = isCut ? ("cut" as const) : await forward();
      isCut ||= body() === "first";
      return isCut ? "cut" : answered;
    });
    const cut = await run("undo", "--yes", "--confirm-delete", "0");
    expect(cut.code, cut.stderr.slice(0, 2000)).toBe(1);
    expect(body()).toBe(when === "after" ? "first" : "second");
    proxy.rest();
    said = cut.stderr.trimEnd().split("\n").at(-1) ?? "";
  });

  test("and what is printed goes on with it, and with no other", async () => {
    expect(said).toMatch(/^d1-ferry undo sync-\S+ --yes --confirm-delete 0$/);
    for (const _ of ["goes on", "has been done"]) {
      await run(...said.split(" ").slice(1));
      expect(body()).toBe("first");
    }
  });

  test("and the same words go on with it, too; then they mean the run before", async () => {
    const again = await run("undo", "--yes", "--confirm-delete", "0");
    expect(again.code, again.stderr.slice(0, 2000)).toBe(0);
    expect(body()).toBe("first");
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
    const before = await run("undo", "--yes", "--confirm-delete", "0");
    expect(before.code, before.stderr.slice(0, 2000)).toBe(0);
    expect(body()).toMatch(/^post 3/);
  });

  test("and a run that was completed since is the newest", async () => {
    await push("third");
    const again = await run("undo", "--yes", "--confirm-delete", "0");
    expect(again.code, again.stderr.slice(0, 2000)).toBe(0);
    expect(body()).toBe(when === "after" ? "first" : "second");
  });
});
