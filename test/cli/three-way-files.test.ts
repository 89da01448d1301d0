import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { link, symlink } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { oneOf } from "../support/cases.ts";
import { runCli, workDirectory } from "../support/cli.ts";
import { querySql, runSql } from "../support/sample.ts";

let cwd: string;
const at = (name: string) => join(cwd, name);
const pushTo = (to: string, ...args: string[]) =>
  runCli(["push", "--from", "here.sqlite", "--to", to, ...args], { cwd });
const push = (...args: string[]) => pushTo("there.sqlite", ...args);
const here = (sql: string) => runSql(at("here.sqlite"), sql);
const notes = () => querySql(at("there.sqlite"), "SELECT * FROM notes");

beforeEach(async () => {
  cwd = await workDirectory();
  here("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO notes VALUES (1, 'a'), (2, 'b')");
  expect((await push("--yes")).code).toBe(0);
});

test("a plan into a file that was not confirmed leaves no edits behind: the same command with the flag writes it", async () => {
  here("UPDATE notes SET body = 'ours' WHERE id = 1; DELETE FROM notes WHERE id = 2");
  const refused = await push("--mode", "mirror", "--yes");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("Add --confirm-delete=1");
  expect((await push("--mode", "mirror", "--confirm-delete", "2")).code).toBe(2);
  const confirmed = await push("--mode", "mirror", "--confirm-delete", "1");
  expect(confirmed.code, confirmed.stderr).toBe(0);
  expect(notes()).toEqual([{ id: 1, body: "ours" }]);
});

test("a table that only one of the places has can be excluded, as the refusal says, and what neither has is unknown", async () => {
  here("CREATE TABLE tags (name TEXT PRIMARY KEY); INSERT INTO tags VALUES ('x')");
  here("UPDATE notes SET body = 'ours' WHERE id = 1");
  expect((await push("--yes")).stderr).toContain("--exclude tags");
  runSql(
    at("there.sqlite"),
    "UPDATE notes SET body = 'theirs' WHERE id = 2; CREATE TABLE visits (id INTEGER)",
  );
  const pushed = await push("--yes", "--exclude", "tags,VISITS");
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(notes()).toEqual([
    { id: 1, body: "ours" },
    { id: 2, body: "theirs" },
  ]);
  const diff = (...args: string[]) => runCli(["diff", "here.sqlite", "there.sqlite", ...args], { cwd });
  expect((await diff("--exclude", "tags,visits")).code).toBe(0);
  for (const unknown of [push("--yes", "--exclude", "nope"), push("--yes", "--tables", "nope")])
    expect((await unknown).stderr).toContain('There is no table "nope"');
  expect((await diff("--exclude", "nope")).stderr).toContain('There is no table "nope"');
});

test("--create compares: it has nothing to do where nothing has changed, and keeps what was edited there", async () => {
  expect((await push("--yes", "--create")).stderr).toContain("Nothing to do");
  runSql(at("there.sqlite"), "UPDATE notes SET body = 'theirs' WHERE id = 2");
  here("UPDATE notes SET body = 'ours' WHERE id = 1");
  const pushed = await push("--yes", "--create");
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(pushed.stderr).not.toContain("Sending everything");
  expect(notes()).toEqual([
    { id: 1, body: "ours" },
    { id: 2, body: "theirs" },
  ]);
});

test("tables that the target lacks are created by themselves, as the refusal says, beside rows that were edited there", async () => {
  here("CREATE TABLE tags (id INTEGER PRIMARY KEY); CREATE TABLE links (id INTEGER PRIMARY KEY)");
  here("INSERT INTO tags VALUES (1)");
  runSql(at("there.sqlite"), "UPDATE notes SET body = 'theirs' WHERE id = 2");
  const refused = await push("--yes", "--create");
  expect(refused.code, refused.stderr).toBe(3);
  expect(refused.stderr).toContain("sent over it: the target has no table tags, or does not show it.");
  expect(refused.stderr).toContain("--tables tags,links --create. Or leave it out: --exclude tags,links.");
  const alone = await push("--yes", "--create", "--tables", "tags,links");
  expect(alone.code, alone.stderr).toBe(0);
  expect(querySql(at("there.sqlite"), "SELECT id FROM tags")).toEqual([{ id: 1 }]);
  expect((await push("--yes", "--create")).code).toBe(0);
  expect(notes()[1]).toEqual({ id: 2, body: "theirs" });
});

