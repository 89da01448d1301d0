import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../../src/database/port.ts";
import { oneOf } from "../support/cases.ts";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { faultyDatabase } from "../support/faulty-database.ts";
import { type MeddlingProxy, startMeddlingProxy } from "../support/meddling-proxy.ts";
import { makeSample, querySql, runSql } from "../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../support/server.ts";

/* A push that sends everything, and whose answer is lost, or whose target is written meanwhile. */

let cwd: string;
let prod: AppServer;
let proxy: MeddlingProxy;
const at = (name: string) => join(cwd, name);
const push = (...args: string[]) =>
  runCli(["push", "--from", "local.sqlite", "--yes", ...args], { cwd, impatient: true });
const there = (sql: string) => runSql(at("prod.sqlite"), sql);
const body = (id: number) => querySql(at("prod.sqlite"), `SELECT body FROM posts WHERE id = ${id}`)[0]?.body;
const rows = () => querySql(at("prod.sqlite"), "SELECT count(*) AS n FROM posts")[0]?.n;

beforeEach(async () => {
  cwd = await workDirectory();
  await mkdir(at("bucket"));
  makeSample(at("local.sqlite"));
  makeSample(at("prod.sqlite"), { empty: true });
  prod = await startAppServer({ database: at("prod.sqlite"), bucket: at("bucket") });
  proxy = await startMeddlingProxy(prod.url);
  await writeFile(at(".env"), `PROD_API=${proxy.url}\nFERRY_TOKEN=${TOKEN}\n`);
});
afterEach(async () => {
  await proxy.close();
  await prod.close();
});

/** The connection breaks for good as soon as the app has rows: the answer of the request that wrote them is lost. */
function cutOnceThereAreRows(): void {
  let isCut = false;
  proxy.meddle(async (_, forward) => {
    if (isCut) return "cut";
    const answered = await forward();
    isCut = Number(rows()) > 0;
    return isCut ? "cut" : answered;
  });
}

/** The connection breaks for good before anything is applied. */
function cutBeforeApplying(): void {
  let isCut = false;
  proxy.meddle(async ({ operation }, forward) => {
    isCut ||= operation === "sync";
    return isCut ? "cut" : forward();
  });
}

const FLAGS = [
  ["--yes"],
  ["--force"],
  ["--full"],
  ["--version", "7"],
  ["--mode", "mirror", "--confirm-delete", "0"],
];

describe.each(oneOf(FLAGS))("a push with %s that was applied and never heard of it", (...flags) => {
  beforeEach(async () => {
    cutOnceThereAreRows();
    const cut = await push(...flags);
    expect(cut.code, cut.stderr.slice(0, 2000)).toBe(1);
    expect(rows()).toBe(500);
    proxy.rest();
    there("UPDATE posts SET body = 'edited' WHERE id = 3; DELETE FROM posts WHERE id = 4");
  });

  test.each([
    { name: "the same again", again: flags },
    { name: "begun anew", again: ["--fresh"] },
    { name: "as any other push", again: [] },
  ])("overwrites no edit of production: $name", async ({ again }) => {
    const { stderr } = await push(...again);
    expect(body(3), stderr.slice(0, 2000)).toBe("edited");
    expect(rows(), stderr.slice(0, 2000)).toBe(499);
    // And it knows what was exchanged.
    runSql(at("local.sqlite"), "UPDATE posts SET body = 'ours' WHERE id IN (3, 5)");
    const conflict = await push("--json");
    expect(conflict.code, conflict.stderr.slice(0, 2000)).toBe(3);
    expect(jsonOf(conflict)).toMatchObject({ code: "EDIT_CONFLICT", details: { conflictRows: 1 } });
    const theirs = await push("--on-edit", "theirs");
    expect(theirs.code, theirs.stderr.slice(0, 2000)).toBe(0);
    expect([body(3), body(5), rows()]).toEqual(["edited", "ours", 499]);
  });
});

const WRITES =
  "INSERT INTO authors (id, name) VALUES (1, 'theirs'); INSERT INTO posts VALUES (3, 1, 'theirs'), (900, 1, 'more')";

const told = async (run: ReturnType<typeof push>) => {
  const stopped = await run;
  expect(stopped.code, stopped.stderr.slice(0, 2000)).toBe(3);
  expect(stopped.stderr).toContain("--on-edit");
  expect([body(3), rows()]).toEqual(["theirs", 2]);
};

