import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BackgroundRun } from "../../src/operations/background.ts";
import { startTwoApps, type TwoApps } from "../support/apps.ts";
import { jsonOf, leftIn, runCli, workDirectory } from "../support/cli.ts";
import { runSql, sampleRows } from "../support/sample.ts";

let cwd: string;
let apps: TwoApps;
beforeEach(async () => {
  cwd = await workDirectory();
});
afterEach(() => apps.close());
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });

describe("push --background, to an app with a workflow", () => {
  /** A workflow that only notes what it is given: what one does is tested in workerd. */
  async function start(): Promise<BackgroundRun[]> {
    const given: BackgroundRun[] = [];
    const workflow = {
      async create({ id, params }: { id: string; params: BackgroundRun }) {
        given.push(params);
        return { id };
      },
      get: async () => ({ status: async () => ({ status: "running" }) }),
    };
    apps = await startTwoApps(cwd, { prod: { workflow } });
    return given;
  }

  test("plans, takes the confirmation, hands over, and prints how to ask for the status", async () => {
    const given = await start();
    const pushed = await run("push", "--yes", "--background", "--json");
    expect(pushed.code, pushed.stderr).toBe(0);
    const { syncKey, ...answer } = jsonOf(pushed);
    expect(answer).toMatchObject({ success: true, status: "processing", driver: "workflow", results: null });
    expect(given).toMatchObject([{ syncKey, mode: "merge", expectDeletes: 0 }]);
    expect(pushed.stderr).toContain("Plan for");
    expect(pushed.stderr.trimEnd().split("\n").at(-1)).toBe(
      `d1-ferry status ${syncKey} --url ${apps.prod.url}`,
    );
    expect(sampleRows(at("prod.sqlite"))).toEqual({ authors: [], posts: [] });
    expect(await leftIn(at(".d1-ferry"))).toEqual([]);
    expect((await run("status", String(syncKey))).stderr).toMatch(/status +planned/);
  });

  test("deletes have to be confirmed by their number, which is what the workflow may delete", async () => {
    const given = await start();
    runSql(at("prod.sqlite"), "INSERT INTO authors (id, name) VALUES (801, 'only here')");
    expect((await run("push", "--mode", "mirror", "--background", "--yes")).code).toBe(2);
    expect(given).toEqual([]);
    const pushed = await run("push", "--mode", "mirror", "--background", "--confirm-delete", "1");
    expect(pushed.code, pushed.stderr).toBe(0);
    expect(given).toMatchObject([{ mode: "mirror", expectDeletes: 1 }]);
  });
});

test("an app without a workflow says so, and the push works without", async () => {
  apps = await startTwoApps(cwd);
  const refused = await run("push", "--yes", "--background", "--json");
  expect(refused.code).toBe(1);
  expect(jsonOf(refused)).toMatchObject({
    code: "NOT_CONFIGURED",
    hint: expect.stringContaining("--background"),
  });
  const [stored] = jsonOf(await run("list", "--json")).objects as { key: string }[];
  const taken = await run("sync", String(stored?.key), "--yes");
  expect(taken.code, taken.stderr).toBe(0);
  expect(sampleRows(at("prod.sqlite"))).toEqual(sampleRows(at("local.sqlite")));
});

test("a SQLite file has nothing that could finish the run", async () => {
  apps = await startTwoApps(cwd);
  const { code, stderr } = await run(
    "push",
    "--from",
    "local.sqlite",
    "--to",
    "copy.sqlite",
    "--background",
    "--yes",
  );
  expect(code).toBe(2);
  expect(stderr).toContain("--background is for apps");
});
