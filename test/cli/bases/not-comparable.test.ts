import { expect, test } from "vitest";
import { twoFiles } from "./two-places.ts";

/* Of a table that was exchanged, and cannot be compared any more, nobody knows what was edited there since. */

const COLUMNS = "name TEXT, flag INTEGER";
const SCHEMA = `CREATE TABLE t (id TEXT PRIMARY KEY, ${COLUMNS}); CREATE TABLE other (id INTEGER PRIMARY KEY)`;
const ROWS = "INSERT INTO t VALUES ('a', 'a', 0), ('b', 'b', 0); INSERT INTO other VALUES (1)";
const madeAnew = (definition: string) =>
  `CREATE TABLE made (${definition}); INSERT INTO made SELECT * FROM t; DROP TABLE t; ALTER TABLE made RENAME TO t`;

test.each([
  ["a key that compares texts otherwise", `id TEXT COLLATE NOCASE PRIMARY KEY, ${COLUMNS}`, []],
  ["a column that stores values otherwise", "id TEXT PRIMARY KEY, name TEXT, flag TEXT", []],
  ["a key of other columns", `id TEXT, ${COLUMNS}, PRIMARY KEY (id, name)`, []],
  ["no key", `id TEXT, ${COLUMNS}`, ["--keyless", "append"]],
])("%s at the target: the push stops, and goes on once somebody has decided", async (_, definition, args) => {
  const { push, pushed, here, there, found } = await twoFiles({ schema: SCHEMA, rows: ROWS });
  there(madeAnew(definition));
  there("UPDATE t SET name = 'theirs' WHERE id = 'a'");
  here("UPDATE t SET flag = 1 WHERE id = 'b'");
  const stopped = await push(...args);
  expect(stopped.code, stopped.stderr).toBe(3);
  expect(stopped.stderr).toMatch(/t cannot be compared/);
  expect(stopped.stderr).toContain("--exclude t");
  expect(found("SELECT name FROM t WHERE id = 'a'")).toContainEqual({ name: "theirs" });
  here("INSERT INTO other VALUES (2)");
  await pushed("--exclude", "t");
  expect(found("SELECT count(*) AS n FROM other")).toEqual([{ n: 2 }]);
});

test("It is no longer known once it was sent whole", async () => {
  const { push, pushed, here, there, found, both } = await twoFiles({ schema: SCHEMA, rows: ROWS });
  there(madeAnew("id TEXT PRIMARY KEY, name TEXT, flag TEXT"));
  here("UPDATE t SET flag = 1 WHERE id = 'b'");
  expect((await push()).code).toBe(3);
  await pushed("--on-edit", "ours");
  expect(found("SELECT flag FROM t WHERE id = 'b'")).toEqual([{ flag: "1" }]);
  there(madeAnew("id TEXT PRIMARY KEY, name TEXT, flag INTEGER"));
  // What was known before the two were unlike is not believed any more: this is no row that only the source has edited.
  there("UPDATE t SET flag = 0 WHERE id = 'b'");
  expect((await pushed()).stderr).toContain("Nothing is known here of an earlier exchange of 1 row");
  both(madeAnew(`id TEXT, ${COLUMNS}`));
  expect((await pushed()).stderr).toContain("Nothing to do");
});

test("One that has lost its key on both sides is not written over either", async () => {
  const { push, pushed, here, there, both, found } = await twoFiles({ schema: SCHEMA, rows: ROWS });
  both(madeAnew(`id TEXT, ${COLUMNS}`));
  expect((await pushed("--mode", "mirror")).stderr).toContain("Nothing to do");
  there("UPDATE t SET flag = 7 WHERE id = 'a'");
  here("UPDATE t SET flag = 1 WHERE id = 'b'");
  const stopped = await push("--mode", "mirror");
  expect(stopped.code, stopped.stderr).toBe(3);
  expect(stopped.stderr).toContain("t cannot be compared");
  await pushed("--mode", "mirror", "--on-edit", "ours");
  expect(found("SELECT id, flag FROM t ORDER BY id")).toEqual([
    { id: "a", flag: 0 },
    { id: "b", flag: 1 },
  ]);
});
