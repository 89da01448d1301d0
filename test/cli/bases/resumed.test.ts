import { expect, test } from "vitest";
import { spawnCli } from "../../support/cli.ts";
import { twoApps, twoFiles } from "./two-places.ts";

/* A push that sends everything and is interrupted goes on with what it had exported, but not over what was edited since. */

async function between(kind: string) {
  if (kind === "files")
    return { ...(await twoFiles()), args: ["--from", "local.sqlite", "--to", "prod.sqlite"] };
  return { ...(await twoApps()), args: [] as string[] };
}

test.each(["files", "apps"])("Between %s", async (kind) => {
  const { at, here, there, found, run, args } = await between(kind);
  here("CREATE TABLE tags (id INTEGER PRIMARY KEY); INSERT INTO tags VALUES (1)");
  const push = ["push", ...args, "--yes", "--create"];
  const killed = await spawnCli(push, {
    cwd: at("."),
    onStderr: (text, kill) => {
      if (text.includes("Exported")) kill("SIGKILL");
    },
  });
  expect(killed.code).toBeNull();
  there("UPDATE t SET flag = 7 WHERE id = 2");
  const again = await run(...push);
  expect(again.code, again.stderr).toBe(3);
  expect(again.stderr).toContain("been edited at the target since the last exchange");
  expect(found("SELECT flag FROM t WHERE id = 2")).toEqual([{ flag: 7 }]);
});
