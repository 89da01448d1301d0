import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jsonOf } from "../../support/cli.ts";
import { querySql, runSql } from "../../support/sample.ts";
import { TOKEN } from "../../support/server.ts";
import { twoApps, twoFiles } from "./two-places.ts";

/*
 * A base that claims what was never exchanged has a push write over an edit of the target's: back to what the base claims.
 * So it goes back only where nothing was written, and says of all else that it does not know.
 */

describe("Of a column that is new to a base nothing is known", () => {
  test("until its rows are exchanged, where it has another name than before", async () => {
    const { both, here, there, pushed, found } = await twoFiles();
    both("ALTER TABLE t RENAME COLUMN name TO title");
    here("UPDATE t SET flag = 1 WHERE id = 3");
    await pushed();
    there("UPDATE t SET title = NULL WHERE id = 1");
    here("UPDATE t SET title = 'mine' WHERE id = 2");
    await pushed();
    expect(found("SELECT title FROM t ORDER BY id")).toEqual([
      { title: null },
      { title: "mine" },
      { title: "c" },
    ]);
  });

  test("until then, where it stands between others", async () => {
    const { both, here, there, pushed, found } = await twoFiles();
    both(`CREATE TABLE other (id INTEGER PRIMARY KEY, extra INTEGER DEFAULT 5, name TEXT UNIQUE, flag INTEGER);
      INSERT INTO other (id, name, flag) SELECT id, name, flag FROM t; DROP TABLE t; ALTER TABLE other RENAME TO t`);
    here("UPDATE t SET name = 'z' WHERE id = 3");
    await pushed();
    there("UPDATE t SET extra = NULL WHERE id = 1");
    const { stderr } = await pushed();
    expect(stderr).toContain("1 row that only the target has edited");
    expect(found("SELECT extra FROM t WHERE id = 1")).toEqual([{ extra: null }]);
  });

  test("and after a push that was refused nothing is known of it still", async () => {
    const { both, here, there, push, found } = await twoFiles();
    both("ALTER TABLE t ADD COLUMN extra INTEGER DEFAULT 5");
    there("INSERT INTO t (id, name) VALUES (9, 'taken')");
    here("INSERT INTO t (id, name) VALUES (4, 'taken')");
    expect((await push()).code).toBe(1);
    here("DELETE FROM t WHERE id = 4");
    there("UPDATE t SET extra = NULL WHERE id = 1");
    const stopped = await push();
    expect(stopped.code, stopped.stderr).toBe(3);
    expect(stopped.stderr).toContain("! t 1 extra: was not known, at the source 5, at the target null");
    expect(found("SELECT extra FROM t WHERE id = 1")).toEqual([{ extra: null }]);
  });
});

test.each([1, 25])("%i rows that are left out go back by themselves", async (count) => {
  const { here, there, push, found } = await twoFiles();
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  there(`${numbers} INSERT INTO t SELECT 1000 + i, 'taken' || i, 0 FROM n`);
  here(`UPDATE t SET flag = 1 WHERE id = 1; ${numbers} INSERT INTO t SELECT 100 + i, 'taken' || i, 0 FROM n`);
  expect((await push("--on-conflict", "skip")).code).toBe(3);
  there("UPDATE t SET flag = 0 WHERE id = 1; UPDATE t SET name = 'moved' || id WHERE id > 1000");
  const { code, stderr } = await push("--on-conflict", "skip");
  expect(code, stderr).toBe(0);
  // What production made of row 1 stays, and the others find their place.
  expect(found("SELECT * FROM t WHERE id = 1")).toEqual([{ id: 1, name: "a", flag: 0 }]);
  expect(found("SELECT count(*) AS n FROM t WHERE id BETWEEN 101 AND 1000")).toEqual([{ n: count }]);
});

