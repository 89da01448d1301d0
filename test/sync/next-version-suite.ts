import { describe, expect, test } from "vitest";
import { databaseError } from "../../src/database/failure.ts";
import type { Database, Statement } from "../../src/database/port.ts";
import { advanceRun } from "../../src/sync/advance-run.ts";
import { readHistory } from "../../src/sync/run/history.ts";
import { readRun } from "../../src/sync/run/list-runs.ts";
import { documentSource } from "../support/bytes.ts";
import { type Engine, newRunKey } from "../support/engine.ts";
import { archiveFrom, result, type Scene, setScene } from "./scene.ts";

const SCHEMA = ["CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)"];

const NEXT = { version: null } as const;

const versionsIn = async ({ target }: Scene) =>
  (await readHistory(target)).map(({ seedVersion }) => seedVersion);

const source = (data: Record<string, object[]>) => documentSource({ data });

const isCommit = (statements: readonly Statement[]) =>
  statements.some(({ sql }) => sql.includes("applied = applied + 1"));

/** Something happens before the batch that marks a run applied; with `loses`, nobody hears what came of it. */
function atCommit(database: Database, happens: () => Promise<unknown>, { loses = false } = {}): Database {
  return {
    engine: database.engine,
    capabilities: database.capabilities,
    query: (statement) => database.query(statement),
    async batch(statements) {
      if (!isCommit(statements)) return database.batch(statements);
      await happens();
      const answer = await database.batch(statements);
      if (loses) throw databaseError(new Error("D1_ERROR: Network connection lost."));
      return answer;
    },
  };
}

/** Versions that the target's history counts. */
export function describeNextVersion(name: string, engine: Engine): void {
  const rows = (...values: string[]) => ({ items: values.map((v, i) => ({ id: i + 1, v })) });

  describe(`The next version on ${name}`, () => {
    test("is 1 in a database without a past, and then one more each time", async () => {
      const scene = await setScene(engine, SCHEMA);
      expect(await scene.sync(rows("a"), NEXT)).toMatchObject({ status: "completed", version: 1 });
      expect(await scene.sync(rows("b"), NEXT)).toMatchObject({ version: 2 });
      await scene.sync(rows("c"), { version: 7 });
      const key = newRunKey();
      expect(await scene.sync(rows("d"), { ...NEXT, key })).toMatchObject({ version: 8 });
      expect(await versionsIn(scene)).toEqual([8, 7, 2, 1]);
      expect(await readRun(scene.target, key)).toMatchObject({ version: 8 });
    });

    test("is taken whatever the document says, and the default stays the document's", async () => {
      const scene = await setScene(engine, SCHEMA);
      const archive = await archiveFrom(engine, SCHEMA, ["INSERT INTO items VALUES (1, 'a')"], {
        version: 3,
      });
      expect(await scene.sync(archive, NEXT)).toMatchObject({ version: 1 });
      expect(await scene.sync(archive)).toMatchObject({ version: 3 });
    });

    test("is one for all tables of a run", async () => {
      const scene = await setScene(engine, [...SCHEMA, "CREATE TABLE more (id INTEGER PRIMARY KEY)"]);
      await scene.sync({ items: [{ id: 1, v: "a" }] }, { version: 4 });
      await scene.sync({ items: [{ id: 1, v: "b" }], more: [{ id: 1 }] }, NEXT);
      const history = await readHistory(scene.target);
      expect(history.map(({ seedName, seedVersion }) => [seedName, seedVersion])).toEqual([
        ["items", 5],
        ["more", 5],
        ["items", 4],
      ]);
    });

    test("is what the plan says, and the plan's hash is the same whatever it comes to", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(rows("a"), { version: 7 });
      const key = newRunKey();
      const planned = await scene.sync(rows("b"), { ...NEXT, key, dryRun: true });
      expect(planned).toMatchObject({ status: "planned", version: null, plan: { nextVersion: 8 } });
      const { hash } = planned.plan ?? {};
      // Somebody else takes it in the meantime, and the plan is still the one that was seen.
      await scene.sync({ items: [{ id: 9, v: "x" }] }, NEXT);
      const done = await scene.sync(rows("b"), { key, plan: hash, expectDeletes: 0 });
      expect(done).toMatchObject({ status: "completed", version: 9, plan: { hash } });
    });

    test("can be asked for, or a number of one's own, until the rows are written", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(rows("a"), { version: 2 });
      const [one, other] = [newRunKey(), newRunKey()];
      await scene.sync(rows("b"), { ...NEXT, key: one, dryRun: true });
      expect(await scene.sync(rows("b"), { key: one, version: 6 })).toMatchObject({ version: 6 });
      await scene.sync(rows("c"), { version: 9, key: other, dryRun: true });
      expect(await scene.sync(rows("c"), { ...NEXT, key: other })).toMatchObject({ version: 7 });
    });

    test.each(["always", "never"] as const)(
      "is taken by two runs at once, once each (atomic: %s)",
      async (atomic) => {
        const scene = await setScene(engine, SCHEMA);
        const { target } = scene;
        const [one, other] = [newRunKey(), newRunKey()];
        const documents = { [one]: rows("a", "b"), [other]: { items: [{ id: 5, v: "x" }] } };
        for (const key of [one, other])
          await scene.sync(documents[key]!, { ...NEXT, key, atomic, dryRun: true });
        // Just before the first commits, its lock is over and the second goes all its way.
        let now = Date.now();
        let met = false;
        const slow = atCommit(target, async () => {
          if (met) return;
          met = true;
          now += 10_001;
          await scene.sync(documents[other]!, { key: other, atomic, now: () => now });
        });
        const options = { atomic, now: () => now, driver: "first" };
        const document = source(documents[one]!);
        let report = await advanceRun(slow, document, one, options);
        while (report.status !== "completed") report = await advanceRun(slow, document, one, options);
        expect(met).toBe(true);
        const taken = [report.version, (await readRun(target, other))?.version];
        expect(taken.toSorted()).toEqual([1, 2]);
        expect((await versionsIn(scene)).toSorted()).toEqual([1, 2]);
      },
    );

    test("stays the one that was taken where the answer to the commit is lost", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(rows("a"), { version: 4 });
      const key = newRunKey();
      const document = source(rows("b"));
      const losing = atCommit(scene.target, async () => undefined, { loses: true });
      const lost = await advanceRun(losing, document, key, NEXT).catch((error) => error);
      expect(lost).toMatchObject({ transient: true });
      expect(await readRun(scene.target, key)).toMatchObject({ status: "verifying", version: 5 });
      const done = await advanceRun(scene.target, document, key, NEXT);
      expect(done).toMatchObject({
        status: "completed",
        version: 5,
        results: { items: result({ attempted: 1, updated: 1 }) },
      });
      expect(await versionsIn(scene)).toEqual([5, 4]);
    });
  });
}
