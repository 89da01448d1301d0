import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../src/archive/sha256.ts";
import { createBudget } from "../../src/budget.ts";
import { advanceRun } from "../../src/sync/advance-run.ts";
import { nameByRows, type PlannedRow, type RunGuard } from "../../src/sync/run/index.ts";
import { type Engine, execute, newRunKey } from "../support/engine.ts";
import { before } from "./before-batch.ts";
import { archiveFrom, result, type Scene, setScene } from "./scene.ts";

const ITEMS = "CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT, n REAL)";
const THERE = ["INSERT INTO items VALUES (1, 'one', 1.5), (2, 'two', 2.0), (4, 'gone', NULL)"];

const table = "items";
/** Upper and lower case, and the order, are nothing that a name depends on. */
const PLANNED: readonly PlannedRow[] = [
  { table: "ITEMS", is: "delete", key: { ID: 4 }, row: { n: null, V: "gone", id: 4 } },
  { table, is: "insert", key: { id: 3 }, row: {} },
  { table, is: "update", key: { id: 1 }, cells: { n: [1.5, 7], v: ["one", "uno"] } },
];

/** A call that names the plan that it applies by the rows of it. */
export function describePlanNames(name: string, engine: Engine): void {
  const incoming = () =>
    archiveFrom(
      engine,
      [ITEMS],
      ["INSERT INTO items VALUES (1, 'uno', 7.0), (2, 'two', 2.0), (3, 'new', 3.25)"],
    );
  const mirror = { mode: "mirror" } as const;
  const scene = () => setScene(engine, [ITEMS], THERE);

  const expectDone = async ({ rows }: Scene) =>
    expect(await rows(table)).toEqual([
      [1, "uno", 7],
      [2, "two", 2],
      [3, "new", 3.25],
    ]);

  describe(`A plan that is named by its rows on ${name}`, () => {
    test("is a hash of lines that anybody can write", async () => {
      const lines = [
        '["items","delete",[["id",4]],[["id",4],["n",null],["v","gone"]]]',
        '["items","insert",[["id",3]],[]]',
        '["items","update",[["id",1]],[["n",[1.5,7]],["v",["one","uno"]]]]',
      ];
      const hash = await sha256Hex(new TextEncoder().encode(lines.join("\n")));
      expect(await nameByRows(PLANNED)).toBe(`rows-${hash}`);
    });

    test("is made and applied in one call", async () => {
      const one = await scene();
      const plan = await nameByRows(PLANNED);
      const report = await one.sync(await incoming(), { ...mirror, plan });
      expect(report).toMatchObject({ status: "completed", calls: 1 });
      expect(report.results?.items).toEqual(
        result({ attempted: 3, inserted: 1, updated: 1, unchanged: 1, deleted: 1 }),
      );
      await expectDone(one);
    });

    const others: [what: string, rows: readonly PlannedRow[]][] = [
      ["a row fewer", PLANNED.slice(1)],
      ["a row more", [...PLANNED, insert({ id: 9 })]],
      [
        "a row that held something else",
        [PLANNED[0]!, PLANNED[1]!, update({ n: [1.5, 7], v: ["eins", "uno"] })],
      ],
      ["a cell fewer", [PLANNED[0]!, PLANNED[1]!, update({ v: ["one", "uno"] })]],
      ["another table's row", [PLANNED[0]!, { ...PLANNED[1]!, table: "item" }, PLANNED[2]!]],
      [
        "a row that goes in place of one that comes",
        [...PLANNED.slice(0, 1), { ...PLANNED[1]!, is: "delete", row: {} } as PlannedRow, PLANNED[2]!],
      ],
    ];
    test.each(others)("is refused where it has %s, and the next call may apply it", async (_, rows) => {
      const one = await scene();
      const key = newRunKey();
      const source = await incoming();
      const plan = await nameByRows(rows);
      const error = await one.refuse(source, "PLAN_STALE", { ...mirror, key, plan });
      expect(error.details).toMatchObject({ syncKey: key, moved: [] });
      await one.sync(source, { ...mirror, key });
      await expectDone(one);
    });

    test("is refused where a row moved ahead of the call", async () => {
      const one = await scene();
      await execute(one.target, ["UPDATE items SET n = 2.5 WHERE id = 1"]);
      await one.refuse(await incoming(), "PLAN_STALE", { ...mirror, plan: await nameByRows(PLANNED) });
    });

    test("is refused where a row moves between the plan and the apply", async () => {
      const one = await scene();
      let writes = 0;
      const isApply = (statements: readonly { sql: string }[]) =>
        statements.some(({ sql }) => sql.includes("applied = applied + 1"));
      const target = before(one.target, isApply, async () => {
        if (writes++ === 0) await execute(one.target, ["UPDATE items SET v = 'theirs' WHERE id = 1"]);
      });
      const plan = await nameByRows(PLANNED);
      const call = advanceRun(target, await incoming(), newRunKey(), { ...mirror, plan });
      await expect(call).rejects.toMatchObject({ code: "PLAN_STALE" });
      expect(writes).toBe(1);
      expect(await one.rows(table)).toEqual([
        [1, "theirs", 1.5],
        [2, "two", 2],
        [4, "gone", null],
      ]);
    });

    test("goes on over many calls, in one transaction and in many", async () => {
      for (const atomic of ["auto", "never"] as const) {
        const one = await setScene(engine, [ITEMS]);
        const rows = Array.from({ length: 60 }, (_, i) => ({ id: i + 1, v: "x".repeat(900), n: i / 4 }));
        const plan = await nameByRows(rows.map(insert));
        const budget = () => createBudget({ statements: 25, limit: 100 });
        const report = await one.sync({ items: rows }, { plan, atomic, budget, sliceBytes: 9000 });
        expect(report.calls).toBeGreaterThan(1);
        expect(await one.rows(table)).toEqual(rows.map(({ id, v, n }) => [id, v, n]));
      }
    });

    test("is no other plan's once rows are written by it", async () => {
      const fill = `WITH RECURSIVE c (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 40)
        INSERT INTO items SELECT i, printf('%.900c', 'x'), NULL FROM c`;
      const source = await archiveFrom(engine, [ITEMS], [fill], { frameBytes: 5000 });
      const one = await setScene(engine, [ITEMS]);
      const key = newRunKey();
      const own = await nameByRows(Array.from({ length: 40 }, (_, i) => insert({ id: i + 1 })));
      const call = (plan: string) => {
        const budget = createBudget({ statements: 45, limit: 100 });
        return advanceRun(one.target, source, key, { atomic: "never", sliceBytes: 5000, plan, budget });
      };
      while ((await one.rows(table)).length === 0) await call(own);
      expect((await one.rows(table)).length).toBeLessThan(40);
      await expect(call(await nameByRows(PLANNED))).rejects.toMatchObject({ code: "PLAN_STALE" });
      for (let status = ""; status !== "completed"; ) ({ status } = await call(own));
      expect(await one.rows(table, "id")).toHaveLength(40);
    });

    test("of more rows than are read at once is refused", async () => {
      const one = await setScene(engine, [ITEMS]);
      const rows = Array.from({ length: 3 }, (_, i) => ({ id: i + 1, v: "x".repeat(300_000), n: null }));
      const plan = await nameByRows(rows.map(insert));
      await one.refuse({ items: rows }, "PLAN_STALE", { plan });
    });

    test("is refused where nothing is to be written, as any other that is not the run's", async () => {
      const one = await scene();
      const same = await archiveFrom(engine, [ITEMS], THERE);
      const plan = await nameByRows(PLANNED);
      await one.refuse(same, "PLAN_STALE", { version: null, plan });
      const none = await one.sync(same, { version: null, plan: await nameByRows([]) });
      expect(none).toMatchObject({ status: "completed", unchanged: true });
    });

    test("cannot be found out from the hash of the plan, which has something in it that is the run's alone", async () => {
      const hashes: (string | undefined)[] = [];
      for (const _ of [1, 2]) {
        const one = await scene();
        const key = "sync-1700000000000-000000000001";
        const source = await incoming();
        const call = async () => (await one.sync(source, { ...mirror, key, dryRun: true })).plan?.hash;
        const hash = await call();
        expect(await call()).toBe(hash);
        hashes.push(hash);
      }
      expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
      expect(hashes[1]).not.toBe(hashes[0]);
    });

    test("is asked of those alone who may read its tables", async () => {
      const one = await scene();
      const asked: string[][] = [];
      const guard: RunGuard = {
        ...{ owner: "token:ci", request: () => "token:ci", tables: () => {}, deletes: () => {} },
        reads(names) {
          asked.push([...names]);
          throw new Error("not yours");
        },
      };
      const call = (plan: string) => advanceRun(one.target, source, newRunKey(), { ...mirror, plan, guard });
      const source = await incoming();
      await expect(call(await nameByRows(PLANNED))).rejects.toThrow("not yours");
      await expect(call(await nameByRows([]))).rejects.toThrow("not yours");
      expect(asked).toEqual([[table], [table]]);
      expect(await one.rows(table, "id")).toEqual([[1], [2], [4]]);
    });
  });
}

function update(cells: Extract<PlannedRow, { is: "update" }>["cells"]): PlannedRow {
  return { table, is: "update", key: { id: 1 }, cells };
}

function insert({ id }: { id: number }): PlannedRow {
  return { table, is: "insert", key: { id }, row: {} };
}
