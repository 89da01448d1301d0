import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeRow } from "../../../src/archive/cells.ts";
import type { Cell, Key } from "../../../src/archive/types.ts";
import { type BaseFile, openBaseFile } from "../../../src/cli/bases/base-file.ts";
import type { BaseTable } from "../../../src/cli/bases/base-table.ts";
import { rememberLeaves } from "../../../src/cli/bases/remember-leaves.ts";
import { sqliteDatabase } from "../../../src/database/node-sqlite.ts";
import { type Answer, type ComparedPlace, databasePlace, LEAF_BYTES } from "../../../src/diff/index.ts";
import { sampled } from "../../support/cases.ts";
import { workDirectory } from "../../support/cli.ts";

/*
 * A base keeps what its leaves say. Whatever is written, taken back or undone, here or by another command: what it
 * answers is what its rows say.
 */

const table = (
  name: string,
  key: [string, BaseTable["columns"][number]["affinity"], string][],
): BaseTable => ({
  name,
  columns: [
    ...key.map(([column, affinity]) => ({ name: column, affinity })),
    { name: "body", affinity: "text" },
  ],
  key: { columns: key.map(([column]) => column), collations: key.map(([, , collation]) => collation) },
});

const TABLES = [
  table("numbered", [["id", "integer", "BINARY"]]),
  table("named", [
    ["name", "text", "NOCASE"],
    ["n", "real", "BINARY"],
  ]),
  table("anything", [["key", "none", "RTRIM"]]),
] as const;

const integer = fc.oneof(
  fc.integer({ min: -3, max: 12 }),
  fc.constantFrom<Cell>({ $int: "9007199254740993" }, { $int: "-9223372036854775808" }),
);
const text = fc.string({ unit: fc.constantFrom("a", "A", "b", " ", "é", "😀", "\uFFFD"), maxLength: 3 });
const real = fc.constantFrom<Cell>(
  { $real: "0.5" },
  { $real: "1.0" },
  { $real: "-Infinity" },
  { $real: "9e300" },
);
const blob = fc.constantFrom<Cell>({ $blob: "" }, { $blob: "YQ==" }, { $text: "/w==" });
const keys: readonly fc.Arbitrary<Cell[]>[] = [
  integer.map((id) => [id]),
  fc.tuple(text, real),
  fc.oneof(integer, text, real, blob).map((key) => [key]),
];

/** Rows by a key; of about so many bytes, or none. */
const row = fc.record({
  table: fc.nat(TABLES.length - 1),
  keys: fc.tuple(...keys),
  bytes: fc.option(fc.constantFrom(0, 10, 20_000, 60_000, 120_000), { nil: null }),
});

type Step =
  | {
      is: "write";
      rows: (typeof row extends fc.Arbitrary<infer Row> ? Row : never)[];
      ends: "done" | "taken back" | "broken";
    }
  | { is: "undone"; nth: number; elsewhere: boolean }
  | { is: "compared" | "opened again" | "killed" | "made wider" | "forgotten"; table: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      is: fc.constant("write" as const),
      rows: fc.array(row, { minLength: 1, maxLength: 12 }),
      ends: fc.constantFrom("done" as const, "done" as const, "taken back" as const, "broken" as const),
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({ is: fc.constant("undone" as const), nth: fc.nat(3), elsewhere: fc.boolean() }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      is: fc.constantFrom(
        "compared" as const,
        "compared" as const,
        "compared" as const,
        "opened again" as const,
        "killed" as const,
        "made wider" as const,
        "forgotten" as const,
      ),
      table: fc.nat(TABLES.length - 1),
    }),
    weight: 4,
  },
);

const now = () => 1_700_000_000_000;

class Scene {
  path: string;
  base: BaseFile;
  runs = 0;
  /** Leaves that were answered without reading them. */
  known = 0;

  constructor(path: string) {
    this.path = path;
    this.base = openBaseFile(path, { now });
    for (const one of TABLES) this.base.make(one);
  }

