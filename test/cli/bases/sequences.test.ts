import { join } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { once, sampled } from "../../support/cases.ts";
import { runCli, workDirectory } from "../../support/cli.ts";
import { type Columns, type Exchange, exchanged, type Known, type ModelRow, type Side } from "./model.ts";

/*
 * Pushes and pulls in turns between two files that are both edited and whose tables change, held against a model of the
 * rows (model.ts). Between them: undo, commands that only look, names in other letters' case.
 */

/** Rows that a key tells apart, each with spellings that SQLite calls equal. */
const SCHEMAS = {
  "an integer": {
    sql: "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b, g AS (a) STORED)",
    key: ["k"],
    rows: [["1"], ["2"], ["9007199254740993"], ["-1"]],
  },
  "two values of any kind": {
    sql: "CREATE TABLE t (k, l COLLATE NOCASE, a, b, PRIMARY KEY (k, l)) WITHOUT ROWID",
    key: ["k", "l"],
    rows: [
      ["1, 'x'", "1.0, 'X'"],
      ["'1', 'x'"],
      ["X'31', 'a' || char(0) || 'b'", "X'31', 'A' || char(0) || 'c'"],
      ["9007199254740993, X'78'"],
    ],
  },
  "a text whose blanks at the end do not count": {
    sql: "CREATE TABLE t (k TEXT COLLATE RTRIM PRIMARY KEY, a, b, g AS (b || a) VIRTUAL)",
    key: ["k"],
    rows: [["'a'", "'a  '"], ["CAST(X'FF' AS TEXT)", "CAST(X'FF20' AS TEXT)"], ["''", "' '"], ["'b'"]],
  },
} as const;
type Kind = keyof typeof SCHEMAS;

const VALUES = [
  "NULL",
  "0",
  "1",
  "1.0",
  "'1'",
  "0.0",
  "-0.0",
  "X'31'",
  "9007199254740993",
  "9007199254740992.0",
  "'é'",
];
const value = fc.constantFrom(...VALUES);
const side = fc.constantFrom<Side>("left", "right");

type Step =
  | { is: "edit"; side: Side; row: number; spelling: number; cells: [string, string] | null }
  | { is: "cell"; side: Side; row: number; column: number; value: string }
  | { is: "alter"; how: "add" | "drop" | "rename"; sides: Side[]; column: number }
  | { is: "letters"; side: Side }
  | { is: "look"; from: Side }
  | { is: "undo" }
  | ({ is: "exchange" } & Exchange);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant("edit" as const),
      side,
      row: fc.nat(3),
      spelling: fc.nat(1),
      cells: fc.option(fc.tuple(value, value), { freq: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant("cell" as const),
      side,
      row: fc.nat(3),
      column: fc.nat(3),
      value,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant("alter" as const),
      how: fc.constantFrom("add" as const, "drop" as const, "rename" as const),
      sides: fc.constantFrom<Side[]>(["left", "right"], ["left", "right"], ["left"], ["right"]),
      column: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("letters" as const), side }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("look" as const), from: side }) },
  { weight: 1, arbitrary: fc.constant<Step>({ is: "undo" }) },
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant("exchange" as const),
      from: fc.constantFrom<Side>("left", "left", "right"),
      mode: fc.constantFrom("merge" as const, "mirror" as const, "mirror" as const, "insert" as const),
      onEdit: fc.constantFrom("stop" as const, "ours" as const, "theirs" as const),
    }),
  },
);

class Files {
  readonly #cwd: string;
  readonly #kind: Kind;
  added = 0;

  constructor(cwd: string, kind: Kind) {
    this.#cwd = cwd;
    this.#kind = kind;
    const { sql, rows } = SCHEMAS[kind];
    for (const one of ["left", "right"] as const) this.on(one, sql);
    // A row that nobody edits: a target without any is another one than was exchanged with.
    const stays = rows[0][0].includes(",") ? "'stays', 0" : kind === "an integer" ? "99" : "'stays'";
    for (const row of [stays, rows[0][0], rows[1][0]]) this.on("left", `INSERT INTO t VALUES (${row}, 0, 0)`);
  }

