import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTwoApps, type TwoApps } from "../support/apps.ts";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { runSql } from "../support/sample.ts";

let cwd: string;
let apps: TwoApps;
beforeEach(async () => {
  cwd = await workDirectory();
  apps = await startTwoApps(cwd);
});
afterEach(() => apps.close());

const run = (...args: string[]) => runCli(args, { cwd });

interface Told {
  success: boolean;
  live: object[];
  runs: { key: string; startedAt: number }[];
  history: object[];
}
const told = async (...args: string[]) => jsonOf(await run("history", "--json", ...args)) as unknown as Told;

describe("history", () => {
  test("of a database that nothing was synced into says so", async () => {
    const { code, stderr } = await run("history");
    expect(code).toBe(0);
    expect(stderr).toBe("live: nothing has been synced yet\n");
    expect(await told()).toEqual({ success: true, live: [], runs: [], history: [] });
  });

  test("has a line a run, newest first, below what is live", async () => {
    await run("push", "--yes");
    expect((await run("push", "--yes", "--version", "1")).code).toBe(1);
    expect((await run("push", "--full", "--yes")).code).toBe(0);
    runSql(
      join(cwd, "local.sqlite"),
      "UPDATE authors SET score = 0 WHERE id < 4; DELETE FROM posts WHERE id > 498",
    );
    await run("push", "--mode", "mirror", "--confirm-delete", "2");
    const { runs, live } = await told();
    const { code, stderr } = await run("history");
    expect(code).toBe(0);
    const from = new URL(apps.local.url).host;
    const who = `token:FERRY_TOKEN +${from} \\(node-sqlite\\)`;
    const [first, blank, titles, ...lines] = stderr.trimEnd().split("\n");
    expect(first).toMatch(/^live: version 2 of 2 tables, since \d{4}-\d\d-\d\d \d\d:\d\d$/);
    expect(blank).toBe("");
    expect(titles).toMatch(/^when +who +from +mode +version +rows +state +key$/);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(
      new RegExp(`^[\\d-]+ [\\d:]+ +${who} +mirror +2 +\\+ 0 +~ 3 +− 2 +completed +${runs[0]?.key}$`),
    );
    expect(lines[1]).toMatch(new RegExp(`${who} +merge +\\+ 0 +~ 0 +− 0 +nothing to do +${runs[1]?.key}$`));
    expect(lines[2]).toMatch(new RegExp(`${who} +merge +1 +refused: ALREADY_SYNCED +${runs[2]?.key}$`));
    expect(lines[3]).toMatch(new RegExp(`${who} +merge +1 +\\+ 700 +~ 0 +− 0 +completed +${runs[3]?.key}$`));
    expect(live).toMatchObject([
      { table: "authors", version: 2 },
      { table: "posts", version: 2 },
    ]);
  });

  test("tells each table of each run, and each table that is live at another version", async () => {
    await run("push", "--yes");
    await run("push", "--yes", "--tables", "authors", "--version", "2");
    const { stderr } = await run("history", "--tables");
    expect(stderr).toMatch(/live +version +since\nauthors +2 +[\d-]+ [\d:]+\nposts +1 +[\d-]+ [\d:]+\n/);
    expect(stderr).toMatch(/sync-\S+\n {2}authors +\+ 0 +~ 0 +− 0\n/);
    expect(stderr).toMatch(/sync-\S+\n {2}authors +\+ 200 +~ 0 +− 0\n {2}posts +\+ 500 +~ 0 +− 0\n$/);
  });

  test("is as long as is asked for, and in the time of the place where it is read", async () => {
    await run("push", "--yes");
    await run("push", "--yes", "--version", "2");
    const { runs } = await told("--limit", "1");
    expect(runs).toHaveLength(1);
    const time = (timeZone: string) =>
      new Date(runs[0]?.startedAt ?? 0).toLocaleString("sv-SE", {
        timeZone,
        dateStyle: "short",
        timeStyle: "short",
      });
    for (const TZ of ["Asia/Tokyo", "America/St_Johns"]) {
      const { stderr } = await runCli(["history", "--limit", "1"], { cwd, env: { TZ } });
      expect(stderr).toContain(`\n${time(TZ)}  token:`);
      const [, older = ""] = /There may be older ones:\n +(.*)\n/.exec(stderr) ?? [];
      expect(older).toBe(`d1-ferry history --limit 1 --before ${runs[0]?.key} --url ${apps.prod.url}`);
      const [, ...words] = older.split(" ");
      expect(jsonOf(await run(...words, "--json"))).toMatchObject({ runs: [{ version: 1 }] });
    }
    expect((await run("history", "--before", "yesterday")).stderr).toContain("yesterday is not a key");
  });

  test("and status tell a refused run as such", async () => {
    await run("push", "--yes");
    await run("push", "--yes", "--version", "1");
    const { runs } = await told();
    const status = await run("status", String(runs[0]?.key), "--json");
    expect(status.code).toBe(1);
    expect(status.stderr).toMatch(/^status +refused$/m);
    expect(jsonOf(status)).toMatchObject({ status: { status: "failed", phase: "refused" } });
  });
});
