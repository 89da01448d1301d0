import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { spawnCli } from "../../support/cli.ts";
import { runSql } from "../../support/sample.ts";
import { twoFiles } from "./two-places.ts";

/*
 * A command that is killed while it writes a SQLite file leaves behind what it was to write: the next one finds out from
 * the file whether it did, also where a row was merged and is what neither side has.
 */

async function mergedRow() {
  const places = await twoFiles();
  places.here("UPDATE t SET flag = 1 WHERE id = 1; UPDATE t SET flag = 2 WHERE id = 3");
  places.there("UPDATE t SET name = 'theirs' WHERE id = 1; UPDATE t SET flag = 2 WHERE id = 3");
  return places;
}

const MERGED = [{ id: 1, name: "theirs", flag: 1 }];

test("Before it has written, only one side has edited, as before", async () => {
  const { at, pushed, found } = await mergedRow();
  const killed = await spawnCli(["push", "--from", "local.sqlite", "--to", "prod.sqlite", "--yes"], {
    cwd: at("."),
    onStderr: (text, kill) => {
      if (text.includes("Plan for")) kill("SIGKILL");
    },
  });
  expect(killed.code).toBeNull();
  const { stderr } = await pushed();
  expect(stderr).not.toContain("not known");
  expect(found("SELECT * FROM t WHERE id = 1")).toEqual(MERGED);
});

test.each(["done", "nothing"])("Once it has written, or not: %s", async (became) => {
  const { at, here, there, pushed, found } = await mergedRow();
  await pushed();
  expect(found("SELECT * FROM t WHERE id = 1")).toEqual(MERGED);
  const bases = at(".d1-ferry/bases");
  const [name] = (await readdir(bases)).filter((one) => one.endsWith(".sqlite"));
  const last = "n = (SELECT max(n) FROM _ferry_exchange)";
  runSql(join(bases, name as string), `UPDATE _ferry_exchange SET state = 'pending' WHERE ${last}`);
  if (became === "nothing") there("UPDATE t SET flag = 0 WHERE id = 1");
  here("UPDATE t SET flag = 3 WHERE id = 1");
  const { stderr } = await pushed();
  expect(stderr).not.toContain("not known");
  expect(found("SELECT * FROM t WHERE id = 1")).toEqual([{ id: 1, name: "theirs", flag: 3 }]);
});
