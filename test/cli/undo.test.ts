import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newKey } from "../../src/bucket/keys.ts";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { makeMirrored, querySql, runSql } from "../support/sample.ts";
import { type AppServer, startAppServer, TOKEN } from "../support/server.ts";

let cwd: string;
let app: AppServer;
const at = (name: string) => join(cwd, name);
const run = (...args: string[]) => runCli(args, { cwd });
const rowsIn = (name: string) => ({
  users: querySql(at(name), "SELECT id, name FROM users ORDER BY id"),
  tags: querySql(at(name), "SELECT name, hits FROM tags ORDER BY name"),
});

interface Printed {
  syncKey: string;
  undo: { key: string; command: string } | null;
  undoes?: string;
  plan: { left?: object } | null;
}
const printed = (cli: Awaited<ReturnType<typeof run>>) => jsonOf(cli) as unknown as Printed;
/** The words of a command that was printed. */
const words = (command: string) => command.split(" ").slice(1);

beforeEach(async () => {
  cwd = await workDirectory();
  makeMirrored(at("local.sqlite"), at("prod.sqlite"));
  await mkdir(at("bucket"));
  app = await startAppServer({ database: at("prod.sqlite"), bucket: at("bucket") });
  await writeFile(at(".env"), `PROD_API=${app.url}\nFERRY_TOKEN=${TOKEN}\n`);
});
afterEach(() => app.close());

const push = (...more: string[]) =>
  run("push", "--from", "local.sqlite", "--mode", "mirror", "--confirm-delete", "1", ...more);

