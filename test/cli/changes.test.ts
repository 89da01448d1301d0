import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeToken, newToken } from "../../src/tokens.ts";
import { jsonOf, leftIn, runCli, workDirectory } from "../support/cli.ts";
import { makeSample, querySql, runSql, sampleRows } from "../support/sample.ts";
import {
  type AppServer,
  type AppServerOptions,
  bringsDocument,
  type SeenRequest,
  startAppServer,
  TOKEN,
} from "../support/server.ts";

let cwd: string;
let prod: AppServer;
let local: AppServer;
/** Called before each request of production. */
let onRequest: NonNullable<AppServerOptions["onRequest"]>;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

/** May not read. */
const WRITER = newToken();

beforeEach(async () => {
  cwd = await workDirectory();
  onRequest = () => {};
  const start = async (name: string, options: Partial<AppServerOptions>) => {
    makeSample(at(`${name}.sqlite`));
    await mkdir(at(`${name}-bucket`));
    return startAppServer({ database: at(`${name}.sqlite`), bucket: at(`${name}-bucket`), ...options });
  };
  local = await start("local", {});
  prod = await start("prod", {
    tokens: await describeToken(WRITER, { name: "writer", may: ["plan", "write"] }),
    onRequest: (request) => onRequest(request),
  });
  await writeFile(at(".env"), `LOCAL_API=${local.url}\nPROD_API=${prod.url}\nFERRY_TOKEN=${TOKEN}\n`);
});
afterEach(async () => {
  await local.close();
  await prod.close();
});

const CHANGES = `UPDATE posts SET body = 'new' WHERE id IN (3, 400); UPDATE authors SET picture = NULL WHERE id = 9;
  INSERT INTO posts VALUES (501, 1, 'one more'); DELETE FROM posts WHERE id = 77`;
const change = () => runSql(at("local.sqlite"), CHANGES);
const expectEqual = () => expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
const bodyOf = (name: string, id: number) =>
  querySql(at(name), `SELECT body FROM posts WHERE id = ${id}`)[0]?.body;