describe("a target that had no rows when it was compared, and has some when they are applied", () => {
  beforeEach(async () => {
    let isWritten = false;
    proxy.meddle(async ({ operation }, forward) => {
      if (operation === "sync" && !isWritten) {
        isWritten = true;
        there(WRITES);
      }
      return forward();
    });
    await told(push());
  });

  test("is told so, and --on-edit theirs keeps what was written there", async () => {
    const { code, stderr } = await push("--on-edit", "theirs");
    expect(code, stderr.slice(0, 2000)).toBe(0);
    expect([body(3), body(900), rows()]).toEqual(["theirs", "more", 501]);
  });

  test("is told so, and --on-edit ours writes over it", async () => {
    const { code, stderr } = await push("--on-edit", "ours");
    expect(code, stderr.slice(0, 2000)).toBe(0);
    expect([body(3), body(900), rows()]).toEqual(["post 3: “line one”\nline two", "more", 501]);
  });
});

describe("a push that was cut before it was applied, to an app that has rows since", () => {
  beforeEach(async () => {
    cutBeforeApplying();
    expect((await push()).code).toBe(1);
    expect(rows()).toBe(0);
    proxy.rest();
    there(WRITES);
  });

  test.each(
    oneOf([{ again: [] }, { again: ["--fresh"] }, { again: ["--mode", "mirror", "--confirm-delete", "0"] }]),
  )("is told so: $again", async ({ again }) => {
    await told(push(...again));
    const { code, stderr } = await push("--on-edit", "theirs");
    expect(code, stderr.slice(0, 2000)).toBe(0);
    expect([body(3), body(900), rows()]).toEqual(["theirs", "more", 501]);
  });
});

test("a push that was cut when a part was applied overwrites no edit, and comes to its end", async () => {
  await prod.close();
  let isMortal = true;
  let isDead = false;
  const hasAuthors = () => querySql(at("prod.sqlite"), "SELECT 1 FROM authors LIMIT 1").length > 0;
  const wrap = (database: Database) =>
    faultyDatabase(database, {
      before() {
        isDead = isMortal && hasAuthors();
      },
      fail: () => isDead,
    });
  prod = await startAppServer({ database: at("prod.sqlite"), bucket: at("bucket"), wrap });
  await proxy.close();
  proxy = await startMeddlingProxy(prod.url);
  await writeFile(at(".env"), `PROD_API=${proxy.url}\nFERRY_TOKEN=${TOKEN}\n`);
  proxy.meddle(async (_, forward) => (isDead ? "cut" : forward()));
  const inParts = ["--atomic", "never"];
  expect((await push(...inParts)).code).toBe(1);
  expect([hasAuthors(), rows()]).toEqual([true, 0]);
  [isMortal, isDead] = [false, false];
  proxy.rest();
  const name = () => querySql(at("prod.sqlite"), "SELECT name FROM authors WHERE id = 3")[0]?.name;
  there("UPDATE authors SET name = 'edited' WHERE id = 3; INSERT INTO posts VALUES (3, 1, 'theirs')");
  for (const _ of ["the plan no longer fits", "another plan is made"]) {
    const stopped = await push(...inParts);
    expect(stopped.code, stopped.stderr.slice(-2000)).toBe(3);
    expect([name(), body(3)]).toEqual(["edited", "theirs"]);
  }
  const theirs = await push(...inParts, "--on-edit", "theirs");
  expect(theirs.code, theirs.stderr.slice(-2000)).toBe(0);
  expect([name(), body(3), rows()]).toEqual(["edited", "theirs", 500]);
});

test("a push in parts overwrites nothing that the app writes between them", async () => {
  await prod.close();
  const name = () => querySql(at("prod.sqlite"), "SELECT name FROM authors WHERE id = 3")[0]?.name;
  let isWritten = false;
  const wrap = (database: Database) =>
    faultyDatabase(database, {
      before() {
        if (isWritten || name() === undefined) return;
        isWritten = true;
        there("UPDATE authors SET name = 'edited' WHERE id = 3; INSERT INTO posts VALUES (3, 1, 'theirs')");
      },
    });
  prod = await startAppServer({ database: at("prod.sqlite"), bucket: at("bucket"), wrap });
  await writeFile(at(".env"), `PROD_API=${prod.url}\nFERRY_TOKEN=${TOKEN}\n`);
  const inParts = ["--atomic", "never"];
  const stopped = await push(...inParts);
  expect(stopped.code, stopped.stderr.slice(-2000)).toBe(3);
  expect([isWritten, name(), body(3)]).toEqual([true, "edited", "theirs"]);
  const theirs = await push(...inParts, "--on-edit", "theirs");
  expect(theirs.code, theirs.stderr.slice(-2000)).toBe(0);
  expect([name(), body(3), rows()]).toEqual(["edited", "theirs", 500]);
});
