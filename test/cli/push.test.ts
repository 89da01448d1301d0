import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jsonOf, leftIn, requestsIn, runCli, workDirectory } from "../support/cli.ts";
import { makeSample, runSql, sampleRows } from "../support/sample.ts";
import { type AppServer, type AppServerOptions, startAppServer, TOKEN } from "../support/server.ts";

let cwd: string;
let apps: AppServer[];
const at = (name: string) => join(cwd, name);

beforeEach(async () => {
  cwd = await workDirectory();
  apps = [];
});
afterEach(async () => {
  for (const app of apps) await app.close();
});

async function startApp(name: string, options: Partial<AppServerOptions> = {}): Promise<AppServer> {
  await mkdir(at(`${name}-bucket`));
  const app = await startAppServer({
    database: at(`${name}.sqlite`),
    bucket: at(`${name}-bucket`),
    ...options,
  });
  apps.push(app);
  return app;
}

async function startBoth(
  options: { local?: Partial<AppServerOptions>; prod?: Partial<AppServerOptions> } = {},
) {
  makeSample(at("local.sqlite"));
  makeSample(at("prod.sqlite"), { empty: true });
  const local = await startApp("local", options.local);
  const prod = await startApp("prod", options.prod);
  await writeFile(at(".env"), `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nFERRY_TOKEN=${TOKEN}\n`);
  return { local, prod };
}

const run = (...args: string[]) => runCli(args, { cwd });
/** Where the app stays away. */
const runInVain = (...args: string[]) => runCli(args, { cwd, impatient: true });
/** Requests that an app was sent. */
const asked = (app: AppServer, what: string) => app.requests.filter((request) => request === what).length;