describe("a push to an app that has most rows", () => {
  test("sends those that differ, and says so", async () => {
    change();
    const { code, stderr, stdout } = await run("push", "--yes", "--json");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(
      `Compared 700 rows with ${prod.url}; what differs is sent: 4 rows of 2 tables, `,
    );
    expect(stderr).not.toMatch(/Exported|Sending everything/);
    expect(jsonOf({ code, stderr, stdout })).toMatchObject({
      status: "completed",
      verified: true,
      results: { authors: { updated: 1 }, posts: { inserted: 1, updated: 2, deleted: 0 } },
      compared: {
        tables: [
          { table: "authors", left: 200, right: 200, changed: 1, cells: 1, unchanged: 199 },
          { table: "posts", left: 500, right: 500, added: 1, deleted: 1, changed: 2, unchanged: 497 },
        ],
      },
      usage: {
        source: { compare: { invocations: expect.any(Number) }, export: { invocations: 0 } },
        target: { compare: { invocations: expect.any(Number) } },
      },
    });
    // So little is one request.
    expect(prod.requests).not.toContain("POST /api/admin/multipart-upload");
    expect(bodyOf("prod.sqlite", 77)).toContain("post 77");
    runSql(at("prod.sqlite"), "DELETE FROM posts WHERE id = 77");
    expectEqual();
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
  });

  test("as a mirror deletes what only the app has, once its number is confirmed, and is undone as a whole", async () => {
    change();
    const before = sampleRows(at("prod.sqlite"));
    const refused = await run("push", "--mode", "mirror", "--yes");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--confirm-delete=1");
    expect(sampleRows(at("prod.sqlite"))).toEqual(before);
    const pushed = await run("push", "--mode", "mirror", "--confirm-delete", "1", "--json");
    expect(pushed.code, pushed.stderr).toBe(0);
    expectEqual();
    const { undo } = jsonOf(pushed) as { undo: { command: string } };
    const undone = await run(...undo.command.split(" ").slice(1), "--confirm-delete", "1");
    expect(undone.code, undone.stderr).toBe(0);
    expect(sampleRows(at("prod.sqlite"))).toEqual(before);
  });

  test("sends a table without a key whole, where it is not the same, beside single rows of others", async () => {
    const log = "CREATE TABLE log (line, n REAL); INSERT INTO log VALUES ('a', 1), ('a', 1), (x'00', 0.1)";
    for (const name of ["local.sqlite", "prod.sqlite"]) runSql(at(name), log);
    change();
    const first = await run("push", "--yes");
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain("what differs is sent: 4 rows of 2 tables, ");
    const nothing = await run("push", "--yes");
    expect(nothing.stderr).toContain("Nothing to do");
    runSql(
      at("local.sqlite"),
      "INSERT INTO log VALUES ('b', -0.0); UPDATE authors SET picture = NULL WHERE id = 10",
    );
    runSql(at("prod.sqlite"), "INSERT INTO log VALUES ('theirs', 4)");
    const refused = await run("push", "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("Add --keyless append");
    const pushed = await run("push", "--yes", "--keyless", "append", "--json");
    expect(pushed.code, pushed.stderr).toBe(0);
    expect(pushed.stderr).toContain("1 row of 1 table, all 4 rows of log, which has no key");
    expect(jsonOf(pushed)).toMatchObject({
      verified: true,
      results: { authors: { updated: 1 }, log: { attempted: 4, inserted: 1, unchanged: 3 } },
    });
    expect(querySql(at("prod.sqlite"), "SELECT count(*) AS n FROM log")).toEqual([{ n: 5 }]);
    const again = await run("push", "--yes", "--tables", "log,posts", "--keyless", "append");
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain("what differs is sent: all 4 rows of log, which has no key");
    expect(again.stderr).toContain("Nothing to do");
  });

  test("as a mirror makes a table without a key as the source has it, also alone and empty", async () => {
    runSql(at("local.sqlite"), "CREATE TABLE log (line)");
    runSql(at("prod.sqlite"), "CREATE TABLE log (line); INSERT INTO log VALUES (1), (2)");
    const pushed = await run(
      "push",
      "--mode",
      "mirror",
      "--tables",
      "log,posts",
      "--confirm-delete",
      "2",
      "--json",
    );
    expect(pushed.code, pushed.stderr).toBe(0);
    expect(jsonOf(pushed)).toMatchObject({ results: { log: { deleted: 2 } } });
    expect(querySql(at("prod.sqlite"), "SELECT count(*) AS n FROM log")).toEqual([{ n: 0 }]);
  });

  test("with --mode insert leaves the rows that both have", async () => {
    change();
    const pushed = await run("push", "--mode", "insert", "--yes", "--json");
    expect(pushed.code, pushed.stderr).toBe(0);
    expect(jsonOf(pushed)).toMatchObject({ results: { posts: { inserted: 1, updated: 0 } } });
    expect(bodyOf("prod.sqlite", 501)).toBe("one more");
    expect(bodyOf("prod.sqlite", 3)).toContain("post 3");
    const again = await run("push", "--mode", "insert", "--yes");
    expect(again.stderr).toMatch(
      /Nothing to do: \S+ has rows for the keys of all 700 rows already; 1 row that/,
    );
  });

  test("shows the rows that differ in a plan, and nothing else", async () => {
    change();
    const { code, stdout, stderr } = await run("plan", "--mode", "mirror", "--rows");
    expect(code, stderr).toBe(0);
    const lines = stdout.toString().trim().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines).toEqual(
      expect.arrayContaining([
        '+ posts 501 {"id":501,"author_id":1,"body":"one more"}',
        expect.stringMatching(/^~ authors 9 picture: .* → null$/),
        expect.stringMatching(/^~ posts 3 body: .* → "new"$/),
        expect.stringMatching(/^~ posts 400 body: .* → "new"$/),
        "− posts 77",
      ]),
    );
  });

  test("that somebody writes to meanwhile does no harm, and another push ends with equal rows", async () => {
    change();
    let writes = 0;
    onRequest = ({ method }) => {
      if (method !== "POST") return;
      runSql(
        at("prod.sqlite"),
        `UPDATE posts SET body = 'theirs ${++writes}' WHERE id % 50 = ${writes % 50}`,
      );
    };
    const busy = await run("push", "--mode", "mirror", "--yes", "--confirm-delete", "1", "--replan");
    expect(busy.stderr).not.toMatch(/makes no sense|INTERNAL/);
    expect(writes).toBeGreaterThan(2);
    onRequest = () => {};
    for (let i = 0; i < 2; i++) await run("push", "--fresh", "--mode", "mirror", "--confirm-delete", "1");
    await run("push", "--mode", "mirror", "--no-base", "--yes", "--confirm-delete", "0");
    expectEqual();
  });
});

