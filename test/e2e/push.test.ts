import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { jsonOf, requestsIn, spawnCli } from "../support/cli.ts";
import {
  completeHistory,
  countRows,
  expectEqualTables,
  expectNothingLeftOver,
  history,
  ROWS,
} from "./support/expect-equal.ts";
import { logInto, type Production, startProduction } from "./support/production.ts";

const { folder, local } = inject("shared");

let production: Production;
let cwd: string;

beforeAll(async () => {
  production = await startProduction();
  cwd = await mkdtemp(join(folder, "push-"));
});
afterAll(() => production.server.stop());

const push = (...flags: string[]) =>
  spawnCli(["push", ...flags], {
    cwd,
    env: { LOCAL_API: local.url, PROD_API: production.url, FERRY_TOKEN: production.token },
  });

/** Gives a row to production that the local app does not have. */
async function addAuthor(id: number): Promise<void> {
  const row = {
    id,
    platform: "forum",
    platform_id: `only-${id}`,
    username: "x",
    first_seen: 1,
    last_seen: 1,
  };
  const headers = { Authorization: `Bearer ${production.token}`, "Content-Type": "application/json" };
  const ask = async (body: object) => {
    const response = await fetch(`${production.url}/api/admin/r2-sync`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as { syncKey: string; success: boolean };
  };
  const { syncKey } = await ask({ operation: "upload", version: 1000 + id, data: { authors: [row] } });
  expect(await ask({ operation: "sync", syncKey })).toMatchObject({ success: true });
}

describe("d1-ferry push, from a local app to a built one", () => {
  it("without a terminal and without a flag stops with code 2, names the flag, moves nothing", async () => {
    const { code, stdout, stderr } = await push();
    expect(code).toBe(2);
    expect(stderr).toContain("--yes");
    expect(stdout.toString()).toBe("");
    expect(history(production.state)).toEqual([]);
  });

  it("--dry-run shows the plan and changes no row", async () => {
    const { code, stderr } = await push("--dry-run");
    expect(code).toBe(0);
    expect(stderr).toContain(`Plan for ${production.url}`);
    expect(stderr).toMatch(/content_items +9,252 +0 +0 +0/);
    expect(stderr).toMatch(/rows written +[\d,]+, indexes counted/);
    expect(Object.values(countRows(production.state))).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(history(production.state)).toEqual([]);
    expectNothingLeftOver(production.state);
  });

  it("--yes --json moves everything in one sync invocation of at most 50 statements", async () => {
    const pushed = await push("--yes", "--json");
    const result = jsonOf(pushed);
    expect(pushed.code).toBe(0);
    expect(result).toMatchObject({
      success: true,
      status: "completed",
      from: local.url,
      to: production.url,
      syncKey: expect.stringMatching(/^sync-/),
      version: 1,
      verified: true,
      skipped: 0,
      bytes: expect.any(Number),
      seconds: expect.any(Number),
      results: { content_items: { attempted: 9252, inserted: 9252, updated: 0, unchanged: 0, deleted: 0 } },
    });
    const { source, target } = result.usage as Record<"source" | "target", Record<string, Sum>>;
    expect(source.export?.invocations).toBeLessThanOrEqual(requestsIn(result.seconds));
    expect(target.sync?.invocations).toBeLessThanOrEqual(requestsIn(result.seconds));
    for (const sum of [...Object.values(source), ...Object.values(target)]) {
      expect(sum.maxStatementsPerInvocation).toBeLessThanOrEqual(50);
    }
    expectEqualTables(production.state);
    expect(history(production.state)).toEqual(completeHistory(1));
    expectNothingLeftOver(production.state);
    expect(pushed.stderr).not.toContain(production.token);
  });

  it("again has nothing to do, and leaves the history as it is", async () => {
    const again = await push("--yes", "--json");
    expect(again.code).toBe(0);
    expect(jsonOf(again)).toMatchObject({ status: "completed", unchanged: true, version: null });
    expect(again.stderr).toContain("Nothing to do: ");
    expect(history(production.state)).toEqual(completeHistory(1));
    expectNothingLeftOver(production.state);
  });

  it("as a version that is known is refused as already synced, by code and in words", async () => {
    const again = await push("--yes", "--version", "1", "--json");
    expect(again.code).toBe(1);
    expect(jsonOf(again)).toMatchObject({
      success: false,
      error: expect.stringContaining("Already synced"),
      code: "ALREADY_SYNCED",
      hint: expect.stringContaining("--version 2"),
    });
    expect(history(production.state)).toEqual(completeHistory(1));
    expectNothingLeftOver(production.state);
  });

  it("as the next version finds every row unchanged", async () => {
    const next = await push("--yes", "--version", "2", "--json");
    expect(next.code).toBe(0);
    const { results } = jsonOf(next) as { results: Record<string, Record<string, number>> };
    const sum = (what: string) => Object.values(results).reduce((all, one) => all + (one[what] ?? 0), 0);
    expect([sum("unchanged"), sum("inserted"), sum("updated"), sum("deleted")]).toEqual([ROWS, 0, 0, 0]);
    expect(history(production.state)).toEqual(completeHistory(1, 2));
  });

  it("without credentials is refused with code 1, and nothing arrives", async () => {
    const refused = await spawnCli(["push", "--yes", "--version", "9", "--json"], {
      cwd,
      env: { LOCAL_API: local.url, PROD_API: production.url },
    });
    expect(refused.code).toBe(1);
    expect(jsonOf(refused)).toMatchObject({ code: "AUTHENTICATION_REQUIRED" });
    expect(history(production.state)).toEqual(completeHistory(1, 2));
  });

  it("is let in by the cookie of a login", async () => {
    const cookie = await logInto(production);
    const env = { LOCAL_API: local.url, PROD_API: production.url, PROD_COOKIE: cookie };
    const { code } = await spawnCli(["push", "--yes", "--version", "3", "--tables", "roundups"], {
      cwd,
      env,
    });
    expect(code).toBe(0);
    expect(history(production.state)).toEqual([...completeHistory(1, 2), ["roundups", 3, 1]]);
  });
});

describe("d1-ferry push --mode mirror", () => {
  const mirror = (...flags: string[]) => push("--mode", "mirror", "--version", "4", ...flags);

  beforeAll(async () => {
    await addAuthor(90_001);
    await addAuthor(90_002);
  });

  it("does not delete because of --yes: code 2, and the number to confirm", async () => {
    const { code, stderr } = await mirror("--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("2 of 7,016");
    expect(stderr).toContain("--confirm-delete=2");
    expect(countRows(production.state).authors).toBe(7016);
  });

  it("does not delete when another number was confirmed", async () => {
    const { code, stderr } = await mirror("--confirm-delete=3");
    expect(code).toBe(2);
    expect(stderr).toContain("--confirm-delete=2");
    expect(countRows(production.state).authors).toBe(7016);
  });

  it("deletes what is only there when its number is confirmed", async () => {
    const { code } = await mirror("--confirm-delete=2");
    expect(code).toBe(0);
    expectEqualTables(production.state);
    expectNothingLeftOver(production.state);
  });
});

interface Sum {
  invocations: number;
  maxStatementsPerInvocation: number;
}
