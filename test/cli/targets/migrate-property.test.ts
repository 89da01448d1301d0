import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sqliteTarget } from "../../../src/cli/targets/sqlite-target.ts";
import { sqliteDatabase } from "../../../src/database/node-sqlite.ts";
import { quote } from "../../../src/database/sql/syntax.ts";
import { ALL_CASES, once, sampled } from "../../support/cases.ts";
import { archiveOf, newRunKey } from "../../support/engine.ts";

type Value = null | number | bigint | string | Uint8Array;

/** A column as it is declared, and what may stand in it; nothing where it is computed. */
interface Kind {
  declared: string;
  values: readonly Value[];
}

const KINDS: Kind[] = [
  { declared: "TEXT", values: [null, "", "a", "Ä b", "'; --"] },
  { declared: "", values: [null, "1", 1, 1.5, -0, 2n ** 53n + 1n, new Uint8Array([1])] },
  { declared: "INTEGER NOT NULL DEFAULT 3 CHECK ($ < 100)", values: [3, 0, -9, 2n ** 40n * -1n] },
  { declared: "REAL DEFAULT -0.5", values: [null, -0.5, 1, 1e300] },
  { declared: "BLOB DEFAULT x'00'", values: [null, new Uint8Array([0]), new Uint8Array([0, 255])] },
  { declared: "TEXT COLLATE NOCASE DEFAULT 'x'", values: [null, "x", "X"] },
  { declared: "INTEGER REFERENCES one (id)", values: [null, 1] },
  { declared: "TEXT AS (id || '!')", values: [] },
];

const MOST = 5;
const rows = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1, max: 5 }),
    cells: fc.array(fc.nat(), { minLength: MOST, maxLength: MOST }),
  }),
  { selector: ({ id }) => id, maxLength: 4 },
);
const table = fc.record({
  columns: fc.array(fc.constantFrom(...KINDS), { maxLength: MOST }),
  /** Which of its columns the target has; null where it lacks the table. */
  known: fc.option(fc.nat(2 ** MOST - 1), { freq: 5 }),
  ours: rows,
  theirs: rows,
});

type Table = typeof table extends fc.Arbitrary<infer T> ? T : never;
type Tables = Record<"one" | "two", Table>;

/** Every database has the row that others refer to. */
const withFirst = (list: Table["ours"]): Table["ours"] =>
  list.some(({ id }) => id === 1) ? list : [{ id: 1, cells: Array(MOST).fill(0) }, ...list];

function fill(path: string, tables: Tables, { isTarget }: { isTarget: boolean }): void {
  const sqlite = new DatabaseSync(path);
  sqlite.exec("PRAGMA foreign_keys = off; CREATE TABLE always (id INTEGER PRIMARY KEY)");
  for (const [name, { columns, known, ours, theirs }] of Object.entries(tables)) {
    if (isTarget && known === null) continue;
    const own = columns
      .map((kind, i) => ({ ...kind, i, column: `c ${i}` }))
      .filter(({ i }) => !isTarget || (((known ?? 0) >> i) & 1) === 1);
    const definitions = own.map(
      ({ column, declared }) => `${quote(column)} ${declared.replace("$", quote(column))}`,
    );
    sqlite.exec(`CREATE TABLE ${name} (${["id INTEGER PRIMARY KEY", ...definitions].join(", ")})`);
    const stored = own.filter(({ values }) => values.length > 0);
    const insert = sqlite.prepare(
      `INSERT INTO ${name} (${["id", ...stored.map(({ column }) => quote(column))].join(", ")})
       VALUES (${["?", ...stored.map(() => "?")].join(", ")})`,
    );
    for (const { id, cells } of withFirst(isTarget ? theirs : ours))
      insert.run(id, ...stored.map(({ values, i }) => values[(cells[i] as number) % values.length] as Value));
  }
  sqlite.close();
}

/** The columns of a table, whatever their order. */
function columnsOf(path: string): unknown[] {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  const facts =
    'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY name';
  try {
    return ["one", "two"].map((name) => sqlite.prepare(facts).all(name));
  } finally {
    sqlite.close();
  }
}

/** Cells by the column's name. */
function cellsOf(path: string, tables: Tables): unknown[] {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    return Object.entries(tables).map(([name, { columns }]) => {
      const cells = columns.map((_, i) => `typeof("c ${i}") || quote("c ${i}")`);
      return sqlite.prepare(`SELECT id, ${[...cells, "1"].join(", ")} FROM ${name} ORDER BY id`).all();
    });
  } finally {
    sqlite.close();
  }
}

test(
  "A mirror with --migrate makes any tables the source's, in columns and rows; its plan makes nothing",
  once(60),
  async () => {
    const world = { signal: new AbortController().signal, now: Date.now };
    const folder = await mkdtemp(join(tmpdir(), "ferry-migrate-"));
    let count = 0;
    let added = 0;
    await fc.assert(
      fc.asyncProperty(fc.record({ one: table, two: table }), async (tables) => {
        count++;
        const [source, target] = [`${count}-source.sqlite`, `${count}-target.sqlite`].map((name) =>
          join(folder, name),
        ) as [string, string];
        fill(source, tables, { isTarget: false });
        fill(target, tables, { isTarget: true });
        const sqlite = new DatabaseSync(source);
        const archive = await archiveOf(sqliteDatabase(sqlite));
        sqlite.close();
        const drive = async (dryRun: boolean) => {
          const to = await sqliteTarget(target, archive, { world, dryRun, migrate: {} });
          try {
            return await to.drive(newRunKey(), { mode: "mirror", dryRun }, () => undefined);
          } finally {
            await to.close();
          }
        };
        const before = await readFile(target);
        const planned = await drive(true);
        expect((await readFile(target)).equals(before)).toBe(true);
        const done = await drive(false);
        expect(done.status).toBe("completed");
        expect(done.plan?.adds).toEqual(planned.plan?.adds);
        added += done.plan?.adds?.length ?? 0;
        expect(cellsOf(target, tables)).toEqual(cellsOf(source, tables));
        expect(columnsOf(target)).toEqual(columnsOf(source));
      }),
      sampled(60),
    );
    if (ALL_CASES) expect(added).toBeGreaterThan(20);
  },
);