describe("a push to an app that has all rows", () => {
  const rowsThere = () => sampleRows(at("prod.sqlite"));

  test("has nothing to do: it uploads nothing, and needs no confirmation", async () => {
    const pushed = await run("push", "--yes");
    expect(pushed.code).toBe(0);
    expect(pushed.stderr).toMatch(
      new RegExp(`^✓ Nothing to do: ${prod.url} has all 700 rows already, in .*\n$`),
    );
    expect(prod.requests).not.toContain("POST /api/admin/multipart-upload");
    expect(jsonOf(await run("history", "--json"))).toMatchObject({ runs: [], history: [] });
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
  });

  test("tells a program the same", async () => {
    const { stderr, ...pushed } = await run("push", "--yes", "--json");
    expect(jsonOf({ stderr, ...pushed })).toMatchObject({
      success: true,
      status: "completed",
      unchanged: true,
      from: local.url,
      to: prod.url,
      version: null,
      undo: null,
      compared: {
        tables: [
          { table: "authors", unchanged: 200 },
          { table: "posts", unchanged: 500 },
        ],
      },
    });
    expect(jsonOf(await run("push", "--dry-run", "--json"))).toMatchObject({
      status: "planned",
      unchanged: true,
    });
  });

  test("and more: they stay, and are deleted by a mirror that is told to mind no edits", async () => {
    runSql(at("prod.sqlite"), "INSERT INTO posts VALUES (901, 1, 'theirs'), (902, 2, 'theirs')");
    const rows = rowsThere();
    const merged = await run("push", "--yes");
    expect(merged.stderr).toContain("has all 700 rows already; 2 rows that only it has stay, in ");
    expect(rowsThere()).toEqual(rows);
    const kept = await run("push", "--mode", "mirror", "--yes");
    expect(kept.stderr).toContain(
      "2 rows that only the target has edited since the last exchange stay as there",
    );
    expect(rowsThere()).toEqual(rows);
    const mirrored = await run("push", "--mode", "mirror", "--no-base", "--confirm-delete", "2");
    expect(mirrored.code, mirrored.stderr).toBe(0);
    expectEqual();
  });
});

describe("everything is sent", () => {
  test("with --full", async () => {
    change();
    const { code, stderr, stdout } = await run("push", "--full", "--yes", "--json");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("Exported 700 rows of 2 tables");
    const answer = jsonOf({ code, stderr, stdout });
    expect(answer).toMatchObject({ results: { posts: { inserted: 1, updated: 2, unchanged: 497 } } });
    expect(answer).not.toHaveProperty("compared");
  });

  test("where most rows differ", async () => {
    runSql(at("local.sqlite"), "UPDATE posts SET body = body || '!'; UPDATE authors SET score = 1");
    const { code, stderr } = await run("push", "--yes");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("Sending everything: most rows differ");
    expectEqual();
  });

  test("where the app has no rows yet, of which nothing is said", async () => {
    runSql(at("prod.sqlite"), "DELETE FROM posts; DELETE FROM authors");
    const { code, stderr } = await run("push", "--yes");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("Exported 700 rows");
    expect(stderr).not.toContain("Sending everything");
    expectEqual();
  });

  test("where the app lacks a table, which the run then refuses by name", async () => {
    runSql(at("local.sqlite"), "CREATE TABLE tags (name TEXT PRIMARY KEY); INSERT INTO tags VALUES ('x')");
    const { code, stderr } = await run("push", "--yes");
    expect(code).toBe(1);
    expect(stderr).toContain("Sending everything: the target has no table tags, or does not show it");
    expect(stderr).toContain('it has no table "tags"');
  });

  test("where the app lacks a column", async () => {
    runSql(at("local.sqlite"), "ALTER TABLE posts ADD COLUMN likes INTEGER");
    const { code, stderr } = await run("push", "--yes");
    expect(code).toBe(1);
    expect(stderr).toContain("Sending everything: the target's posts lacks likes");
    expect(stderr).toContain('it has no column "posts"."likes"');
  });

  test("where the token may not read", async () => {
    change();
    const env = { PROD_TOKEN: WRITER };
    const { code, stderr } = await runCli(["push", "--yes"], { cwd, env });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("Sending everything: the target does not let its rows be read with this token");
    expect(bodyOf("prod.sqlite", 501)).toBe("one more");
  });
});