describe("d1-ferry undo", () => {
  test("takes back the newest push at an app; the command that undoes each is the last line", async () => {
    const before = rowsIn("prod.sqlite");
    const pushed = await push();
    expect(pushed.code, pushed.stderr).toBe(0);
    const after = rowsIn("prod.sqlite");
    const last = pushed.stderr.trimEnd().split("\n").at(-1) ?? "";
    expect(last).toMatch(/^Undo it: d1-ferry undo sync-\S+ --url http:\S+$/);

    const unconfirmed = await run("undo");
    expect(unconfirmed.code).toBe(2);
    const dry = await run("undo", "--dry-run", "--rows");
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stderr).toMatch(/^Undoing sync-\S+, completed /m);
    expect(dry.stdout.toString().trim().split("\n").sort()).toEqual(
      [
        '+ users 9 {"id":9,"name":"c"}',
        '~ users 8 name: "b" → "a"',
        "− users 7",
        '~ tags "x" hits: 2 → 1',
      ].sort(),
    );
    expect(rowsIn("prod.sqlite")).toEqual(after);

    const undone = await run("undo", "--confirm-delete", "1", "--json");
    expect(undone.code, undone.stderr).toBe(0);
    expect(rowsIn("prod.sqlite")).toEqual(before);
    const { undo, undoes, syncKey } = printed(undone);
    expect(syncKey).toMatch(/^undo-/);
    expect(undoes).toMatch(/^sync-/);
    expect(undone.stderr).toContain(`has undone ${undoes}`);
    expect(undone.stderr.trimEnd().split("\n").at(-1)).toBe(`Undo it: ${undo?.command}`);

    const nothing = await run("undo", "--yes");
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toContain("NOT_UNDOABLE");
    const once = await run(...words(last.replace("Undo it: ", "")), "--yes");
    expect(once.stderr).toContain(`To undo the undo: ${undo?.command}\n`);
    const again = await run(...words(undo?.command ?? ""), "--confirm-delete", "1");
    expect(again.code, again.stderr).toBe(0);
    expect(rowsIn("prod.sqlite")).toEqual(after);

    const history = await run("history");
    expect(history.stderr).toContain(`undoes ${undoes}`);
    expect(history.stderr).toContain("undone by undo-");
  });

  test("leaves rows that were edited since, says so, and ends with code 3", async () => {
    const { undo } = printed(await push("--json"));
    runSql(at("prod.sqlite"), "UPDATE users SET name = 'mine' WHERE id = 8");
    const dry = await run(...words(undo?.command ?? ""), "--dry-run");
    expect(dry.code).toBe(0);
    expect(dry.stderr).toContain('! 8  changed since: name: "mine"');
    const left = await run(...words(undo?.command ?? ""), "--confirm-delete", "1", "--json");
    expect(left.code, left.stderr).toBe(3);
    expect(left.stderr).toContain("1 row: 1 changed since the run; --force takes back the changed ones, too");
    expect(left.stderr).toContain("1 row was left alone: 1 changed since the run");
    expect(printed(left).plan?.left).toEqual({ edited: 1, held: 0 });
    expect(rowsIn("prod.sqlite").users).toContainEqual({ id: 8, name: "mine" });
  });

  test("takes back rows that were edited since with --force", async () => {
    const before = rowsIn("prod.sqlite");
    await push();
    runSql(at("prod.sqlite"), "UPDATE users SET name = 'mine' WHERE id = 8");
    const forced = await run("undo", "--force", "--confirm-delete", "1");
    expect(forced.code, forced.stderr).toBe(0);
    expect(rowsIn("prod.sqlite")).toEqual(before);
  });

  test("takes back what a push has written that failed half way, which says what that is", async () => {
    runSql(
      at("prod.sqlite"),
      "DROP TABLE tags; CREATE TABLE tags (name TEXT PRIMARY KEY, hits INTEGER CHECK (hits < 2))",
    );
    const before = rowsIn("prod.sqlite");
    const failed = await run("push", "--from", "local.sqlite", "--yes", "--atomic", "never");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("was given up before its end. What it has written stays:\n");
    expect(failed.stderr).toMatch(/^ {2}users +1 +1 +0$/m);
    const [, command = ""] = /^Undo it: (.*)$/m.exec(failed.stderr) ?? [];
    expect(rowsIn("prod.sqlite")).not.toEqual(before);
    const undone = await run(...words(command), "--confirm-delete", "1");
    expect(undone.code, undone.stderr).toBe(0);
    expect(rowsIn("prod.sqlite")).toEqual(before);
  });

  test("is refused for a push that kept nothing, which says no command either", async () => {
    const pushed = await push("--no-undo");
    expect(pushed.stderr).not.toContain("Undo it");
    expect((await run("undo", "--yes")).code).toBe(1);
    const { runs } = jsonOf(await run("history", "--json")) as unknown as { runs: { key: string }[] };
    const refused = await run("undo", runs[0]?.key ?? "", "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("was asked to keep no rows as they were");
  });

  test("takes back the newest sync into a SQLite file, by what is kept beside it", async () => {
    const before = rowsIn("prod.sqlite");
    const pushed = await push("--to", "prod.sqlite", "--json");
    expect(pushed.code, pushed.stderr).toBe(0);
    const after = rowsIn("prod.sqlite");
    expect(printed(pushed).undo?.command).toMatch(/^d1-ferry undo sync-\S+ --to \S+prod\.sqlite$/);
    expect(await readdir(at("prod.sqlite.d1-ferry-undo"))).toHaveLength(1);

    const dry = await run("undo", "--to", "prod.sqlite", "--dry-run", "--rows");
    expect(dry.stdout.toString()).toContain('+ users 9 {"id":9,"name":"c"}');
    const undone = await run("undo", "--to", "prod.sqlite", "--confirm-delete", "1", "--json");
    expect(undone.code, undone.stderr).toBe(0);
    expect(rowsIn("prod.sqlite")).toEqual(before);
    expect(await readdir(at("prod.sqlite.d1-ferry-undo"))).toHaveLength(1);

    const nothing = await run("undo", "--to", "prod.sqlite");
    expect(nothing.code, "with nothing to undo, no confirmation is asked for").toBe(1);
    expect(nothing.stderr).toContain("NOT_UNDOABLE");
    const command = printed(undone).undo?.command ?? "";
    expect(command).toContain(`d1-ferry undo ${printed(undone).syncKey} --to `);
    const again = await run(...words(command), "--confirm-delete", "1");
    expect(again.code, again.stderr).toBe(0);
    expect(rowsIn("prod.sqlite")).toEqual(after);
  });

  test("undoes a sync into a SQLite file once, and does not take its key for the undo's", async () => {
    const before = rowsIn("prod.sqlite");
    const { undo, syncKey } = printed(await push("--to", "prod.sqlite", "--json"));
    const archive = await run("undo", undo?.key ?? "", "--to", "prod.sqlite", "--yes");
    expect(archive.code).toBe(1);
    expect(archive.stderr).toContain(`To undo ${syncKey}: ${undo?.command}`);

    const first = await run(...words(undo?.command ?? ""), "--confirm-delete", "1");
    expect(first.code, first.stderr).toBe(0);
    const second = await run(...words(undo?.command ?? ""), "--confirm-delete", "1");
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("NOT_UNDOABLE");
    expect(second.stderr).toContain(`Nothing is kept of ${syncKey} in ${at("prod.sqlite.d1-ferry-undo")}`);
    expect(rowsIn("prod.sqlite")).toEqual(before);
  });

  test("goes by what is kept beside a SQLite file until it has left no row", async () => {
    const before = rowsIn("prod.sqlite");
    const { undo, syncKey } = printed(await push("--to", "prod.sqlite", "--json"));
    runSql(at("prod.sqlite"), "UPDATE users SET name = 'mine' WHERE id = 8");
    const left = await run("undo", "--to", "prod.sqlite", "--confirm-delete", "1", "--json");
    expect(left.code, left.stderr).toBe(3);
    expect(left.stderr).toContain(`has undone ${syncKey} but for 1 row,`);
    expect(rowsIn("prod.sqlite").users).toContainEqual({ id: 8, name: "mine" });

    const newest = await run("undo", "--to", "prod.sqlite", "--yes");
    expect(newest.code).toBe(1);
    expect(newest.stderr).toContain(
      `${undo?.command} takes them back once nothing holds them; with --force also those that were changed since`,
    );
    const forced = await run(...words(undo?.command ?? ""), "--force", "--yes");
    expect(forced.code, forced.stderr).toBe(0);
    expect(rowsIn("prod.sqlite")).toEqual(before);
    expect((await run(...words(undo?.command ?? ""), "--force", "--yes")).code).toBe(1);

    // What both undos kept is still there, under the key of their run.
    const redo = printed(left).undo?.command ?? "";
    for (const name of ["mine", "b"]) {
      const redone = await run(...words(redo), "--confirm-delete", name === "b" ? "1" : "0");
      expect(redone.code, redone.stderr).toBe(0);
      expect(rowsIn("prod.sqlite").users).toContainEqual({ id: 8, name: "mine" });
    }
  });

  test("takes rows without a key out of a SQLite file once", async () => {
    const LOG = "CREATE TABLE log (message TEXT, n INTEGER)";
    runSql(at("local.sqlite"), `${LOG}; INSERT INTO log VALUES ('a', 1), ('a', 1), ('b', 1)`);
    runSql(at("prod.sqlite"), `${LOG}; INSERT INTO log VALUES ('a', 1)`);
    const logged = () => querySql(at("prod.sqlite"), "SELECT message, n FROM log").map(Object.values);
    const keyless = [
      "--from",
      "local.sqlite",
      "--to",
      "prod.sqlite",
      "--tables",
      "log",
      "--keyless",
      "append",
    ];
    const { undo } = printed(await run("push", ...keyless, "--yes", "--json"));
    expect(logged()).toHaveLength(3);
    runSql(at("prod.sqlite"), "INSERT INTO log VALUES ('a', 1); UPDATE log SET n = 2 WHERE message = 'b'");
    const once = await run(...words(undo?.command ?? ""), "--force", "--confirm-delete", "1", "--json");
    expect(once.code, once.stderr).toBe(3);
    expect(printed(once).plan?.left).toEqual({ edited: 1, held: 0 });
    expect(once.stderr).not.toContain("--force takes back");
    const left = logged();
    expect(left).toEqual([
      ["a", 1],
      ["a", 1],
      ["b", 2],
    ]);
    const again = await run(...words(undo?.command ?? ""), "--force", "--yes");
    expect(again.code, again.stderr).toBe(0);
    expect(logged()).toEqual(left);
    expect((await run(...words(undo?.command ?? ""), "--yes")).code).toBe(1);
  });

  test("takes the sync into a SQLite file for the newest again once its undo, which left rows, is undone", async () => {
    const { syncKey } = printed(await push("--to", "prod.sqlite", "--json"));
    runSql(at("prod.sqlite"), "UPDATE users SET name = 'mine' WHERE id = 8");
    const left = await run("undo", "--to", "prod.sqlite", "--confirm-delete", "1", "--json");
    const redone = await run(...words(printed(left).undo?.command ?? ""), "--confirm-delete", "1");
    expect(redone.code, redone.stderr).toBe(0);
    const again = await run("undo", "--to", "prod.sqlite", "--dry-run");
    expect(again.stderr).toContain(`Undoing ${syncKey}, of `);
  });

  test("names the file that is damaged beside a SQLite file, which stands in nobody else's way", async () => {
    const { undo } = printed(await push("--to", "prod.sqlite", "--json"));
    const damaged = join(at("prod.sqlite.d1-ferry-undo"), `${newKey("undo")}.archive`);
    await writeFile(damaged, "damaged");
    const blocked = await run("undo", "--to", "prod.sqlite", "--dry-run");
    expect(blocked.code).toBe(1);
    expect(blocked.stderr).toContain(`${damaged}, which keeps rows as they were, cannot be read`);
    expect(blocked.stderr).toContain("The file can be removed");
    expect((await run(...words(undo?.command ?? ""), "--dry-run")).code).toBe(0);
  });

  test("asks for the tables and columns back that an undo needs", async () => {
    const { undo } = printed(await push("--to", "prod.sqlite", "--json"));
    runSql(at("prod.sqlite"), "DROP TABLE tags");
    const stopped = await run(...words(undo?.command ?? ""), "--dry-run");
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain("An undo needs the tables and columns that the sync wrote");
    expect(stopped.stderr).not.toMatch(/--exclude|--create/);
  });

  test("is refused for a place that is no database, and for a file without anything beside it", async () => {
    expect((await run("undo", "--to", "nothing.sqlite", "--yes")).code).toBe(2);
    expect((await run("undo", "--to", ".env", "--yes")).code).toBe(2);
    expect((await run("undo", "--rows", "--yes")).code).toBe(2);
    expect((await run("undo", "null", "--yes")).code).toBe(2);
    const none = await run("undo", "--to", "local.sqlite", "--yes");
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("Nothing is kept that could be undone");
  });
});