test("a column that is new here is added, as the refusal says, beside rows that were edited there", async () => {
  here("ALTER TABLE notes ADD COLUMN likes INTEGER DEFAULT 7");
  runSql(at("there.sqlite"), "UPDATE notes SET body = 'theirs' WHERE id = 2");
  const refused = await push("--yes");
  expect(refused.code, refused.stderr).toBe(3);
  expect(refused.stderr).toContain("the target's notes lacks likes.");
  expect(refused.stderr).toMatch(/^ {2}Add --migrate, .*--exclude notes$/m);
  expect((await push("--yes", "--migrate")).code).toBe(0);
  expect(notes()).toEqual([
    { id: 1, body: "a", likes: 7 },
    { id: 2, body: "theirs", likes: 7 },
  ]);
});

test("tables that cannot be compared are left out, as the refusal says, beside rows that were edited there", async () => {
  here("CREATE VIRTUAL TABLE words USING fts5 (t, content=''); CREATE TABLE tags (name TEXT PRIMARY KEY)");
  here("INSERT INTO tags VALUES (NULL)");
  const there = "other.sqlite";
  expect((await pushTo(there, "--yes")).code).toBe(0);
  here("UPDATE notes SET body = 'ours' WHERE id = 1");
  runSql(at(there), "UPDATE notes SET body = 'theirs' WHERE id = 2");
  const refused = await pushTo(there, "--yes", "--on-edit", "theirs");
  expect(refused.code, refused.stderr).toBe(3);
  expect(refused.stderr).toContain(
    "sent over it: words cannot be compared, for it is a full-text table that keeps no text. Nothing",
  );
  expect(refused.stderr).toContain("Leave it out: --exclude words,tags. Or --on-edit=ours");
  const pushed = await pushTo(there, "--yes", "--exclude", "tags,words");
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(querySql(at(there), "SELECT body FROM notes")).toEqual([{ body: "ours" }, { body: "theirs" }]);
});

test.each([
  ["a first push", []],
  ["a push of everything", ["--full"]],
])("%s leaves out a table that only the target has, and tells of one that neither has", async (_, args) => {
  runSql(
    at("other.sqlite"),
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT); CREATE TABLE visits (id INTEGER PRIMARY KEY); INSERT INTO visits VALUES (7)",
  );
  const unknown = await pushTo("other.sqlite", "--yes", ...args, "--exclude", "visits,nope");
  expect(unknown.stderr).toContain('There is no table "nope"');
  const pushed = await pushTo("other.sqlite", "--yes", ...args, "--exclude", "Visits");
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(querySql(at("other.sqlite"), "SELECT notes.id, visits.id AS visit FROM notes, visits")).toHaveLength(
    2,
  );
  const unmade = await pushTo("new.sqlite", "--yes", ...args, "--exclude", "visits");
  expect(unmade.stderr).toContain('There is no table "visits"');
});

