import { describe, expect, it } from "vitest";
import { databaseError } from "../../../src/database/failure.ts";
import { D1_CAPABILITIES } from "../../../src/database/limits.ts";
import type { Database, Statement } from "../../../src/database/port.ts";
import { FerryError } from "../../../src/errors.ts";
import { advanceRun } from "../../../src/sync/advance-run.ts";
import type { SyncOptions } from "../../../src/sync/run/options.ts";
import { dumpTables } from "../../support/dump.ts";
import { archiveOf, execute, newRunKey } from "../../support/engine.ts";
import { memoryDatabase } from "../../support/node-engine.ts";
import { expectCleared } from "../scene.ts";

const SCHEMA = ["CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)"];

const ROWS = [
  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) INSERT INTO items SELECT i, hex(randomblob(20)) FROM n",
];

const EXCEEDED = "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.";

/** A target that gives up on batches that `tooMuch` says, or with "dies" takes the driver along. */
function weak(
  database: Database,
  tooMuch: (statements: readonly Statement[]) => boolean,
  how: "gives up" | "dies",
) {
  let dead = false;
  const alive = <T>(work: () => Promise<T>): Promise<T> =>
    dead ? Promise.reject(new Error("the invocation is over")) : work();
  const driver: Database = {
    engine: "d1",
    capabilities: D1_CAPABILITIES,
    query: (statement) => alive(() => database.query(statement)),
    batch: (statements) =>
      alive(async () => {
        if (!tooMuch(statements)) return database.batch(statements);
        if (how === "dies") dead = true;
        throw new FerryError("DATABASE_ERROR", EXCEEDED, {
          transient: true,
          details: { sqlite: EXCEEDED, ...(how === "dies" ? {} : { failure: "exceeded" }) },
        });
      }),
  };
  return { driver, revive: () => (dead = false) };
}

const applies = (statements: readonly Statement[]) =>
  statements.some(({ sql }) => sql.includes("SET applied = applied + "));

const writesRows = (statements: readonly Statement[]) =>
  statements.some(({ sql }) => sql.includes('INSERT OR ABORT INTO "items"'));

async function scene() {
  const source = memoryDatabase();
  await execute(source, [...SCHEMA, ...ROWS]);
  const target = memoryDatabase();
  await execute(target, SCHEMA);
  return {
    archive: await archiveOf(source, { frameBytes: 500 }),
    target,
    expected: await dumpTables(source),
  };
}

describe("A step that is too much for the database", () => {
  it.each(["gives up", "dies"] as const)("is not repeated for ever, when it %s", async (how) => {
    const { archive, target, expected } = await scene();
    const { driver, revive } = weak(target, (batch) => applies(batch) && writesRows(batch), how);
    const key = newRunKey();
    let failures = 0;
    for (let hours = 0; ; hours++) {
      revive();
      const now = () => 1_700_000_000_000 + hours * 3_600_000;
      const report = await advanceRun(driver, archive, key, { now }).catch((error: FerryError) => error);
      if (!(report instanceof FerryError)) {
        expect(report).toMatchObject({ status: "completed", verified: true });
        expect(report.plan).toMatchObject({
          transactions: "many",
          reason: expect.stringContaining("gave up"),
        });
        break;
      }
      expect(report.transient).toBe(true);
      expect(await target.query({ sql: "SELECT count(*) FROM items" })).toEqual([[0]]);
      expect(++failures).toBeLessThanOrEqual(2);
    }
    expect(failures).toBe(how === "dies" ? 2 : 1);
    expect(await dumpTables(target)).toEqual(expected);
    await expectCleared(target);
  });

  it.each([{ atomic: "always" }, {}] satisfies SyncOptions[])(
    "and stays so in smaller ones is told as what it is: %o",
    async (options) => {
      const { archive, target } = await scene();
      const { driver } = weak(target, writesRows, "gives up");
      const key = newRunKey();
      const errors: FerryError[] = [];
      while (errors.at(-1)?.transient !== false) {
        expect(errors.length).toBeLessThan(10);
        errors.push(await advanceRun(driver, archive, key, options).then(fail, (error: FerryError) => error));
      }
      expect(errors.at(-1)).toMatchObject({
        code: "UNSUPPORTED",
        hint: expect.stringContaining("fewer tables"),
      });
      // The database is better again: the same run goes on.
      expect(await advanceRun(target, archive, key, options)).toMatchObject({ status: "completed" });
    },
  );

  it("is forgotten once something went well", async () => {
    const { archive, target } = await scene();
    let failing = 1;
    const { driver } = weak(target, (batch) => applies(batch) && failing-- > 0, "dies");
    const key = newRunKey();
    const at = (hours: number) => ({ now: () => 1_700_000_000_000 + hours * 3_600_000 });
    await expect(advanceRun(driver, archive, key, at(0))).rejects.toMatchObject({ transient: true });
    const taken: unknown[] = [];
    const watched: Database = {
      engine: target.engine,
      capabilities: target.capabilities,
      batch: (statements) => target.batch(statements),
      async query(statement) {
        const rows = await target.query(statement);
        if (statement.sql.includes("'pending'")) taken.push(JSON.parse(String(rows[0]?.[5])));
        return rows;
      },
    };
    const planned = await advanceRun(watched, archive, key, { ...at(1), dryRun: true });
    expect(taken).toMatchObject([{ setbacks: 1 }]);
    expect(planned.plan?.transactions).toBe("one");
    const [record] = await target.query({ sql: "SELECT record ->> '$.setbacks' FROM _ferry_runs" });
    expect(record).toEqual([0]);
  });
});

function fail(): never {
  throw new Error("It should have been refused");
}

it("A transaction of more rows than a day may write is parted the day after it was refused", async () => {
  const { archive, target, expected } = await scene();
  const words =
    "D1_ERROR: Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan.";
  const driver: Database = {
    engine: "d1",
    capabilities: D1_CAPABILITIES,
    query: (statement) => target.query(statement),
    async batch(statements) {
      if (applies(statements) && writesRows(statements)) throw databaseError(new Error(words));
      return target.batch(statements);
    },
  };
  const key = newRunKey();
  const options = { expectDeletes: 0 };
  await expect(advanceRun(driver, archive, key, options)).rejects.toMatchObject({
    code: "DAILY_LIMIT",
    message: expect.stringContaining("No table was changed."),
  });
  expect(await target.query({ sql: "SELECT count(*) FROM items" })).toEqual([[0]]);
  const [[status] = []] = await target.query({ sql: "SELECT status FROM _ferry_runs" });
  expect(status).toBe("applying");
  expect(await advanceRun(driver, archive, key, options)).toMatchObject({
    status: "completed",
    plan: { transactions: "many" },
  });
  expect((await dumpTables(target)).items).toEqual(expected.items);
});