  tables(): BaseTable[] {
    return this.base.tables.filter(({ name }) => TABLES.some((one) => one.name === name));
  }

  async take(one: Step): Promise<void> {
    if (one.is === "write") await this.write(one);
    else if (one.is === "undone") this.undo(one);
    else if (one.is === "compared") await this.compare();
    else if (one.is === "opened again") this.reopen();
    else if (one.is === "killed") await this.kill();
    else this.change(one.is, TABLES[one.table] as BaseTable);
  }

  async write({ rows, ends }: Extract<Step, { is: "write" }>): Promise<void> {
    const n = this.base.exchanges.begin("there");
    const writeAll = async () => {
      for (const { table: at, keys: each, bytes } of rows) {
        const known = this.tables().find(({ name }) => name === TABLES[at]?.name);
        if (known === undefined) continue;
        const key = each[at] as Cell[];
        const names = [...known.key.columns, "body"];
        const line = bytes === null ? null : encodeRow(names, [...key, "x".repeat(bytes)]);
        await this.base.write(n, known, [{ key, line }]);
      }
    };
    if (ends === "broken") {
      const broken = this.base.atOnce(async () => {
        await writeAll();
        // What is found out of rows that are rolled back is not kept.
        await this.compare({ committed: false });
        throw new Error("broken");
      });
      await expect(broken).rejects.toThrow("broken");
      this.base.takeBack(n);
      return;
    }
    await writeAll();
    if (ends === "taken back") this.base.takeBack(n);
    else this.base.done(n, `run-${++this.runs}`);
  }

  /** By this command, or by another one while this one has the base open. */
  undo({ nth, elsewhere }: Extract<Step, { is: "undone" }>): void {
    const run = `run-${Math.max(1, this.runs - nth)}`;
    const by = `run-${++this.runs}`;
    if (!elsewhere) {
      this.base.undo(run, by);
      return;
    }
    const other = openBaseFile(this.path, { now });
    other.undo(run, by);
    other.close();
    // A command that goes on knows what the rows were when it looked. The next one sees them as they are.
    this.reopen();
  }

  reopen(): void {
    this.base.close();
    this.base = openBaseFile(this.path, { now });
  }

  /** What the command had in memory is lost. */
  async kill(): Promise<void> {
    const next = `${this.path}+`;
    for (const ending of ["", "-wal"]) await copyFile(this.path + ending, next + ending);
    this.base.close();
    this.path = next;
    this.base = openBaseFile(next, { now });
  }

  change(how: "made wider" | "forgotten", one: BaseTable): void {
    if (how === "forgotten") this.base.forget(one.name);
    const known = this.base.tables.find(({ name }) => name === one.name) ?? one;
    const name = `c${known.columns.length}`;
    this.base.make(
      how === "forgotten" ? one : { ...known, columns: [...known.columns, { name, affinity: "text" }] },
    );
  }

  async compare({ committed = true } = {}): Promise<void> {
    const tables = this.tables();
    const names = tables.map(({ name }) => name);
    const remembered = rememberLeaves(this.base.place(names), tables, {
      leaves: this.base.leaves,
      salt: "salt",
    });
    for (const one of tables) {
      const asked = {
        table: one.name,
        key: [...one.key.columns],
        columns: one.columns.map((column) => column.name),
      };
      const ends = await cut(remembered, asked);
      const found = await hash(remembered, { ...asked, after: null, ends });
      if (!committed) continue;
      const sqlite = new DatabaseSync(this.path, { readOnly: true });
      const plain = databasePlace(sqliteDatabase(sqlite), { choice: { all: true, tables: names } });
      expect(found, one.name).toEqual(await hash(plain, { ...asked, after: null, ends }));
      sqlite.close();
    }
  }
}

type Asked = { table: string; key: string[]; columns: string[] };

