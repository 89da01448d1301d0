import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli, workDirectory } from "../../support/cli.ts";
import { querySql, runSql } from "../../support/sample.ts";

/* What both have after the first exchange is known from then on, whichever mode it had. */

const TABLES = ["a", "b"].map(
  (name) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, x INTEGER, y INTEGER)`,
);

async function pushedFirst(there: string | null, ...args: string[]) {
  const cwd = await workDirectory();
  const at = (name: string) => join(cwd, name);
  runSql(at("here.sqlite"), TABLES.join(";"));
  for (const name of ["a", "b"])
    runSql(at("here.sqlite"), `INSERT INTO ${name} VALUES (1, 0, 0), (2, 0, 0), (3, 0, 0)`);
  if (there !== null) runSql(at("there.sqlite"), `${TABLES.join(";")}; ${there}`);
  const push = (...more: string[]) =>
    runCli(["push", "--from", "here.sqlite", "--to", "there.sqlite", "--yes", ...more], { cwd });
  const first = await push("--mode", "insert", ...args);
  expect(first.code, first.stderr).toBe(0);
  return {
    push,
    here: (sql: string) => runSql(at("here.sqlite"), sql),
    there: (sql: string) => runSql(at("there.sqlite"), sql),
    found: (sql: string) => querySql(at("there.sqlite"), sql),
  };
}

test.each([
  ["a file that is not there", null, []],
  ["empty tables", "", []],
  ["rows beside them, all at once", "INSERT INTO a VALUES (9, 9, 9)", ["--full"]],
  ["rows that differ, and others", "INSERT INTO a VALUES (1, 7, 7)", []],
])("rows that are inserted into %s", async (_, before, args) => {
  const { push, here, there, found } = await pushedFirst(before, ...args);
  for (const name of ["a", "b"]) {
    there(`UPDATE ${name} SET x = 1 WHERE id = 2`);
    here(`UPDATE ${name} SET y = 2 WHERE id = 2; UPDATE ${name} SET y = 3 WHERE id = 3`);
  }
  // Row 1 may be another one in both.
  const pushed = await push("--on-edit", "theirs");
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(pushed.stderr).toContain("2 rows that only the target has edited");
  for (const name of ["a", "b"])
    expect(found(`SELECT x, y FROM ${name} WHERE id IN (2, 3) ORDER BY id`)).toEqual([
      { x: 1, y: 2 },
      { x: 0, y: 3 },
    ]);
});

test("of a table in which some rows stayed as they were, sent all at once, nothing is known of them", async () => {
  const { push, here, there, found } = await pushedFirst("INSERT INTO a VALUES (1, 7, 7)", "--full");
  there("UPDATE b SET x = 1 WHERE id = 2");
  here("UPDATE b SET x = 2 WHERE id = 2");
  const stopped = await push();
  expect(stopped.code, stopped.stderr).toBe(3);
  expect(stopped.stderr).toContain("! b 2 x: was 0");
  expect(found("SELECT x, y FROM a WHERE id = 1")).toEqual([{ x: 7, y: 7 }]);
});