describe("push from LOCAL_API to PROD_API", () => {
  test("ends with the same rows on both sides, leaves no work files, and says what it did", async () => {
    const { prod } = await startBoth();
    const { code, stdout, stderr } = await run("push", "--yes");
    expect(stderr).toContain(`Plan for ${prod.url}`);
    expect(stderr).toContain("Exported 700 rows of 2 tables");
    expect(stderr).toContain("read back and verified");
    expect(code).toBe(0);
    expect(stdout.toString()).toBe("");
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
  });

  test("--json answers one object with the plan, the results and what it used", async () => {
    const { local, prod } = await startBoth();
    const result = await run("push", "--yes", "--json", "--quiet");
    const answer = jsonOf(result);
    expect(answer).toMatchObject({
      success: true,
      status: "completed",
      from: local.url,
      to: prod.url,
      version: 1,
      verified: true,
      verification: { readBack: ["authors", "posts"], compared: [], unchecked: [] },
      notes: [
        "sessions was left out: looks like sessions or tokens",
        expect.stringContaining("--include TABLE"),
      ],
      results: { authors: { inserted: 200 }, posts: { inserted: 500 } },
      usage: {
        source: { export: { invocations: expect.any(Number) } },
        target: {
          upload: { invocations: 3 },
          sync: { invocations: expect.any(Number) },
        },
      },
    });
    const { source, target } = answer.usage as Record<string, Record<string, { invocations: number }>>;
    const invocations = (sums: typeof source, ...names: string[]) =>
      names.reduce((sum, name) => sum + (sums?.[name]?.invocations ?? 0), 0);
    expect(invocations(source, "compare", "export")).toBe(asked(local, "POST /api/admin/r2-sync"));
    expect(invocations(target, "compare", "sync")).toBe(asked(prod, "POST /api/admin/r2-sync"));
    expect(invocations(source, "export")).toBeLessThanOrEqual(requestsIn(answer.seconds));
    // Of a target without rows the plan is looked at first: it may have some by now.
    expect(invocations(target, "sync")).toBeLessThanOrEqual(1 + requestsIn(answer.seconds));
    expect(result.stderr).not.toContain(TOKEN);
  });

  test("again has nothing to do, and what was changed since takes the next version", async () => {
    const { prod } = await startBoth();
    await run("push", "--yes");
    const again = await run("push", "--yes", "--json");
    expect(again.code).toBe(0);
    expect(jsonOf(again)).toMatchObject({
      success: true,
      status: "completed",
      unchanged: true,
      version: null,
      undo: null,
      compared: { tables: [{ unchanged: 200 }, { unchanged: 500 }] },
    });
    expect(again.stderr).toMatch(new RegExp(`Nothing to do: ${prod.url} has all 700 rows already, in `));
    expect(again.stderr).not.toContain("Plan for");
    runSql(at("local.sqlite"), "UPDATE authors SET score = 0 WHERE id < 4");
    const dry = await run("push", "--dry-run", "--json");
    expect(dry.stderr).toMatch(/ version +next: 2\n/);
    expect(jsonOf(dry)).toMatchObject({ status: "planned", version: null, plan: { nextVersion: 2 } });
    const changed = await run("push", "--yes", "--json");
    expect(jsonOf(changed)).toMatchObject({
      status: "completed",
      version: 2,
      results: { authors: { updated: 3 } },
    });
    expect(changed.stderr).toContain(`${prod.url} holds version 2, `);
    const { live, runs } = jsonOf(await run("history", "--json")) as Record<"live" | "runs", object[]>;
    // Only the table that was changed takes it.
    expect(live).toMatchObject([
      { table: "authors", version: 2 },
      { table: "posts", version: 1 },
    ]);
    expect(runs).toMatchObject([
      { phase: "completed", version: 2 },
      { phase: "completed", version: 1 },
    ]);
  });

  test("with a version of its own is refused where it is known, and recorded where it is new", async () => {
    await startBoth();
    await run("push", "--yes");
    const again = await run("push", "--yes", "--version", "1", "--json");
    expect(again.code).toBe(1);
    expect(jsonOf(again)).toMatchObject({
      code: "ALREADY_SYNCED",
      hint: expect.stringContaining("--version 2"),
    });
    const next = jsonOf(await run("push", "--yes", "--version", "2", "--json"));
    expect(next).toMatchObject({ status: "completed", version: 2, plan: { rowsWritten: 0 } });
    const forced = jsonOf(await run("push", "--yes", "--force", "--json"));
    expect(forced).toMatchObject({ status: "completed", version: 3, plan: { rowsWritten: 0 } });
  });

  test("--dry-run prints the plan, changes no row, and leaves nothing in the bucket", async () => {
    await startBoth();
    const { code, stderr } = await run("push", "--dry-run");
    expect(code).toBe(0);
    expect(stderr).toMatch(/posts +500/);
    expect(sampleRows(at("prod.sqlite"))).toEqual({ authors: [], posts: [] });
    expect(jsonOf(await run("list", "--json")).objects).toEqual([]);
  });

  test("without a terminal and without a flag nothing is even exported, unless nothing is to be done", async () => {
    const { local, prod } = await startBoth();
    const { code, stderr } = await run("push");
    expect(code).toBe(2);
    expect(stderr).toContain("--yes");
    for (const { url } of [local, prod])
      expect(jsonOf(await run("list", "--url", url, "--json"))).toMatchObject({ objects: [], runs: [] });
    expect(sampleRows(at("prod.sqlite"))).toEqual({ authors: [], posts: [] });
    expect((await run("push", "--yes")).code).toBe(0);
    const again = await run("push");
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain("Nothing to do");
  });

  test("a number of deletes is refused where the plan has none", async () => {
    await startBoth();
    const refused = await run("push", "--confirm-delete", "9");
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain("The plan deletes no rows");
    expect(sampleRows(at("prod.sqlite"))).not.toEqual(sampleRows(at("local.sqlite")));
  });

  test("deletes need their number, and the plan says how many of how many", async () => {
    const { prod } = await startBoth();
    runSql(at("prod.sqlite"), "INSERT INTO authors (id, name) VALUES (801, 'x'), (802, 'y')");
    const refused = await run("push", "--mode", "mirror", "--yes");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("2 of 2");
    expect(refused.stderr).toContain("--confirm-delete=2");
    const { objects } = jsonOf(await run("list", "--json")) as { objects: { key: string }[] };
    expect(refused.stderr).toMatch(
      new RegExp(
        `[\\d.]+ [kM]?B of temporary rows stay at ${prod.url}, to resume from; to remove them: d1-ferry drop ${objects[0]?.key} --url ${prod.url}\n`,
      ),
    );
    const wrong = await run("push", "--mode", "mirror", "--confirm-delete=7");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(`to remove them: d1-ferry drop ${objects[0]?.key} --url ${prod.url}`);
    const confirmed = await run("push", "--mode", "mirror", "--confirm-delete=2");
    expect(confirmed.stderr).toContain("Resuming what started");
    expect(confirmed.code).toBe(0);
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  });

  test("--tables carries only these", async () => {
    await startBoth();
    expect((await run("push", "--yes", "--tables", "authors")).code).toBe(0);
    const rows = sampleRows(at("prod.sqlite")) as { authors: unknown[]; posts: unknown[] };
    expect([rows.authors.length, rows.posts.length]).toEqual([200, 0]);
  });

  test("an app below a base path is found there", async () => {
    await startBoth({ prod: { base: "/app" } });
    expect((await run("push", "--yes")).code).toBe(0);
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  });
});