async function cut(place: ComparedPlace, asked: Asked): Promise<Key[]> {
  const ends: Key[] = [];
  for (let after: Key = null; ; after = ends.at(-1) as Key) {
    const [answer] = await place.ask([{ ask: "cut", ...asked, after, leafBytes: LEAF_BYTES }], "salt");
    const told = answer as Extract<Answer, { ends: Key[] }>;
    ends.push(...told.ends);
    if (told.more !== true) return ends;
  }
}

async function hash(place: ComparedPlace, { ends, ...asked }: Asked & { after: Key; ends: Key[] }) {
  const hashes: (string | null)[] = [];
  let rows = 0;
  while (hashes.length < ends.length) {
    const after = hashes.length === 0 ? null : (ends[hashes.length - 1] as Key);
    const question = { ask: "hash" as const, ...asked, after, ends: ends.slice(hashes.length) };
    const [answer] = await place.ask([question], "salt");
    const told = answer as Extract<Answer, { hashes: unknown }>;
    hashes.push(...told.hashes);
    rows += told.rows;
  }
  return { hashes, rows };
}

describe("Leaves of a base", () => {
  test("say what its rows say, whoever writes them, and however that ends", async () => {
    const directory = await workDirectory();
    let files = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const path = join(directory, `${++files}.sqlite`);
        const scene = new Scene(path);
        try {
          for (const one of steps) await scene.take(one);
          await scene.compare();
          scene.reopen();
          await scene.compare();
        } finally {
          scene.base.close();
          await rm(path);
        }
      }),
      sampled(300),
    );
  }, 300_000);

  test("are not believed after a command was killed that had joined some and written into another", async () => {
    const scene = new Scene(join(await workDirectory(), "killed.sqlite"));
    const [numbered] = TABLES;
    const write = (ids: readonly number[], bytes: 10 | 20_000 | null) =>
      scene.write({ is: "write", rows: ids.map((id) => rowOf(id, bytes)), ends: "done" });
    const rowOf = (id: number, bytes: 10 | 20_000 | null) => ({
      table: 0,
      keys: [[id], ["", { $real: "0.5" }], [0]] as [Cell[], [string, Cell], Cell[]],
      bytes,
    });
    await write([1, 2, 3, 4, 5, 6, 7, 8, 9], 20_000);
    await scene.compare();
    scene.reopen();
    await write([1, 2, 3, 4], 10);
    await scene.compare();
    scene.reopen();
    // Leaves that became short are joined: the last one stays, and its hash is known.
    await scene.compare();
    expect(scene.base.leaves.ends(numbered.name)?.length).toBeGreaterThan(1);
    await write([9], null);
    await scene.kill();
    await scene.compare();
    scene.base.close();
  });

  test("are read once, and only those again in which a row was written", async () => {
    const path = join(await workDirectory(), "once.sqlite");
    const [numbered] = TABLES;
    const lineOf = (id: number) => encodeRow(["id", "body"], [id, "x".repeat(20_000)]);
    const asked = { table: "numbered", key: ["id"], columns: ["id", "body"] };
    const base = openBaseFile(path, { now });
    base.make(numbered);
    base.writeWhole(
      base.exchanges.begin("there"),
      numbered,
      Array.from({ length: 13 }, (_, id) => lineOf(id)),
    );
    const place = () =>
      rememberLeaves(base.place(["numbered"]), [numbered], { leaves: base.leaves, salt: "salt" });
    const ends = await cut(place(), asked);
    expect(ends.length).toBeGreaterThan(3);
    const first = await hash(place(), { ...asked, after: null, ends });
    // What is behind its back is not seen: nothing is read.
    const other = new DatabaseSync(path);
    other.exec("UPDATE numbered SET body = 'y'");
    other.close();
    expect(await hash(place(), { ...asked, after: null, ends })).toEqual(first);
    await base.write(base.exchanges.begin("there"), numbered, [{ key: [0], line: lineOf(0) }]);
    const second = await hash(place(), { ...asked, after: null, ends });
    expect(second.hashes[0]).not.toBe(first.hashes[0]);
    expect(second.hashes.slice(1)).toEqual(first.hashes.slice(1));
    base.close();
  });
});
