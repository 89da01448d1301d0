import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { describeToken, newToken } from "../../../src/tokens.ts";
import { startTwoApps, type TwoApps } from "../../support/apps.ts";
import { jsonOf, runCli, workDirectory } from "../../support/cli.ts";
import { sampleRows } from "../../support/sample.ts";

let apps: TwoApps;
afterEach(() => apps.close());

test("A token that was made allows at an app what its line says, until the line ends", async () => {
  const cwd = await workDirectory();
  const make = async (...args: string[]) =>
    jsonOf(await runCli(["token", ...args, "--json"], { cwd })) as { token: string; line: string };
  const [planner, writer] = [await make("--name", "ci", "--may", "plan"), await make("--expires", "1d")];
  const ended = newToken();
  const endedLine = await describeToken(ended, { name: "old", may: ["plan"], expires: Date.now() - 1000 });
  apps = await startTwoApps(cwd, { prod: { tokens: [planner.line, writer.line, endedLine].join("\n") } });
  const as = (token: string, ...args: string[]) => runCli(args, { cwd, env: { PROD_TOKEN: token } });
  const rows = () => sampleRows(join(cwd, "prod.sqlite"));
  const empty = rows();

  const planned = await as(planner.token, "push", "--dry-run");
  expect(planned.code, planned.stderr).toBe(0);
  const refused = await as(planner.token, "push", "--yes");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("FORBIDDEN");
  const late = await as(ended, "push", "--yes");
  expect(late.code).toBe(1);
  expect(late.stderr).toContain('The token "old" expired on');
  expect(late.stderr).toContain("Make another with d1-ferry token");
  expect(rows()).toEqual(empty);

  const taken = await as(writer.token, "push", "--yes");
  expect(taken.code).toBe(1);
  expect(taken.stderr).toContain("start over with --fresh");
  const pushed = await as(writer.token, "push", "--yes", "--fresh");
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(rows()).toEqual(sampleRows(join(cwd, "local.sqlite")));
  const told = [planned, refused, late, pushed].map(({ stderr }) => stderr).join();
  for (const token of [planner.token, writer.token, ended]) expect(told).not.toContain(token);
});
