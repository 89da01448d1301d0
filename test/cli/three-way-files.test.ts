import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
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