describe("Rows of which nobody knows what became of them", () => {
  test.each(["no push", "a push that inserts alone"])(
    "stay unknown until it is decided about them: %s between",
    async (between) => {
      const { at, here, there, push, pushed, found } = await twoFiles();
      here("UPDATE t SET flag = 1 WHERE id < 3");
      await pushed();
      const bases = at(".d1-ferry/bases");
      const [name] = (await readdir(bases)).filter((one) => one.endsWith(".sqlite"));
      // As a command leaves it that is killed just as the target has committed.
      const last = "n = (SELECT max(n) FROM _ferry_exchange)";
      runSql(join(bases, name as string), `UPDATE _ferry_exchange SET state = 'pending' WHERE ${last}`);
      there("UPDATE t SET flag = 7 WHERE id = 2; UPDATE t SET flag = 0 WHERE id = 1");
      if (between !== "no push") await pushed("--mode", "insert");
      there("UPDATE t SET flag = 1 WHERE id = 2");
      const stopped = await push();
      expect(stopped.code, stopped.stderr).toBe(3);
      expect(stopped.stderr).toContain(
        "t 1: on both sides, with other cells; which side edited it is not known",
      );
      expect(found("SELECT flag FROM t WHERE id = 1")).toEqual([{ flag: 0 }]);
    },
  );

  test("are those of a run that was given up half way, which says what it has written", async () => {
    const table = (name: string) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, flag INTEGER)`;
    const { hooks, here, there, run, found } = await twoApps({
      schema: ["a", "b", "c"].map(table).join(";"),
      rows: ["a", "b", "c"].map((name) => `INSERT INTO ${name} VALUES (1, 0), (2, 0)`).join(";"),
    });
    here("UPDATE a SET flag = 1; UPDATE b SET flag = 1; UPDATE c SET flag = 1");
    let written = false;
    hooks.afterBatch = () => {
      if (written || found("SELECT flag FROM a WHERE id = 1")[0]?.flag !== 1) return;
      written = true;
      there("UPDATE b SET flag = 5 WHERE id = 2");
    };
    const stopped = await run("push", "--yes", "--atomic", "never");
    hooks.afterBatch = () => {};
    expect(stopped.code, stopped.stderr).toBe(3);
    expect(stopped.stderr).toContain("was given up before its end. What it has written stays:");
    expect(stopped.stderr).toMatch(/Undo it: d1-ferry undo sync-/);
    expect(stopped.stderr).toContain("Nothing more was sent (EDIT_CONFLICT)");
    expect(found("SELECT flag FROM a")).toEqual([{ flag: 1 }, { flag: 1 }]);
    // Production takes one of the written rows back: nobody writes over that.
    there("UPDATE a SET flag = 0 WHERE id = 1; UPDATE b SET flag = 0");
    const again = await run("push", "--yes");
    expect(again.code, again.stderr).toBe(3);
    expect(again.stderr).toContain("! a 1: on both sides, with other cells");
    expect(again.stderr).not.toContain("! b ");
    expect(found("SELECT flag FROM a WHERE id = 1")).toEqual([{ flag: 0 }]);
    // Tables that it had not come to are sent as if nothing had been.
    expect((await run("push", "--yes", "--on-edit", "theirs")).code).toBe(0);
    expect(found("SELECT a.flag AS a, c.flag AS c FROM a JOIN c USING (id) ORDER BY id")).toEqual([
      { a: 0, c: 1 },
      { a: 1, c: 1 },
    ]);
  });
});

test("A plan that is applied after other commands have looked is an exchange all the same", async () => {
  const { here, there, done, run, found } = await twoApps();
  here("UPDATE t SET flag = 1 WHERE id < 3");
  await done("plan", "-o", "plan.json");
  await done("push", "--dry-run");
  await done("push", "--dry-run");
  await done("apply", "plan.json", "--yes");
  there("UPDATE t SET flag = 0 WHERE id = 1");
  here("UPDATE t SET flag = 2 WHERE id = 2");
  const { stderr } = await done("push", "--yes");
  expect(stderr).toContain("1 row that only the target has edited");
  expect(found("SELECT flag FROM t ORDER BY id")).toEqual([{ flag: 0 }, { flag: 2 }, { flag: 0 }]);
  // And one that is never applied is none.
  here("UPDATE t SET flag = 3 WHERE id = 3");
  await done("plan", "-o", "plan.json");
  await done("push", "--dry-run");
  const pushed = jsonOf(await run("push", "--yes", "--json"));
  expect(pushed).toMatchObject({ results: { t: { updated: 1 } }, merge: { conflicts: { rows: 0 } } });
});

describe("A row that holds what the command sends to be let in", () => {
  test("arrives as it is, in both directions", async () => {
    const { here, there, run, done, found, at } = await twoApps();
    here(`UPDATE t SET name = 'token=${TOKEN};' WHERE id = 2`);
    await done("push", "--yes");
    expect(found("SELECT name FROM t WHERE id = 2")).toEqual([{ name: `token=${TOKEN};` }]);
    expect((await done("push", "--yes")).stderr).toContain("Nothing to do");
    there(`UPDATE t SET name = '${TOKEN}' WHERE id = 3`);
    await done("pull", "--yes");
    expect(querySql(at("local.sqlite"), "SELECT name FROM t WHERE id = 3")).toEqual([{ name: TOKEN }]);
    expect((await done("verify", "local.sqlite", "prod.sqlite")).stderr).toContain("are equal");
    // And is a difference where it is none of the other's.
    there("UPDATE t SET name = '…' WHERE id = 3");
    expect((await run("verify")).code).toBe(4);
  });
});
