import { describe, expect, test } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { GUARD_ORPHANS } from "../../src/sync/run/index.ts";
import { archiveOf, drive, newRunKey } from "../support/engine.ts";
import { memoryDatabase } from "../support/node-engine.ts";
import { exportAll, importAll } from "./sync.ts";

/** What generated rows in both databases once did. It stays. */
describe("What rows that met rows once did", () => {
  test.each([
    "CREATE TABLE t (a TEXT, v, PRIMARY KEY (a))",
    "CREATE TABLE t (a TEXT, b TEXT, v, PRIMARY KEY (a, b))",
  ])("a mirror left a row with a NULL in its key, and failed its own comparison: %s", async (create) => {
    const source = memoryDatabase(`${create}; INSERT INTO t (a, v) VALUES ('x', 1)`);
    const target = memoryDatabase(`${create}; INSERT INTO t (a, v) VALUES (NULL, 2), ('x', 0)`);
    if (create.includes("b TEXT")) source.sqlite.exec("UPDATE t SET b = 'y'");
    const report = await drive(target, await archiveOf(source), newRunKey(), { mode: "mirror" });
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(target.sqlite.prepare("SELECT * FROM t").all()).toEqual(
      source.sqlite.prepare("SELECT * FROM t").all(),
    );
  });

  test.each(["always", "never"] as const)(
    "a row that is there, and not inserted, was refused for where it would have pointed: atomic %s",
    async (atomic) => {
      const schema =
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p);";
      const source = memoryDatabase(`${schema} INSERT INTO p VALUES (7); INSERT INTO c VALUES (1, 7)`);
      const target = memoryDatabase(`${schema} INSERT INTO c VALUES (1, NULL)`);
      const options = { mode: "insert", tables: ["c"], atomic } as const;
      const report = await drive(target, await archiveOf(source), newRunKey(), options);
      expect(report).toMatchObject({ status: "completed", results: { c: { inserted: 0, updated: 0 } } });
      expect(target.sqlite.prepare("SELECT * FROM c").all()).toEqual([{ id: 1, p: null }]);
      // One that is inserted does point there.
      target.sqlite.exec("DELETE FROM c");
      const refused = drive(target, await archiveOf(source), newRunKey(), { ...options, force: true });
      await expect(refused).rejects.toMatchObject({ code: "FOREIGN_KEY" });
    },
  );

  test("a row was moved off the largest integer, to what is none and a STRICT table refuses", async () => {
    const schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT NOT NULL UNIQUE) STRICT";
    const source = memoryDatabase(`${schema}; INSERT INTO t VALUES (1, 5), (2, 9223372036854775807)`);
    const target = memoryDatabase(`${schema}; INSERT INTO t VALUES (1, 9223372036854775807), (2, 5)`);
    const report = await drive(target, await archiveOf(source), newRunKey(), { mode: "mirror" });
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(target.sqlite.prepare("SELECT id, CAST(n AS TEXT) AS n FROM t").all()).toEqual([
      { id: 1, n: "5" },
      { id: 2, n: "9223372036854775807" },
    ]);
  });

  test.each(["always", "never"] as const)(
    "a row that gave way left its rowid to the row that took its value, which then was deleted: atomic %s",
    async (atomic) => {
      const schema = "CREATE TABLE t (a TEXT, b TEXT, v, PRIMARY KEY (a, b), UNIQUE (b))";
      const source = memoryDatabase(`${schema}; INSERT INTO t VALUES ('new', 'x', 1)`);
      const target = memoryDatabase(`${schema}; INSERT INTO t VALUES ('old', 'x', 2)`);
      const report = await drive(target, await archiveOf(source), newRunKey(), { mode: "mirror", atomic });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(target.sqlite.prepare("SELECT * FROM t").all()).toEqual([{ a: "new", b: "x", v: 1 }]);
    },
  );

  test("a foreign key to a computed value was found broken only at the commit, which costs D1's connection", async () => {
    const schema = `CREATE TABLE p (id INTEGER PRIMARY KEY, a, b AS (typeof(a)) UNIQUE);
      CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p (b) DEFERRABLE INITIALLY DEFERRED);`;
    const source = memoryDatabase(`${schema} INSERT INTO p VALUES (1, NULL)`);
    const file = memoryDatabase(`${schema} INSERT INTO p VALUES (1, 2.5); INSERT INTO c VALUES (1, 'real')`);
    const target = { ...file, capabilities: { ...file.capabilities, namesBrokenKeys: false } };
    const refused = drive(target, await archiveOf(source), newRunKey(), { mode: "mirror", atomic: "never" });
    await expect(refused).rejects.toMatchObject({
      code: "FOREIGN_KEY",
      cause: { message: expect.stringContaining(GUARD_ORPHANS) },
    });
  });

  test.each(["always", "never"] as const)(
    "keys were equal by the key's own collation, and the incoming row was left out: atomic %s",
    async (atomic) => {
      const schema = "CREATE TABLE t (a TEXT, v, PRIMARY KEY (a COLLATE NOCASE))";
      const source = memoryDatabase(`${schema}; INSERT INTO t VALUES ('A', 1)`);
      const target = memoryDatabase(`${schema}; INSERT INTO t VALUES ('a', 2)`);
      const report = await drive(target, await archiveOf(source), newRunKey(), { mode: "mirror", atomic });
      expect(report).toMatchObject({ status: "completed", verified: true });
      expect(target.sqlite.prepare("SELECT * FROM t").all()).toEqual([{ a: "A", v: 1 }]);
    },
  );

  test.each(["A", "b"])("what the key's own collation calls one row was not put back: %s", async (a) => {
    const schema = "CREATE TABLE t (a TEXT, v, PRIMARY KEY (a COLLATE NOCASE))";
    const source = memoryDatabase(`${schema}; INSERT INTO t VALUES ('${a}', 1)`);
    const target = memoryDatabase(`${schema}; INSERT INTO t VALUES ('a', 2)`);
    const options = { mode: "mirror", thenUndo: true } as const;
    const archive = await exportAll(source, { frameBytes: 1000 });
    const { undone } = (await importAll(target, archive, options, false)) as { undone?: unknown };
    expect(undone).toMatchObject({ status: "completed", left: 0 });
    expect(target.sqlite.prepare("SELECT * FROM t").all()).toEqual([{ a: "a", v: 2 }]);
  });

  test("a row that goes was counted among those that lose the row they point to", async () => {
    const schema = `CREATE TABLE p (id INTEGER PRIMARY KEY, a UNIQUE);
      CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p (a));`;
    const source = memoryDatabase(`${schema} INSERT INTO p VALUES (1, NULL)`);
    const file = memoryDatabase(`${schema} INSERT INTO p VALUES (1, 7); INSERT INTO c VALUES (1, 7)`);
    const target = { ...file, capabilities: { ...file.capabilities, namesBrokenKeys: false } };
    const report = await drive(target, await archiveOf(source), newRunKey(), { mode: "mirror" });
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(file.sqlite.prepare("SELECT * FROM c").all()).toEqual([]);
  });

  test("a table called __proto__, not among those that are synced, made the document another one", async () => {
    const schema =
      "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE __proto__ (id INTEGER PRIMARY KEY);";
    const rows = Array.from({ length: 60 }, (_, i) => `(${i})`).join();
    const source = memoryDatabase(`${schema} INSERT INTO t VALUES ${rows}; INSERT INTO __proto__ VALUES (1)`);
    const target = memoryDatabase(schema);
    const report = await drive(target, await archiveOf(source, { frameBytes: 40 }), newRunKey(), {
      tables: ["t"],
      atomic: "never",
      budget: () => createBudget({ statements: 40, limit: 1000 }),
    });
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(report.calls).toBeGreaterThan(1);
  });

  test("the rows of a full-text table called rowid were known by what its hidden column of that name holds", async () => {
    const schema = "CREATE VIRTUAL TABLE rowid USING fts5(a)";
    const source = memoryDatabase(`${schema}; INSERT INTO rowid (_rowid_, a) VALUES (5, 'one'), (7, 'two')`);
    const target = memoryDatabase(`${schema}; INSERT INTO rowid (_rowid_, a) VALUES (7, 'old'), (9, 'old')`);
    const report = await drive(target, await archiveOf(source), newRunKey(), { mode: "mirror" });
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(target.sqlite.prepare("SELECT _rowid_ AS id, a FROM rowid").all()).toEqual([
      { id: 5, a: "one" },
      { id: 7, a: "two" },
    ]);
  });

  test.each([
    ["always", "CASCADE", ""],
    ["never", "CASCADE", " COLLATE NOCASE"],
    ["always", "SET NULL", " COLLATE NOCASE"],
    ["never", "SET NULL", ""],
  ] as const)(
    "rows known by their rowids for a NULL in the key took keys of each other, and other rows lost them: atomic %s, ON DELETE %s,%s",
    async (atomic, rule, collation) => {
      const schema = `CREATE TABLE p (a TEXT${collation} PRIMARY KEY);
        CREATE TABLE c (id TEXT PRIMARY KEY, p REFERENCES p ON DELETE ${rule}) WITHOUT ROWID;`;
      const source = memoryDatabase(`${schema} INSERT INTO p (rowid, a) VALUES (1, 'x'), (2, 'y'), (3, NULL);
        INSERT INTO c VALUES ('1', 'x'), ('2', 'y')`);
      const target = memoryDatabase(`${schema} INSERT INTO p (rowid, a) VALUES (1, 'y'), (2, 'x'), (4, NULL);
        INSERT INTO c VALUES ('1', 'x'), ('2', 'y'), ('3', 'x')`);
      const report = await drive(target, await archiveOf(source), newRunKey(), { mode: "mirror", atomic });
      expect(report).toMatchObject({ status: "completed", verified: true });
      for (const sql of ["SELECT rowid, a FROM p", "SELECT * FROM c"])
        expect(target.sqlite.prepare(sql).all()).toEqual(source.sqlite.prepare(sql).all());
    },
  );

  test("in many transactions a row was given the rowid of one that went with a displaced row, and taken for it", async () => {
    const schema = `CREATE TABLE p (id INTEGER PRIMARY KEY, a NOT NULL UNIQUE);
      CREATE TABLE c (id TEXT PRIMARY KEY NOT NULL, p NOT NULL REFERENCES p ON DELETE CASCADE);`;
    const source = memoryDatabase(`${schema} INSERT INTO p VALUES (1, 7); INSERT INTO c VALUES ('x', 1)`);
    const target = memoryDatabase(`${schema} INSERT INTO p VALUES (2, 7); INSERT INTO c VALUES ('y', 2)`);
    const options = { mode: "mirror", atomic: "never" } as const;
    const report = await drive(target, await archiveOf(source), newRunKey(), options);
    // Not by a second plan.
    expect(report).toMatchObject({ status: "completed", verified: true, calls: 1 });
    expect(target.sqlite.prepare("SELECT * FROM c").all()).toEqual([{ id: "x", p: 1 }]);
  });

  test("a row that was to go, while its value stayed with another one, stopped a mirror for who points to it", async () => {
    const schema = `CREATE TABLE p (a REAL PRIMARY KEY, v); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p);`;
    const source = memoryDatabase(`${schema} INSERT INTO p (a) VALUES (NULL), (7)`);
    const target = memoryDatabase(
      `${schema} INSERT INTO p (a) VALUES (8), (NULL), (7); INSERT INTO c VALUES (1, 7)`,
    );
    const options = { mode: "mirror", tables: ["p"] } as const;
    const report = await drive(target, await archiveOf(source), newRunKey(), options);
    expect(report).toMatchObject({ status: "completed", verified: true });
    expect(target.sqlite.prepare("SELECT a FROM p").all()).toEqual([{ a: null }, { a: 7 }]);
    expect(target.sqlite.prepare("SELECT p FROM c").all()).toEqual([{ p: 7 }]);
  });
});