test("a file under another name is the same place", async () => {
  await symlink(at("here.sqlite"), at("link.sqlite"));
  await link(at("here.sqlite"), at("hard.sqlite"));
  for (const name of ["link.sqlite", "hard.sqlite"]) {
    const { code, stderr } = await pushTo(name, "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("is both the source and the target");
  }
});

test("a source that another program has locked is told with what to do", { timeout: 30_000 }, async () => {
  const other = new DatabaseSync(at("here.sqlite"));
  other.exec("BEGIN EXCLUSIVE");
  const { code, stderr } = await push("--yes");
  other.close();
  expect(code).toBe(1);
  expect(stderr).toContain(
    "database is locked (DATABASE_ERROR)\n  Another program writes to the database. Run",
  );
});

const fill = (path: string, count: number) =>
  runSql(
    path,
    `WITH RECURSIVE n (id) AS (SELECT 10 UNION ALL SELECT id + 1 FROM n WHERE id < ${count})
     INSERT INTO notes SELECT id, 'note ' || id || hex(zeroblob(60)) FROM n`,
  );

/** A program that dies while it writes the file: what it had not committed is none of its rows. */
function dieWhileWriting(path: string, journal: "delete" | "wal"): void {
  const script = `
    const sqlite = new (require("node:sqlite").DatabaseSync)(${JSON.stringify(path)});
    sqlite.exec("PRAGMA journal_mode = ${journal}; PRAGMA cache_size = 5; PRAGMA wal_autocheckpoint = 0");
    sqlite.exec("INSERT OR REPLACE INTO notes VALUES (9, '${journal}')");
    sqlite.exec("BEGIN; UPDATE notes SET body = body || ' half written'");
    process.kill(process.pid, "SIGKILL")`;
  expect(spawnSync(process.execPath, ["-e", script]).signal).toBe("SIGKILL");
}

test.each(["delete", "wal"] as const)(
  "a file whose program died while it wrote is taken as that had committed it last, with journal_mode = %s",
  async (journal) => {
    fill(at("here.sqlite"), 3000);
    expect((await push("--yes")).code).toBe(0);
    for (const name of ["here.sqlite", "there.sqlite"]) dieWhileWriting(at(name), journal);
    expect(existsSync(at(journal === "wal" ? "there.sqlite-wal" : "there.sqlite-journal"))).toBe(true);
    const compared = await runCli(["diff", "here.sqlite", "there.sqlite", "--exit-code"], { cwd });
    expect(compared.code, compared.stderr).toBe(0);
    for (const name of ["here.sqlite", "there.sqlite"]) dieWhileWriting(at(name), journal);
    const pushed = await push("--yes");
    expect(pushed.code, pushed.stderr).toBe(0);
    expect(notes().at(2)).toEqual({ id: 9, body: journal });
    expect(notes().filter(({ body }) => String(body).includes("half written"))).toEqual([]);
  },
);

test.each(oneOf([0, 20, 60, 120]))(
  "a push that is killed %d ms after it begins to write a file was done or has never been: nobody's edit is in its way",
  async (ms) => {
    fill(at("here.sqlite"), 6000);
    expect((await push("--yes")).code).toBe(0);
    here("UPDATE notes SET body = 'edited ' || id WHERE id % 2 = 0");
    await killWhileWriting(["push", "--from", "here.sqlite", "--to", "there.sqlite", "--yes"], ms);
    const again = await push("--yes");
    expect(again.code, again.stderr).toBe(0);
    expect(notes()).toEqual(querySql(at("here.sqlite"), "SELECT * FROM notes"));
  },
);

test.each(oneOf([0, 100, 250, 400]))(
  "an undo that is killed %d ms after it begins to write a file was done or has never been, and the next push knows which",
  async (ms) => {
    fill(at("here.sqlite"), 6000);
    expect((await push("--yes")).code).toBe(0);
    here("UPDATE notes SET body = 'edited ' || id WHERE id % 2 = 0");
    expect((await push("--yes")).code).toBe(0);
    await killWhileWriting(["undo", "--to", "there.sqlite", "--yes"], ms);
    here("UPDATE notes SET body = 'edited again ' || id WHERE id = 4");
    const pushed = await push("--yes");
    expect(pushed.code, pushed.stderr).toBe(0);
    expect(notes()).toEqual(querySql(at("here.sqlite"), "SELECT * FROM notes"));
  },
);

/** Kills a command so long after it has begun to write the file. */
async function killWhileWriting(args: readonly string[], ms: number): Promise<void> {
  let over = false;
  await runCli(args, {
    cwd,
    async onStart(kill) {
      while (!over && !existsSync(at("there.sqlite-journal"))) await sleep(2);
      await sleep(ms);
      kill("SIGKILL");
    },
  });
  over = true;
}