  on(one: Side, sql: string): void {
    const sqlite = new DatabaseSync(join(this.#cwd, `${one}.sqlite`));
    try {
      sqlite.exec(sql);
    } finally {
      sqlite.close();
    }
  }

  /** Those that are stored. */
  columns(one: Side): string[] {
    return this.#all(one, "SELECT name FROM pragma_table_xinfo('t') WHERE hidden = 0").map(({ name }) =>
      String(name),
    );
  }

  /** By the number of the row that SQLite calls it. */
  rows(one: Side): Map<string, ModelRow> {
    const { key, rows } = SCHEMAS[this.#kind];
    const columns = this.columns(one);
    const cells = columns.map((name) => `"${name}"`);
    const same = rows.map(([spelled], i) => `(${key.join(", ")}) = (${spelled}) AS same${i}`);
    return new Map(
      this.#all(one, `SELECT ${[...cells, ...same].join(", ")} FROM t`).map((row) => {
        const told = new Map(
          columns.map((name) => [name.toLowerCase(), toldCell(row[name] as SQLOutputValue)]),
        );
        const which = rows.findIndex((_, i) => row[`same${i}`] === 1n);
        return [which < 0 ? key.map((name) => told.get(name)).join() : String(which), told];
      }),
    );
  }

  #all(one: Side, sql: string): Record<string, SQLOutputValue>[] {
    const sqlite = new DatabaseSync(join(this.#cwd, `${one}.sqlite`), { readOnly: true });
    try {
      const statement = sqlite.prepare(sql);
      statement.setReadBigInts(true);
      return statement.all().map((row) => ({ ...row }));
    } finally {
      sqlite.close();
    }
  }

  edit(one: Side, { row, spelling, cells }: Extract<Step, { is: "edit" }>): void {
    const { key, rows } = SCHEMAS[this.#kind];
    const spelled = rows[row] as readonly string[];
    this.on(one, `DELETE FROM t WHERE (${key.join(", ")}) = (${spelled[0]})`);
    if (cells === null) return;
    const [first, second] = this.columns(one).filter((name) => !key.includes(name.toLowerCase() as never));
    const columns = [...key, ...[first, second].filter((name) => name !== undefined)];
    const values = [spelled[spelling] ?? spelled[0], ...cells.slice(0, columns.length - key.length)];
    this.on(
      one,
      `INSERT INTO t (${columns.map((name) => `"${name}"`).join(", ")}) VALUES (${values.join(", ")})`,
    );
  }

  setCell(one: Side, { row, column, value: to }: Extract<Step, { is: "cell" }>): void {
    const { key, rows } = SCHEMAS[this.#kind];
    const own = this.columns(one).filter((name) => !key.includes(name.toLowerCase() as never));
    const name = own[column % Math.max(own.length, 1)];
    if (name !== undefined)
      this.on(one, `UPDATE t SET "${name}" = ${to} WHERE (${key.join(", ")}) = (${rows[row]?.[0]})`);
  }

  /** Both sides as one, or one of them alone. */
  alter({ how, sides, column }: Extract<Step, { is: "alter" }>): void {
    const name = `c${this.added++}`;
    for (const one of sides) {
      const free = this.columns(one).filter((own) => /^c\d/i.test(own));
      const old = free[column % Math.max(free.length, 1)];
      if (how === "add") this.on(one, `ALTER TABLE t ADD COLUMN ${name} DEFAULT 5`);
      else if (old === undefined) continue;
      else if (how === "drop") this.on(one, `ALTER TABLE t DROP COLUMN "${old}"`);
      else this.on(one, `ALTER TABLE t RENAME COLUMN "${old}" TO ${name}`);
    }
  }

  otherLetters(one: Side): void {
    const [table] = this.#all(one, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    const name = String(table?.name) === "t" ? "T" : "t";
    this.on(one, `ALTER TABLE t RENAME TO other; ALTER TABLE other RENAME TO ${name}`);
    for (const column of this.columns(one)) {
      const swapped = column === column.toLowerCase() ? column.toUpperCase() : column.toLowerCase();
      this.on(one, `ALTER TABLE t RENAME COLUMN "${column}" TO "${swapped}"`);
    }
  }
}

function toldCell(cell: SQLOutputValue): string {
  if (typeof cell === "number") return `real ${Object.is(cell, -0) ? "-0" : cell}`;
  if (typeof cell === "bigint") return `int ${cell}`;
  if (cell instanceof Uint8Array) return `blob ${Buffer.from(cell).toString("hex")}`;
  return JSON.stringify(cell);
}

const CONFIRM = /--confirm-delete=(\d+)/;

async function holdsModel(kind: Kind, steps: readonly Step[]): Promise<void> {
  const cwd = await workDirectory();
  const files = new Files(cwd, kind);
  const command = async (...args: string[]) => {
    const ran = await runCli([...args, "--yes"], { cwd });
    const deletes = ran.code === 2 ? CONFIRM.exec(ran.stderr)?.[1] : undefined;
    return deletes === undefined ? ran : runCli([...args, "--confirm-delete", deletes], { cwd });
  };
  const both = () => ({ left: files.rows("left"), right: files.rows("right") });
  const columns = (): Columns => ({
    left: lower(files.columns("left")),
    right: lower(files.columns("right")),
  });
  const places = (from: Side) => ["--from", `${from}.sqlite`, "--to", `${other(from)}.sqlite`];
  expect((await command("push", ...places("left"))).code).toBe(0);
  let known: Known = { ...both(), base: files.rows("left") };
  let undo: { known: Known; side: Side } | null = null;
  for (const one of steps) {
    const before = undo;
    undo = null;
    if (one.is === "edit") files.edit(one.side, one);
    else if (one.is === "cell") files.setCell(one.side, one);
    else if (one.is === "letters") files.otherLetters(one.side);
    else if (one.is === "look") await command("push", ...places(one.from), "--dry-run");
    else if (one.is === "alter") files.alter(one);
    else if (one.is === "undo") {
      if (before === null) continue;
      const undone = await command("undo", "--to", `${before.side}.sqlite`);
      expect(undone.code, undone.stderr).toBe(0);
      ({ known } = before);
      expect(both()).toEqual({ left: known.left, right: known.right });
    } else {
      const expected = exchanged(known, columns(), one);
      const args = ["--mode", one.mode, "--on-edit", one.onEdit];
      const ran = await command(one.from === "left" ? "push" : "pull", ...places(one.from), ...args);
      const to = other(one.from);
      if (expected.ends !== "done") {
        expect([1, 3], ran.stderr).toContain(ran.code);
        if (expected.ends === "conflict") expect(ran.code, ran.stderr).toBe(3);
        expect(both()).toEqual({ left: known.left, right: known.right });
        continue;
      }
      expect(ran.code, ran.stderr).toBe(0);
      expect(files.rows(to), ran.stderr).toEqual(expected.next);
      expect(files.rows(one.from)).toEqual(known[one.from]);
      if (!ran.stderr.includes("Nothing to do")) undo = { known, side: to };
      known = { ...known, [to]: expected.next, base: expected.base };
      const again = await command(one.from === "left" ? "push" : "pull", ...places(one.from), ...args);
      expect(again.stderr).toContain("Nothing to do");
      if (again.code !== 0) expect.fail(again.stderr);
      continue;
    }
    known = { ...known, ...both() };
  }
}

const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase());

const other = (one: Side): Side => (one === "left" ? "right" : "left");

test.each(Object.keys(SCHEMAS) as Kind[])("Rows known by %s", once(60), async (kind) => {
  const steps = fc.array(step, { minLength: 4, maxLength: 16 });
  await fc.assert(
    fc.asyncProperty(steps, (all) => holdsModel(kind, all)),
    sampled(60),
  );
});