describe("who may", () => {
  test("a session cookie is enough, from .env or a flag, and is never printed", async () => {
    const cookie = "pulse_session=0123456789abcdef";
    const { local, prod } = await startBoth({ local: { cookie }, prod: { cookie } });
    await writeFile(at(".env"), `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nLOCAL_COOKIE=${cookie}\n`);
    const without = await run("push", "--yes");
    expect(without.code).toBe(1);
    expect(without.stderr).toContain("AUTHENTICATION_REQUIRED");
    const withFlag = await run("push", "--yes", `--prod-cookie=${cookie}`);
    expect(withFlag.code).toBe(0);
    expect(without.stderr + withFlag.stderr).not.toContain("0123456789abcdef");
  });

  test("a wrong token is refused with the reason", async () => {
    const { prod } = await startBoth();
    const env = { FERRY_TOKEN: "wrong-token-0123456789abcdef0123456789abcdef" };
    const { code, stderr } = await runCli(["history", "--url", prod.url], { cwd, env });
    expect(code).toBe(1);
    expect(stderr).toContain("Authentication required");
    expect(stderr).toContain("FERRY_TOKEN is not this app's token");
    expect(stderr).not.toContain("Log in to the app");
    expect(stderr).not.toContain("wrong-token");
  });

  test("a wrong token is noticed before anything is exported", async () => {
    const { prod } = await startBoth();
    const env = { FERRY_TOKEN: "wrong-token-0123456789abcdef0123456789abcdef" };
    const { code, stderr } = await runCli(["push", "--from", "local.sqlite", "--yes"], { cwd, env });
    expect(code).toBe(1);
    expect(stderr).toContain("AUTHENTICATION_REQUIRED");
    expect(stderr).not.toContain("Exported");
    // What it takes, and how its tables are made.
    expect(prod.requests.length).toBeLessThan(3);
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
  });

  test("without any credentials the hint names the settings that are missing", async () => {
    const { prod } = await startBoth();
    await writeFile(at(".env"), `PROD_API=${prod.url}\n`);
    const { stderr } = await run("history");
    expect(stderr).toContain("Neither FERRY_TOKEN nor FERRY_COOKIE (--cookie) is set");
    await writeFile(at(".env"), `FERRY_TOKEN=${TOKEN}\n`);
    const other = await run("history", "--url", prod.url);
    expect(other.stderr).toContain("is neither LOCAL_API nor PROD_API");
    expect(other.stderr).toContain("--token-env FERRY_TOKEN");
    const named = await run("history", "--url", prod.url, "--token-env", "FERRY_TOKEN");
    expect(named.code, named.stderr).toBe(0);
  });

  test("a refused cookie is named by its setting", async () => {
    const { prod } = await startBoth();
    await writeFile(at(".env"), `PROD_API=${prod.url}\nPROD_COOKIE=pulse_session=gone\n`);
    const { stderr } = await run("history");
    expect(stderr).toContain("PROD_COOKIE (--prod-cookie) is not a valid login for this app");
    expect(stderr).not.toContain("pulse_session");
  });
});

