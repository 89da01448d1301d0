import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startTwoApps } from "../support/apps.ts";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { runSql } from "../support/sample.ts";

test("Alone the command says how to begin where there is nothing yet", async () => {
  const cwd = await workDirectory();
  const { code, stderr } = await runCli([], { cwd });
  expect(code).toBe(0);
  expect(stderr).toBe(
    [
      "local       none: no LOCAL_API, and no wrangler file with a database",
      "production  none: no PROD_API",
      "",
      "  d1-ferry init               # sets up the app of this directory",
      "",
      "All commands: d1-ferry --help",
      "",
    ].join("\n"),
  );
});

test("Alone it says what is live, how the last run ended, and what is likely to come next", async () => {
  const cwd = await workDirectory();
  const apps = await startTwoApps(cwd);
  try {
    const before = await runCli([], { cwd });
    expect(before.stderr).toContain(
      `production  ${apps.prod.url}\nlive        nothing has been synced yet\n`,
    );
    expect(before.stderr).toContain("d1-ferry push --dry-run");
    expect((await runCli(["push", "--yes"], { cwd })).code).toBe(0);
    const after = await runCli([], { cwd });
    expect(after.stderr).toMatch(/^live +version 1 of 2 tables, since /m);
    expect(after.stderr).toMatch(
      /^last run +\S+ \S+ by token:\S+.*, \+ 700, ~ 0, − 0 rows, completed, sync-/m,
    );
    expect(jsonOf(await runCli(["--json"], { cwd }))).toMatchObject({
      success: true,
      local: apps.local.url,
      production: apps.prod.url,
      run: { phase: "completed" },
      next: [{ command: "d1-ferry diff" }, { command: "d1-ferry push --dry-run" }],
    });
    runSql(join(cwd, "local.sqlite"), "UPDATE authors SET score = 7 WHERE id = 1");
    expect((await runCli(["plan"], { cwd })).code).toBe(0);
    expect((await runCli([], { cwd })).stderr).toMatch(/^ {2}d1-ferry sync sync-\S+ +# goes on with it$/m);
  } finally {
    await apps.close();
  }
});

test("Alone it names the check where production does not answer", async () => {
  const cwd = await workDirectory();
  await writeFile(join(cwd, ".env"), "LOCAL_API=http://127.0.0.1:1\nPROD_API=http://127.0.0.1:2\n");
  const { code, stderr } = await runCli([], { cwd });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^ +(?:no answer within 3 s|http:\/\/127.0.0.1:2 cannot be reached.*)$/m);
  expect(stderr).toContain("d1-ferry doctor");
});

test("A command that is mistyped is guessed", async () => {
  const { code, stderr } = await runCli(["psuh"], { cwd: await workDirectory() });
  expect(code).toBe(2);
  expect(stderr).toContain("(Did you mean push?)");
});
