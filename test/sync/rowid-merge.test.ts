import { describe, expect, test } from "vitest";
import { dumpTables } from "../support/dump.ts";
import { archiveOf, drive, execute, newRunKey } from "../support/engine.ts";
import { nodeEngine } from "../support/node-engine.ts";

async function scene(schema: string, source: string, target: string) {
  const from = await nodeEngine.source();
  await execute(from, [schema, source]);
  const to = await nodeEngine.target();
  await execute(to, [schema, target]);
  return { archive: await archiveOf(from), to, from };
}

describe("Rows that are known by their rowid only", () => {
  const KEYED = "CREATE TABLE p (id TEXT PRIMARY KEY, v TEXT)";

  test("are not merged over rows that have a key at the target", async () => {
    const { archive, to } = await scene(
      KEYED,
      "INSERT INTO p VALUES (NULL, 'none'), ('a', '1'), ('b', '2')",
      "INSERT INTO p VALUES ('x', '10'), ('y', '20'), ('z', '30')",
    );
    const before = await dumpTables(to);
    await expect(drive(to, archive, newRunKey())).rejects.toMatchObject({
      code: "UNSUPPORTED",
      details: { table: "p", rows: 3 },
    });
    expect(await dumpTables(to)).toEqual(before);
  });

  test("fill an empty table, NULLs and all, and a mirror makes any table equal", async () => {
    const { archive, to, from } = await scene(
      KEYED,
      "INSERT INTO p VALUES (NULL, 'none'), ('a', '1')",
      "SELECT 1",
    );
    await drive(to, archive, newRunKey());
    expect(await dumpTables(to)).toEqual(await dumpTables(from));
    await execute(to, ["UPDATE p SET v = 'changed'", "INSERT INTO p VALUES ('q', '5')"]);
    await drive(to, archive, newRunKey(), { mode: "mirror", version: 2 });
    expect(await dumpTables(to)).toEqual(await dumpTables(from));
  });
});