test("another run that holds the lock ends it with code 5, and the same command resumes later", async () => {
  await startBoth();
  expect((await run("push", "--yes", "--tables", "authors")).code).toBe(0);
  runSql(
    at("prod.sqlite"),
    `UPDATE _ferry_runs SET driver = 'someone', lease_until = ${Date.now() + 19_000}`,
  );
  const locked = await run("push", "--yes", "--version", "2", "--json");
  expect(locked.code).toBe(5);
  expect(jsonOf(locked).code).toBe("RUN_LOCKED");
  runSql(at("prod.sqlite"), "UPDATE _ferry_runs SET lease_until = 0");
  const later = await run("push", "--yes", "--version", "2");
  expect(later.stderr).toContain("Resuming what started");
  expect(later.code).toBe(0);
});

test.each([
  ["never", "many", "many, with a part of the rows each (", "were asked for)"],
  ["always", "one", "one for all tables (", "was asked for)"],
])(
  "--atomic=%s takes one transaction or many, says so, and ends with the same rows",
  async (atomic, transactions, line, why) => {
    await startBoth();
    const result = await run("push", "--yes", `--atomic=${atomic}`, "--json");
    expect(jsonOf(result)).toMatchObject({ status: "completed", verified: true, plan: { transactions } });
    const printed = result.stderr.split("\n").find((text) => text.includes("  transactions "));
    expect(printed).toContain(line);
    expect(printed).toContain(why);
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  },
);

test("to an app on the free plan makes small frames and ends by itself, in as many requests as it takes", async () => {
  const { prod } = await startBoth({ prod: { platform: "workers-free" } });
  runSql(at("local.sqlite"), "UPDATE posts SET body = hex(randomblob(1000))");
  const result = jsonOf(await run("push", "--yes", "--json"));
  expect(result).toMatchObject({
    status: "completed",
    verified: true,
    results: { posts: { inserted: 500 } },
  });
  // 500 rows of 2 KB: a megabyte, staged and read back 128 KB at a time.
  const { sync } = (result.usage as { target: { sync: Record<string, number> } }).target;
  expect(sync.invocations).toBeGreaterThan(12);
  expect(sync.maxStatementsPerInvocation).toBeLessThanOrEqual(44);
  expect(prod.requests).toContain("GET /api/admin/r2-sync");
  expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));

  // Without a server at the source, too.
  const file = jsonOf(await run("push", "--from", "local.sqlite", "--version", "2", "--yes", "--json"));
  expect(file).toMatchObject({ status: "completed", verified: true, plan: { rowsWritten: 0 } });
  expect(
    (file.usage as { target: { sync: Record<string, number> } }).target.sync.invocations,
  ).toBeGreaterThan(12);
});

test("--exclude leaves a table out on both sides", async () => {
  await startBoth();
  expect((await run("push", "--yes", "--exclude", "posts")).code).toBe(0);
  expect(sampleRows(at("prod.sqlite"))).toMatchObject({ posts: [], authors: { length: 200 } });
});

test("a file that changed since the interrupted command starts over", async () => {
  const { prod } = await startBoth();
  await run("export", "local.sqlite", "-o", "rows.json.gz");
  runSql(at("prod.sqlite"), "INSERT INTO authors (id, name) VALUES (801, 'x')");
  const args = ["import", "rows.json.gz", "--to", prod.url, "--mode", "mirror"];
  expect((await run(...args, "--yes")).code).toBe(2);
  runSql(at("local.sqlite"), "DELETE FROM posts WHERE id > 100");
  await run("export", "local.sqlite", "-o", "rows.json.gz");
  const restarted = await run(...args, "--confirm-delete=1");
  expect(restarted.stderr).toContain("has changed since");
  expect(restarted.code).toBe(0);
  expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
});

