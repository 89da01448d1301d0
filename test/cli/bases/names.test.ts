import { describe, expect, test } from "vitest";
import { twoApps, twoFiles } from "./two-places.ts";

/* SQLite takes Users and users for one name, and so does a base, whichever side it learnt the name from. */

const LETTERS = {
  schema: "CREATE TABLE Users (Id INTEGER PRIMARY KEY, Email TEXT UNIQUE, Flag INTEGER)",
  schemaThere: "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, flag INTEGER)",
  rows: "INSERT INTO Users VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)",
};

const kinds = [
  ["files", twoFiles],
  [
    "apps",
    async (options: typeof LETTERS) => {
      const { done, run, ...places } = await twoApps(options);
      return {
        ...places,
        push: (...args: string[]) => run("push", "--yes", ...args),
        pushed: (...args: string[]) => done("push", "--yes", ...args),
        pulled: (...args: string[]) => done("pull", "--yes", ...args),
      };
    },
  ],
] as const;

describe.each(kinds)("Names in other letters' case, between %s", (_, places) => {
  test("are of the same cells, in both directions", async () => {
    const { here, there, pushed, pulled, push, found } = await places(LETTERS);
    here("UPDATE Users SET Flag = 1 WHERE Id = 1");
    there("UPDATE users SET email = 'theirs' WHERE id = 1; UPDATE users SET flag = 2 WHERE id = 2");
    const { stderr } = await pushed();
    expect(stderr).toContain("2 rows that only the target has edited");
    expect(found("SELECT * FROM users")).toEqual([
      { id: 1, email: "theirs", flag: 1 },
      { id: 2, email: "b", flag: 2 },
      { id: 3, email: "c", flag: 0 },
    ]);
    await pulled();
    expect((await pushed()).stderr).toContain("Nothing to do");
    here("UPDATE Users SET Flag = 5 WHERE Id = 3");
    there("UPDATE users SET flag = 6 WHERE id = 3");
    const stopped = await push();
    expect(stopped.code, stopped.stderr).toBe(3);
    expect(stopped.stderr).toContain("! Users 3 Flag: was 0, at the source 5, at the target 6");
  });

  test("a row that was left out is offered again", async () => {
    const { here, there, push, pushed, found } = await places(LETTERS);
    there("INSERT INTO users VALUES (9, 'taken', 0)");
    here("INSERT INTO Users VALUES (4, 'taken', 0); UPDATE Users SET Flag = 1 WHERE Id = 1");
    expect((await push("--on-conflict", "skip")).code).toBe(3);
    there("UPDATE users SET email = 'moved' WHERE id = 9; UPDATE users SET flag = 0 WHERE id = 1");
    await pushed("--on-conflict", "skip");
    expect(found("SELECT * FROM users WHERE id IN (1, 4) ORDER BY id")).toEqual([
      { id: 1, email: "a", flag: 0 },
      { id: 4, email: "taken", flag: 0 },
    ]);
  });

  test("a conflict that was decided for the target is none again", async () => {
    const { here, there, push, pushed, found } = await places(LETTERS);
    here("UPDATE Users SET Flag = 5 WHERE Id = 3");
    there("UPDATE users SET flag = 6 WHERE id = 3");
    expect((await push()).code).toBe(3);
    await pushed("--on-edit", "theirs");
    expect((await pushed()).stderr).toContain("1 row that only the target has edited");
    here("UPDATE Users SET Flag = 7, Email = 'ours' WHERE Id = 3");
    expect((await push()).code).toBe(3);
    await pushed("--on-edit", "ours");
    expect(found("SELECT * FROM users WHERE id = 3")).toEqual([{ id: 3, email: "ours", flag: 7 }]);
  });

  test("a table and columns that are renamed by them alone are known still", async () => {
    const { here, there, pushed, push, found } = await places({ ...LETTERS, schemaThere: LETTERS.schema });
    here(`ALTER TABLE Users RENAME TO other; ALTER TABLE other RENAME TO USERS;
      ALTER TABLE USERS RENAME COLUMN Email TO eMAIL; ALTER TABLE USERS RENAME COLUMN Id TO ID`);
    here("UPDATE USERS SET Flag = 1 WHERE ID = 1; UPDATE USERS SET Flag = 1 WHERE ID = 2");
    there("UPDATE Users SET Email = 'theirs' WHERE Id = 2; UPDATE Users SET Email = 'kept' WHERE Id = 3");
    expect((await pushed()).stderr).toContain("2 rows that only the target has edited");
    expect(found("SELECT * FROM Users")).toEqual([
      { Id: 1, Email: "a", Flag: 1 },
      { Id: 2, Email: "theirs", Flag: 1 },
      { Id: 3, Email: "kept", Flag: 0 },
    ]);
    // What is undone was exchanged under the old names.
    here("UPDATE USERS SET Flag = 9 WHERE ID = 1");
    await pushed();
    here("ALTER TABLE USERS RENAME COLUMN Flag TO flag");
    here("UPDATE USERS SET eMAIL = 'ours' WHERE ID = 3");
    const stopped = await push();
    expect(stopped.code, stopped.stderr).toBe(3);
    expect(stopped.stderr).toContain('USERS 3 eMAIL: was "c", at the source "ours", at the target "kept"');
  });
});

test("What a run exchanged under other letters goes back once it is undone", async () => {
  const { here, pushed, done, found } = await twoFiles(LETTERS);
  here("UPDATE Users SET Flag = 1, Email = 'new' WHERE Id = 1; DELETE FROM Users WHERE Id = 2");
  await pushed("--mode", "mirror", "--confirm-delete", "1");
  here("ALTER TABLE Users RENAME TO other; ALTER TABLE other RENAME TO users");
  here("ALTER TABLE users RENAME COLUMN Email TO EMAIL; UPDATE users SET flag = 3 WHERE Id = 3");
  await pushed();
  await done("undo", "--to", "prod.sqlite", "--yes");
  expect(found("SELECT flag FROM users WHERE id = 3")).toEqual([{ flag: 0 }]);
  const { stderr } = await pushed();
  expect(stderr).not.toContain("edited");
  expect(found("SELECT flag FROM users WHERE id = 3")).toEqual([{ flag: 3 }]);
});
