import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { d1Database } from "../../src/database/d1.ts";
import { dumpSchema, dumpTables } from "../support/dump.ts";
import { archiveOf, execute } from "../support/engine.ts";
import { FRONTS, type Front, frontedD1 } from "../support/fronted-d1.ts";
import { startLimitedApp, storeArchive } from "../support/limited-app.ts";
import { empty } from "../support/worker-engine.ts";

const SCHEMA = [
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)",
  "CREATE TRIGGER posts_late AFTER INSERT ON posts BEGIN SELECT 1; END",
];

/** How the statement begins that is refused, as the error should say it. */
const BEGINS: Record<Front, string> = {
  "a PRAGMA": "PRAGMA defer_foreign_keys = on",
  "a statement that makes something": "CREATE TABLE",
  // The plan's, which lists what it would write.
  "a batch of more than four": "INSERT, DELETE, ",
  "a reserved word": "DROP TRIGGER",
  "a statement, without a word of why": "UPDATE, DROP TRIGGER, ",
};

async function expectRefusal(front: Front, refused: Promise<unknown>): Promise<void> {
  const error = await refused.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "DATABASE_ERROR",
    transient: false,
    message: expect.stringContaining(`was refused: ${FRONTS[front].words}`),
    hint: expect.stringContaining("Nothing is lost"),
    details: { failure: "refused", statement: { begins: expect.stringContaining(BEGINS[front]) } },
  });
  expect(JSON.stringify([error, (error as Error).message])).not.toContain("secret title");
}

describe("A binding in front of D1 that refuses", () => {
  test.each(Object.keys(FRONTS) as Front[])(
    "%s is named, nothing changes, and the same request goes on later",
    async (front) => {
      const source = await empty(env.DB_SOURCE);
      await execute(source, [
        ...SCHEMA,
        "INSERT INTO posts VALUES (1, 'secret title 1'), (2, 'secret title 2')",
      ]);
      await execute(await empty(env.DB), [...SCHEMA, "INSERT INTO posts VALUES (2, 'secret title of old')"]);
      const key = await storeArchive(env.DATA_SYNC, await archiveOf(source));
      const direct = d1Database(env.DB);
      const before = [await dumpTables(direct), await dumpSchema(direct)];

      const fronted = frontedD1(env.DB, front);
      const app = startLimitedApp(fronted.binding, env.DATA_SYNC, {
        platform: "workers-paid",
        unmetered: true,
      });
      await expectRefusal(front, app.client.sync({ syncKey: key }));
      expect([await dumpTables(direct), await dumpSchema(direct)]).toEqual(before);
      const asked = app.invocations;
      await expectRefusal(front, app.client.sync({ syncKey: key }));
      expect(app.invocations).toBe(asked + 1);

      fronted.permit();
      expect(await app.client.sync({ syncKey: key })).toMatchObject({ status: "completed", verified: true });
      expect((await dumpTables(direct)).posts).toEqual((await dumpTables(source)).posts);
    },
  );
});
