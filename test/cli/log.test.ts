import { afterEach, beforeEach, expect, test } from "vitest";
import { startTwoApps, type TwoApps } from "../support/apps.ts";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";

let cwd: string;
let apps: TwoApps;
beforeEach(async () => {
  cwd = await workDirectory();
  apps = await startTwoApps(cwd);
});
afterEach(() => apps.close());
const run = (...args: string[]) => runCli(args, { cwd });

test("log tells who did what, as a table and as JSON", async () => {
  const empty = await run("log");
  expect(empty.stderr).toContain("Nothing is recorded yet");
  expect((await run("push", "--yes")).code).toBe(0);
  const shown = await run("log");
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stderr).toMatch(/token:FERRY_TOKEN +sync +sync-\d+-\w+ +tables \d, inserted/);
  const { entries, success } = jsonOf(await run("log", "--json")) as { entries: object[]; success: boolean };
  expect(success).toBe(true);
  expect(entries).toMatchObject([
    { who: "token:FERRY_TOKEN", did: "sync", outcome: "completed" },
    { did: "complete", outcome: "completed" },
  ]);
  expect(jsonOf(await run("log", "--limit", "1", "--json"))).toMatchObject({
    entries: [{ did: "sync" }],
    cursor: expect.any(String),
  });
  const local = jsonOf(await run("log", "--url", apps.local.url, "--json")) as { entries: object[] };
  expect(local.entries).toMatchObject([{ did: "download" }, { did: "export" }]);
});
