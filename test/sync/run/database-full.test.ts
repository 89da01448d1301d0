import { describe, expect, test } from "vitest";
import { advanceRun } from "../../../src/sync/advance-run.ts";
import { dumpTables } from "../../support/dump.ts";
import { archiveOf, drive, execute, newRunKey } from "../../support/engine.ts";
import { faultyDatabase } from "../../support/faulty-database.ts";
import { memoryDatabase } from "../../support/node-engine.ts";

const TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";

const ROWS = [
  "INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT i, printf('%.*c', 100, 'x') FROM n",
];

const FULL = { message: "Exceeded maximum DB size." };

async function prepare() {
  const source = memoryDatabase(TABLE);
  await execute(source, ROWS);
  return { archive: await archiveOf(source, { frameBytes: 2_000 }), expected: await dumpTables(source) };
}

describe("A database without room", () => {
  test("gets back what a run staged, at whichever call it is full, and takes the run once there is room", async () => {
    const { archive, expected } = await prepare();
    let refused = 0;
    for (let call = 4; call < 40; call++) {
      const target = memoryDatabase(TABLE);
      const key = newRunKey();
      // The record could be kept, and frames be deleted: it is more rows that it does not take.
      const full = faultyDatabase(target, { ...FULL, fail: (n) => n === call });
      const error = await advanceRun(full, archive, key, { atomic: "always" }).catch((thrown) => thrown);
      if (!(error instanceof Error)) break;
      expect(error, `call ${call}`).toMatchObject({ code: "DATABASE_FULL", status: 507, transient: false });
      if ((await dumpTables(target)).t?.length === 0) {
        refused++;
        expect(await target.query({ sql: "SELECT count(*) FROM _ferry_frames" }), `call ${call}`).toEqual([
          [0],
        ]);
      }
      await drive(target, archive, key, { atomic: "always" });
      expect(await dumpTables(target), `call ${call}`).toEqual(expected);
    }
    expect(refused).toBeGreaterThan(3);
  });

  test("keeps the frames of a run that has applied some, to go on with", async () => {
    const { archive, expected } = await prepare();
    const target = memoryDatabase(TABLE);
    const key = newRunKey();
    const options = { atomic: "never", sliceBytes: 1 } as const;
    let batches = 0;
    const full = faultyDatabase(target, {
      ...FULL,
      fail: () => batches >= 3,
      before: async () => {
        const [row] = await target.query({ sql: "SELECT count(*) FROM t" });
        batches = (row?.[0] as number) > 0 ? batches + 1 : 0;
      },
    });
    const error = await advanceRun(full, archive, key, options).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "DATABASE_FULL" });
    const [[waiting]] = (await target.query({ sql: "SELECT count(*) FROM _ferry_frames" })) as [[number]];
    expect(waiting).toBeGreaterThan(5);
    await drive(target, archive, key, { ...options, now: () => Date.now() + 60_000 });
    expect(await dumpTables(target)).toEqual(expected);
  });
});