describe("an app that is not there", () => {
  test("is reported as unreachable before anything is exported", async () => {
    const { local } = await startBoth();
    const gone = "http://127.0.0.1:9";
    await run("export", "local.sqlite", "-o", "rows.json.gz");
    for (const from of [local.url, "local.sqlite", "rows.json.gz"]) {
      const { code, stderr } = await runInVain("push", "--yes", "--from", from, "--to", gone);
      expect(code).toBe(1);
      expect(stderr).toContain("UNREACHABLE");
      expect(stderr).not.toContain("Exported");
      expect(await leftIn(at(".d1-ferry"))).toEqual([]);
    }
    // How its tables are made was asked meanwhile.
    expect(local.requests).toEqual(["POST /api/admin/r2-sync"]);
  });

  test("is asked, and sent nothing, before an import's archive is uploaded", async () => {
    const onRequest = () => {
      throw new Error("down");
    };
    const { prod } = await startBoth({ prod: { onRequest } });
    await run("export", "local.sqlite", "-o", "rows.json.gz");
    const { code, stderr } = await runInVain("import", "rows.json.gz", "--to", prod.url, "--yes");
    expect(code).toBe(1);
    expect(stderr).toContain("UNREACHABLE");
    expect(new Set(prod.requests)).toEqual(new Set(["GET /api/admin/r2-sync"]));
  });

  test("but comes back within a moment is pushed to", async () => {
    let refusals = 1;
    const onRequest = () => {
      if (refusals-- > 0) throw new Error("down");
    };
    const { local } = await startBoth({ prod: { onRequest } });
    expect((await run("push", "--yes", "--from", local.url)).code).toBe(0);
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  });

  test("that dies when the rows are exported leaves them there, to resume from", async () => {
    let dead = false;
    const onRequest = ({ method }: { method: string }) => {
      dead ||= method !== "GET";
      if (dead) throw new Error("down");
    };
    await startBoth({ prod: { onRequest } });
    const { code, stderr } = await runInVain("push", "--full", "--yes");
    expect(code).toBe(1);
    expect(stderr).toContain("Exported 700 rows");
    expect(stderr).toContain("UNREACHABLE");
    expect(await leftIn(at(".d1-ferry"))).toHaveLength(2);
  });

  test("an address where something else answers", async () => {
    const page = createServer((_request, response) => response.end("<html>")).listen(0, "127.0.0.1");
    await new Promise((resolve) => page.once("listening", resolve));
    const { port } = page.address() as AddressInfo;
    const { code, stderr } = await run("list", "--url", `http://127.0.0.1:${port}`);
    page.close();
    expect(code).toBe(1);
    expect(stderr).toContain("UNREACHABLE");
  });
});

