import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { getPlatformProxy } from "wrangler";
import { FerryError } from "../../../src/errors.ts";
import { describeToken, newToken } from "../../../src/tokens.ts";
import { type CliRun, jsonOf, runCli, workDirectory } from "../../support/cli.ts";
import { makeSample, runSql } from "../../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../../support/server.ts";

interface Told {
  check: string;
  verdict: "ok" | "warning" | "problem";
  found: string;
  advice: string[];
}

let cwd: string;
let local: AppServer;
let prod: AppServer;
const READER = newToken();
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(["doctor", ...args], { cwd });
const write = (name: string, text: string) => writeFile(at(name), text);

async function told(...args: string[]): Promise<{ ran: CliRun; findings: Map<string, Told> }> {
  const ran = await run(...args, "--json");
  const { findings } = jsonOf(ran) as { findings: Told[] };
  return { ran, findings: new Map(findings.map((one) => [one.check, one])) };
}

beforeEach(async () => {
  cwd = await workDirectory();
  const start = async (name: string) => {
    makeSample(at(`${name}.sqlite`));
    await mkdir(at(`${name}-bucket`));
    const tokens = await describeToken(READER, { name: "reader", may: ["read"] });
    return startAppServer({ database: at(`${name}.sqlite`), bucket: at(`${name}-bucket`), tokens });
  };
  local = await start("local");
  prod = await start("prod");
  await write(".env", `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nFERRY_TOKEN=${TOKEN}\n`);
});
afterEach(async () => {
  await local.close();
  await prod.close();
});

