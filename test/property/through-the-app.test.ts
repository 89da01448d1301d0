import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { sqliteDatabase } from "../../src/database/node-sqlite.ts";
import { once, sampled } from "../support/cases.ts";
import { runCli, workDirectory } from "../support/cli.ts";
import { startD1Sides } from "./d1-side.ts";
import { settleDraft, statementsOf } from "./example.ts";
import { databaseChoice, draftOf } from "./generate/database.ts";
import { type Look, look } from "./look.ts";
import { TOKEN } from "./worker/token.ts";

const cwd = await workDirectory();
const d1 = await startD1Sides();
afterAll(() => d1.close());

async function lookAt(path: string, statements: readonly string[] = []): Promise<Look> {
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec("BEGIN; PRAGMA defer_foreign_keys = on");
    for (const sql of statements) sqlite.exec(sql);
    sqlite.exec("COMMIT");
    return await look(sqliteDatabase(sqlite));
  } finally {
    sqlite.close();
  }
}

/** SQLite file → app → R2 → app → D1, and back into a new file, by the command. */
async function goesThereAndBack(file: string): Promise<void> {
  const expected = await lookAt(file);
  await d1.sides[0].fill([]);
  const ferry = async (...args: string[]) => {
    const { code, stderr } = await runCli(args, { cwd, env: { PROD_API: d1.url, PROD_TOKEN: TOKEN } });
    expect(code, stderr).toBe(0);
  };
  await ferry("push", "--from", file, "--to", d1.url, "--create=all", "--yes", "--fresh");
  expect(await d1.sides[0].look()).toEqual(expected);
  await ferry("pull", "--from", d1.url, "--to", `${file}.back`, "--yes", "--fresh");
  expect(await lookAt(`${file}.back`)).toEqual(expected);
}

describe("A SQLite file, through an app with R2 and D1, and back:", { timeout: 300_000 }, () => {
  test("Chinook, a music shop of other people's making", async () => {
    const file = join(cwd, "chinook.sqlite");
    await copyFile(new URL("../fixtures/chinook.sqlite", import.meta.url), file);
    await goesThereAndBack(file);
  });

  const CASES = 4;
  test("hostile databases", once(CASES * 60), async () => {
    let number = 0;
    const several = databaseChoice.filter(({ tables, objects }) => tables.length > 1 && objects.length > 1);
    await fc.assert(
      fc.asyncProperty(several, async (choice) => {
        const file = join(cwd, `hostile-${++number}.sqlite`);
        await lookAt(file, statementsOf(settleDraft(draftOf(choice))));
        await goesThereAndBack(file);
      }),
      sampled(CASES),
    );
  });
});