describe("resumes after a kill", () => {
  test("in the middle of an upload: the same command sends only the missing parts", async () => {
    const parts: string[] = [];
    const kill = new AbortController();
    const onRequest = ({ method, url }: { method: string; url: string }) => {
      if (method !== "PUT") return;
      parts.push(new URL(url, "http://x").searchParams.get("partNumber") ?? "");
      if (parts.length === 2) {
        kill.abort();
        throw new Error("the machine went down");
      }
    };
    makeSample(at("prod.sqlite"), { empty: true });
    makeSample(at("local.sqlite"));
    const prod = await startApp("prod", { onRequest });
    // Bytes that do not compress, so that the archive has two parts.
    runSql(
      at("local.sqlite"),
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
       INSERT INTO authors (name, picture) SELECT 'big ' || i, randomblob(400000) FROM n`,
    );
    const args = ["push", "--from", "local.sqlite", "--to", prod.url, "--full", "--yes", "--token-env", "CI"];
    const env = { CI: TOKEN };
    const killed = await runCli(args, { cwd, env, kill: kill.signal });
    expect(killed.code).toBeNull();
    parts.push("not the second any more");
    const resumed = await runCli(args, { cwd, env });
    expect(resumed.stderr).toContain("Resuming what started");
    expect(resumed.stderr).not.toContain("✗");
    expect(resumed.code).toBe(0);
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
    const starts = prod.requests.filter((request) => request === "POST /api/admin/multipart-upload");
    expect(starts).toHaveLength(2);
  });

  test("in the middle of the sync: the same command ends the same run", async () => {
    const kill = new AbortController();
    const ended = Promise.withResolvers<void>();
    let syncs = 0;
    await startBoth({
      prod: {
        platform: "workers-free",
        onRequest: async ({ method, url }) => {
          if (method !== "POST" || !url.endsWith("r2-sync") || ++syncs !== 1) return;
          kill.abort();
          await ended.promise;
        },
      },
    });
    const killed = await runCli(["push", "--full", "--yes"], { cwd, kill: kill.signal });
    ended.resolve();
    expect(killed.code).toBeNull();
    const resumed = await run("push", "--full", "--yes", "--json");
    expect(resumed.code).toBe(0);
    expect(jsonOf(resumed)).toMatchObject({ status: "completed", verified: true });
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
  });

  test("Ctrl-C ends with code 130 and the command to resume with as the last line", async () => {
    let stop: () => void = () => {};
    const ended = Promise.withResolvers<void>();
    await startBoth({
      prod: {
        onRequest: async ({ method, url }) => {
          if (method === "POST" && url.endsWith("r2-sync")) {
            stop();
            await ended.promise;
          }
        },
      },
    });
    const interrupted = await runCli(["push", "--full", "--yes", "--tables", "authors,posts"], {
      cwd,
      onStderr: (_text, kill) => {
        stop = () => kill("SIGINT");
      },
    });
    ended.resolve();
    expect(interrupted.code).toBe(130);
    expect(interrupted.stderr).toMatch(/Interrupted while applying/);
    expect(interrupted.stderr.trimEnd().split("\n").at(-1)).toBe(
      "d1-ferry push --full --yes --tables authors,posts",
    );
    const resumed = await run("push", "--full", "--yes", "--tables", "authors,posts");
    expect(resumed.code).toBe(0);
    expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
  });
});

describe("status, history and list", () => {
  test("tell a person and a program what is there", async () => {
    const { prod } = await startBoth();
    const { syncKey } = jsonOf(await run("push", "--yes", "--json"));
    const status = await run("status", String(syncKey), "--json");
    expect(status.code).toBe(0);
    expect(status.stderr).toMatch(/status +completed/);
    expect(jsonOf(status)).toMatchObject({
      success: true,
      status: { syncKey, status: "completed", verified: true },
    });

    const history = await run("history", "--url", prod.url, "--json");
    expect(history.stderr).toMatch(/\+ 700 +~ 0 +− 0 +completed/);
    expect(jsonOf(history).history).toMatchObject([
      { seedName: "authors", seedVersion: 1, recordCount: 200 },
      { seedName: "posts", seedVersion: 1, recordCount: 500 },
    ]);

    const list = await run("list", "--json");
    expect(list.stderr).toContain(String(syncKey));
    expect(jsonOf(list).objects).toMatchObject([
      { key: syncKey, kind: "sync", status: "completed" },
      { kind: "undo", status: null },
    ]);
  });

  test("an unknown key is not found, one that is none is refused", async () => {
    await startBoth();
    const unknown = await run("status", "sync-1700000000000-abcdefghijkl", "--json");
    expect(unknown.code).toBe(1);
    expect(jsonOf(unknown)).toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("d1-ferry list shows what is there"),
    });
    const none = await run("status", "../x", "--json");
    expect(none.code).toBe(2);
    expect(jsonOf(none)).toMatchObject({ code: "USAGE", error: "../x is not a key" });
  });
});

test("export takes an app's database as an archive, import brings a file into an app", async () => {
  const { local, prod } = await startBoth();
  expect((await run("export", local.url, "-o", "backup.json.gz", "--json")).code).toBe(0);
  expect((await readFile(at("backup.json.gz"))).subarray(0, 2).toString("hex")).toBe("1f8b");
  const piped = await run("export", local.url, "-o", "-");
  expect(piped.stdout.subarray(0, 2).toString("hex")).toBe("1f8b");
  expect((await run("import", "backup.json.gz", "--to", prod.url, "--yes")).code).toBe(0);
  expect(jsonOf(await run("list", "--json")).objects).toContainEqual(
    expect.objectContaining({ name: "backup.json.gz" }),
  );
  expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
});