describe("d1-ferry doctor", () => {
  test("says a line for each thing that is well, and ends with 0", async () => {
    const { code, stderr } = await run("--try");
    expect(code, stderr).toBe(0);
    const lines = stderr.trim().split("\n");
    for (const line of lines) expect(line).toMatch(/^✓ /);
    expect(stderr).toMatch(
      /^✓ source: address: 127\.0\.0\.1:\d+ answers at \/api\/admin\/r2-sync, to nobody/m,
    );
    expect(stderr).toMatch(/^✓ target: access: \S+ may read, plan, write/m);
    expect(stderr).toMatch(/^✓ target: upload: a part of 25 MiB went through in /m);
    expect(stderr).toMatch(/^✓ target: plan: a plan of no rows was made$/m);
    expect(stderr).toMatch(/^✓ schemas: 2 tables, made alike at both ends$/m);
    const { runs, objects } = jsonOf(await runCli(["list", "--json"], { cwd })) as Record<string, unknown[]>;
    expect([runs, objects]).toEqual([[], []]);
  });

  test("names what a token may not do, and never the token", async () => {
    await write(".env", `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nFERRY_TOKEN=${READER}\n`);
    const { ran, findings } = await told();
    expect(ran.code, ran.stderr).toBe(1);
    expect(findings.get("source: access")).toMatchObject({ verdict: "ok" });
    expect(findings.get("target: access")).toMatchObject({
      verdict: "problem",
      found: expect.stringContaining("reader may read (webflow-cloud), and not plan, write"),
      advice: [expect.stringContaining("--may read,plan,write")],
    });
    expect(ran.stderr + ran.stdout.toString()).not.toContain(READER);
  });

  test("tells a wrong token from an app that is not there, that is elsewhere, or that is open to anybody", async () => {
    const wrong = newToken();
    await write(".env", `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nFERRY_TOKEN=${wrong}\n`);
    const first = await told();
    expect(first.ran.code).toBe(1);
    expect(first.findings.get("target: access")).toMatchObject({
      verdict: "problem",
      found: expect.stringContaining("AUTHENTICATION_REQUIRED"),
      advice: [expect.stringContaining("FERRY_TOKEN is not this app's token")],
    });
    expect(first.ran.stderr + first.ran.stdout.toString()).not.toContain(wrong);
    const answers: [number, Record<string, string>, RegExp][] = [
      [200, {}, /answers without a token/],
      [404, {}, /has no d1-ferry at \/api\/admin\/r2-sync \(404\)/],
      [302, { location: "https://elsewhere.example/" }, /sends on to https:\/\/elsewhere\.example/],
      [502, {}, /answers with 502/],
    ];
    for (const [status, headers, found] of answers) {
      const server = createServer((_, response) => response.writeHead(status, headers).end("no"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await write(".env", `LOCAL_API=${local.url}\nPROD_API=${url}\nFERRY_TOKEN=${TOKEN}\n`);
      const { findings } = await told();
      expect(findings.get("target: address")).toMatchObject({ verdict: "problem" });
      expect(findings.get("target: address")?.found).toMatch(found);
      await new Promise((resolve) => server.close(resolve));
      const gone = await told();
      expect(gone.findings.get("target: address")?.found).toMatch(/does not answer: ECONNREFUSED/);
    }
  });

  test("says how the schemas differ, and which run was left in the middle", async () => {
    runSql(at("local.sqlite"), "ALTER TABLE posts ADD COLUMN mood TEXT");
    runSql(at("local.sqlite"), "UPDATE authors SET picture = NULL WHERE id = 9");
    const planned = await runCli(["plan", "local.sqlite", "--tables", "authors", "-o", "plan.json"], { cwd });
    expect(planned.code, planned.stderr).toBe(0);
    const { findings } = await told();
    expect(findings.get("schemas")).toMatchObject({
      verdict: "warning",
      found: expect.stringContaining("posts: only the source has the column mood"),
    });
    runSql(at("local.sqlite"), "ALTER TABLE authors ADD COLUMN fans INTEGER NOT NULL DEFAULT 0");
    runSql(at("prod.sqlite"), "ALTER TABLE authors ADD COLUMN fans INTEGER DEFAULT 0");
    expect((await told()).findings.get("schemas")).toMatchObject({
      found: expect.stringContaining("authors: only the source has NOT NULL on the column fans"),
    });
    runSql(at("local.sqlite"), "CREATE TABLE mine (id INTEGER PRIMARY KEY)");
    expect((await told()).findings.get("schemas")).toMatchObject({
      verdict: "problem",
      found: expect.stringContaining("mine: only the source has this table"),
    });
    const left = findings.get("target: runs");
    expect(left).toMatchObject({
      verdict: "warning",
      found: expect.stringMatching(/^sync-\S+ is not at its end/),
    });
    const [, drop = ""] = /d1-ferry (drop .*)$/.exec(left?.advice[0] ?? "") ?? [];
    const dropped = await runCli([...drop.split(" "), "--yes"], { cwd });
    expect(dropped.code, dropped.stderr).toBe(0);
    expect((await told()).findings.get("target: runs")?.verdict).toBe("ok");
  });

  test("names the statement that a binding in front of the database refuses, with --try", async () => {
    await mkdir(at("fronted-bucket"));
    makeSample(at("fronted.sqlite"));
    const fronted = await startAppServer({
      ...{ database: at("fronted.sqlite"), bucket: at("fronted-bucket") },
      wrap: (inner) => ({
        ...inner,
        async batch(statements) {
          if (statements.some(({ sql }) => /^\s*CREATE/i.test(sql)))
            throw new FerryError("DATABASE_ERROR", "The binding refuses CREATE TABLE", {
              hint: "Have it permitted.",
            });
          return inner.batch(statements);
        },
      }),
    });
    await write(".env", `PROD_API=${fronted.url}\nFERRY_TOKEN=${TOKEN}\n`);
    const { ran, findings } = await told("local.sqlite", fronted.url, "--try");
    expect(ran.code, ran.stderr).toBe(1);
    expect(findings.get("target: plan")).toMatchObject({
      verdict: "problem",
      advice: ["Have it permitted."],
    });
    expect(jsonOf(await runCli(["list", "--json"], { cwd }))).toMatchObject({ objects: [] });
    await fronted.close();
  });

  test("takes files as ends, and says what is not known", async () => {
    const files = await told("local.sqlite", "prod.sqlite");
    expect(files.ran.code, files.ran.stderr).toBe(0);
    expect([...files.findings.keys()]).toEqual(["secrets", "token", "source", "target", "schemas"]);
    await write(".env", `FERRY_TOKEN=${TOKEN}\n`);
    const { ran, findings } = await told();
    expect(ran.code).toBe(0);
    expect(findings.get("target")).toMatchObject({ verdict: "warning", found: "no target is known" });
    const missing = await told("nothing.sqlite", "prod.sqlite");
    expect(missing.ran.code).toBe(1);
    expect(missing.findings.get("source")?.found).toContain("nothing.sqlite: no such file");
  });
});

describe("what doctor says of the configuration", () => {
  const config = (change: object = {}) => ({
    name: "app",
    compatibility_date: "2026-01-01",
    d1_databases: [{ binding: "DB", database_name: "app", database_id: "one" }],
    r2_buckets: [{ binding: "DATA_SYNC", bucket_name: "app-data-sync" }],
    ...change,
  });
  const configured = async (change: object = {}) => {
    await write("wrangler.jsonc", `// The app's own.\n${JSON.stringify(config(change))}`);
    return (await told("local.sqlite", "prod.sqlite")).findings;
  };

  test.each<[what: string, change: object, check: string, verdict: string, found: RegExp]>([
    ["is well", {}, "wrangler file", "ok", /binds DB and DATA_SYNC$/],
    ["no database", { d1_databases: [] }, "wrangler file", "problem", /binds no D1 database/],
    ["no bucket", { r2_buckets: undefined }, "wrangler file", "problem", /binds no R2 bucket/],
    [
      "other names",
      { r2_buckets: [{ binding: "FILES", bucket_name: "files" }] },
      "wrangler file",
      "ok",
      /without DATA_SYNC the app's own options have to name/,
    ],
    [
      "a preview on production",
      { d1_databases: [{ binding: "DB", database_name: "a", database_id: "x", preview_database_id: "x" }] },
      "preview",
      "warning",
      /preview_database_id of DB is production's own/,
    ],
    [
      "an environment on production",
      { env: { staging: { d1_databases: [{ binding: "DB", database_id: "one" }] } } },
      "preview",
      "warning",
      /env\.staging has the database of the top level/,
    ],
  ])("%s", async (_, change, check, verdict, found) => {
    const findings = await configured(change);
    expect(findings.get(check)?.verdict).toBe(verdict);
    expect(findings.get(check)?.found).toMatch(found);
    expect(findings.has("Webflow Cloud")).toBe(false);
  });

  test.each<[what: string, change: object, verdict: string, found: RegExp]>([
    ["all that it merges", {}, "ok", /has what Webflow Cloud merges/],
    [
      "a member missing",
      { d1_databases: [{ binding: "DB", database_name: "app" }], name: undefined },
      "problem",
      /lacks name, d1_databases\.database_id: .*no binding at all/,
    ],
    [
      "a bucket's name of 28 characters",
      { r2_buckets: [{ binding: "DATA_SYNC", bucket_name: "a".repeat(28) }] },
      "problem",
      /takes no bucket called a{28}/,
    ],
    [
      "a bucket's name that ends in a hyphen",
      { r2_buckets: [{ binding: "DATA_SYNC", bucket_name: "app-" }] },
      "problem",
      /takes no bucket called app-/,
    ],
    ["what does not arrive", { vars: { A: "1" }, queues: {} }, "warning", /leaves out vars, queues/],
  ])("on Webflow Cloud: %s", async (_, change, verdict, found) => {
    await write("webflow.json", "{}");
    const finding = (await configured(change)).get("Webflow Cloud");
    expect(finding?.verdict).toBe(verdict);
    expect(finding?.found).toMatch(found);
  });

  test("on Webflow Cloud: a wrangler.toml", async () => {
    await write("webflow.json", "{}");
    await write("wrangler.toml", 'name = "app"\n');
    const { findings } = await told("local.sqlite", "prod.sqlite");
    expect(findings.get("Webflow Cloud")).toMatchObject({ verdict: "problem" });
  });

  test("a file that nobody can read is a problem of its own", async () => {
    await write("wrangler.jsonc", "{");
    const { ran, findings } = await told("local.sqlite", "prod.sqlite");
    expect(ran.code).toBe(1);
    expect(findings.get("wrangler file")).toMatchObject({
      verdict: "problem",
      found: expect.stringContaining("cannot be read"),
    });
  });

  test("which migrations the local database lacks", async () => {
    await mkdir(at("migrations"));
    for (const name of ["0001_first.sql", "0002_second.sql"]) await write(`migrations/${name}`, "SELECT 1");
    expect((await configured()).get("migrations")?.found).toBe(
      "2 migrations are not applied to DB here, from 0001_first.sql on",
    );
    const proxy = await getPlatformProxy<{ DB: D1Database }>({
      configPath: at("wrangler.jsonc"),
      persist: { path: at(".wrangler/state/v3") },
    });
    await proxy.env.DB.exec("CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)");
    await proxy.env.DB.exec("INSERT INTO d1_migrations (name) VALUES ('0001_first.sql')");
    expect((await configured()).get("migrations")?.found).toBe(
      "1 migration is not applied to DB here, from 0002_second.sql on",
    );
    await proxy.env.DB.exec("INSERT INTO d1_migrations (name) VALUES ('0002_second.sql')");
    await proxy.dispose();
    expect((await configured()).get("migrations")).toMatchObject({ verdict: "ok" });
  });

  test("tokens: which files git would keep, and whether they are the same, by their digests", async () => {
    const git = (...words: string[]) => execFileSync("git", words, { cwd, stdio: "pipe" });
    git("init", "-q");
    await write(".dev.vars", "FERRY_TOKEN=another-token-0123456789abcdef\n");
    const open = (await told("local.sqlite", "prod.sqlite")).findings;
    expect(open.get("secrets")).toMatchObject({
      verdict: "problem",
      found: "git does not ignore .env and .dev.vars",
    });
    expect(open.get("token")).toMatchObject({
      verdict: "warning",
      found: expect.stringMatching(/SHA-256 [0-9a-f]{8}….*SHA-256/),
    });
    await write(".gitignore", ".env\n.dev.vars\n");
    await write(".dev.vars", `FERRY_TOKEN=${TOKEN}\n`);
    const same = (await told("local.sqlite", "prod.sqlite")).findings;
    expect(same.get("secrets")?.verdict).toBe("ok");
    expect(same.get("token")).toMatchObject({
      verdict: "ok",
      found: expect.stringContaining("have the same"),
    });
    git("add", "-f", ".env");
    const kept = (await told("local.sqlite", "prod.sqlite")).findings;
    expect(kept.get("secrets")).toMatchObject({
      verdict: "problem",
      found: "git keeps .env, with every token in it",
    });
  });
});