describe("a push of changes that is interrupted", () => {
  test("by an app that does not take them at once: they are sent in parts", async () => {
    change();
    let refused = 0;
    onRequest = ({ type, method }) => {
      if (type !== "application/octet-stream" || method !== "POST") return;
      refused++;
      throw new Error("the connection broke");
    };
    const { code, stderr } = await run("push", "--yes");
    expect(code, stderr).toBe(0);
    expect(refused).toBe(1);
    expect(bodyOf("prod.sqlite", 501)).toBe("one more");
  });

  /** Kills the command as production gets the first such request. */
  async function kill(when: (request: SeenRequest) => boolean): Promise<void> {
    const killed = new AbortController();
    onRequest = (request) => {
      if (killed.signal.aborted || !when(request)) return;
      killed.abort();
      throw new Error("the machine went down");
    };
    const { code, stderr } = await runCli(["push", "--yes"], { cwd, kill: killed.signal });
    expect(code, stderr).toBeNull();
  }

  test("before they have arrived: the same command compares anew", async () => {
    change();
    await kill(bringsDocument);
    runSql(at("local.sqlite"), "UPDATE posts SET body = 'later' WHERE id = 5");
    runSql(at("prod.sqlite"), "UPDATE posts SET body = 'theirs' WHERE id = 6");
    const { code, stderr } = await run("push", "--yes");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("what differs is sent: 6 rows");
    expect(stderr).not.toContain("Resuming");
    runSql(at("prod.sqlite"), "DELETE FROM posts WHERE id = 77");
    expectEqual();
    const { objects, runs } = jsonOf(await run("list", "--json")) as { objects: unknown[]; runs: unknown[] };
    expect([objects.length, runs.length]).toEqual([2, 1]);
    // What changed, and what its undo keeps.
    expect(objects).toMatchObject([{ format: "part" }, { format: "part" }]);
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
  });

  test("after they have arrived: the same command goes on with them", async () => {
    change();
    let uploaded = false;
    await kill((request) => {
      if (uploaded) return request.method === "POST" && request.url.endsWith("r2-sync");
      uploaded = bringsDocument(request);
      return false;
    });
    const { code, stderr } = await run("push", "--yes");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("Resuming what started at");
    expect(stderr).not.toContain("Compared");
    expect(bodyOf("prod.sqlite", 501)).toBe("one more");
  });

  test("by Ctrl-C while the rows are compared: with 130, and the command to go on with", async () => {
    change();
    let send: (signal: NodeJS.Signals) => void = () => {};
    const ended = Promise.withResolvers<void>();
    onRequest = async ({ method }) => {
      if (method !== "POST") return;
      send("SIGINT");
      await sleep(30);
      await ended.promise;
    };
    const stopped = await runCli(["push", "--yes"], {
      cwd,
      onStart: (kill) => {
        send = kill;
      },
    });
    ended.resolve();
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain("Interrupted while comparing");
    expect(stopped.stderr.trimEnd().split("\n").at(-1)).toBe("d1-ferry push --yes");
    onRequest = () => {};
    expect((await run("push", "--yes")).code).toBe(0);
  });
});

test("a pull brings what differs into a file, and then has nothing to do", async () => {
  runSql(at("prod.sqlite"), CHANGES);
  const args = ["pull", "--to", "local.sqlite", "--mode", "mirror", "--confirm-delete", "1"];
  const pulled = await run(...args, "--json");
  expect(pulled.code, pulled.stderr).toBe(0);
  expect(pulled.stderr).toContain("what differs is sent: 5 rows of 2 tables");
  expect(jsonOf(pulled)).toMatchObject({
    results: { authors: { updated: 1 }, posts: { inserted: 1, updated: 2, deleted: 1 } },
  });
  expectEqual();
  const again = await run(...args);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain("Nothing to do: ");
});
