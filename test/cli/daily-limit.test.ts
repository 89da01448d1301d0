import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { databaseError } from "../../src/database/failure.ts";
import type { Database, Statement } from "../../src/database/port.ts";
import { startTwoApps, type TwoApps } from "../support/apps.ts";
import { jsonOf, runCli, workDirectory } from "../support/cli.ts";
import { sampleRows } from "../support/sample.ts";

let cwd: string;
let apps: TwoApps;
/** Calls that production's database still takes today, of those that write. */
let left: number;

const refused = () =>
  databaseError(
    new Error(
      "D1_ERROR: Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue.",
    ),
  );

/** A database whose account may write so often today. */
function withDay(inner: Database): Database {
  const count = (statements: readonly Statement[]) => {
    if (!statements.some(({ sql }) => /^\s*(INSERT|UPDATE|DELETE|CREATE)\b/i.test(sql))) return;
    if (left === 0) throw refused();
    left--;
  };
  return {
    ...inner,
    async query(statement) {
      count([statement]);
      return inner.query(statement);
    },
    async batch(statements) {
      count(statements);
      return inner.batch(statements);
    },
  };
}

beforeEach(async () => {
  cwd = await workDirectory();
  apps = await startTwoApps(cwd, { prod: { wrap: withDay } });
});
afterEach(() => apps.close());

const run = (...args: string[]) => runCli(args, { cwd });
const rows = (name: string) => sampleRows(join(cwd, `${name}.sqlite`));

/** A lock that could not be given back has ended by then. */
function passMidnight(): void {
  left = Infinity;
  const sqlite = new DatabaseSync(join(cwd, "prod.sqlite"));
  const [made] = sqlite.prepare("SELECT 1 FROM sqlite_schema WHERE name = '_ferry_runs'").all();
  if (made !== undefined) sqlite.exec("UPDATE _ferry_runs SET lease_until = min(lease_until, 1)");
  sqlite.close();
}

describe("push to an app whose rows of the day are used up", () => {
  test.each([0, 2, 4])(
    "ends after %i writes with when to come back and what to type, and goes on then",
    async (writes) => {
      left = writes;
      const { code, stderr, stdout } = await run("push", "--yes", "--json");
      const answer = jsonOf({ code, stderr, stdout });
      expect(answer).toMatchObject({
        success: false,
        code: "DAILY_LIMIT",
        hint: expect.stringMatching(/Run the same command again after \d{4}-\d\d-\d\d 00:00:00 UTC, in /),
        details: {
          again: expect.stringMatching(/T00:00:00\.000Z$/),
          retryAfterSeconds: expect.any(Number),
          command: "d1-ferry push --yes --json",
        },
      });
      expect(code).toBe(6);
      expect(stderr.trimEnd().split("\n").at(-1)).toBe("d1-ferry push --yes --json");

      passMidnight();
      const next = await run("push", "--yes");
      expect(next.stderr).toContain("Resuming what started at");
      expect(next.code).toBe(0);
      expect(rows("prod")).toEqual(rows("local"));
    },
  );

  test("goes on with the same export on the third day, too", async () => {
    left = 2;
    expect((await run("push", "--yes", "--json")).code).toBe(6);
    const [name = ""] = (await readdir(join(cwd, ".d1-ferry"))).filter((one) => one.endsWith(".json"));
    const path = join(cwd, ".d1-ferry", name);
    const record = JSON.parse(await readFile(path, "utf8"));
    expect(record.waitsUntil).toBeGreaterThan(Date.now());
    const dayBefore = { startedAt: record.startedAt - 30 * 3_600_000 };
    await writeFile(path, JSON.stringify({ ...record, ...dayBefore }));

    passMidnight();
    const next = await run("push", "--yes");
    expect(next.stderr).toContain("Resuming what started at");
    expect(next.stderr).not.toContain("Exported");
    expect(next.code).toBe(0);
  });
});
