import { describe, expect, test } from "vitest";
import type { Database, Statement } from "../../src/database/port.ts";
import { advanceRun } from "../../src/sync/advance-run.ts";
import { readHistory } from "../../src/sync/run/history.ts";
import { readRun } from "../../src/sync/run/list-runs.ts";
import { readPastRuns } from "../../src/sync/run/past-runs.ts";
import { documentSource } from "../support/bytes.ts";
import { drive, type Engine, execute, newRunKey } from "../support/engine.ts";
import { before } from "./before-batch.ts";
import { archiveFrom, expectCleared, photograph, result, type Scene, setScene } from "./scene.ts";

const SCHEMA = ["CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)"];

const NEXT = { version: null } as const;

const versionsIn = async ({ target }: Scene) =>
  (await readHistory(target)).map(({ seedVersion }) => seedVersion);

const source = (data: Record<string, object[]>) => documentSource({ data });

const isCommit = (statements: readonly Statement[]) =>
  statements.some(({ sql }) => sql.includes("applied = applied + 1"));

const isStep = (statements: readonly Statement[]) =>
  statements.some(({ sql }) => sql.includes("frames_through = iif"));

/** Something happens before the batch that marks a run applied; with `loses`, nobody hears what came of it. */
function atCommit(database: Database, happens: () => Promise<unknown>, options?: { loses: boolean }) {
  return before(database, isCommit, happens, options);
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
  describe(`Nothing to do on ${name}`, () => {
    const first = async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(rows("a", "b"), NEXT);
      return scene;
    };

    test.each(["always", "never"] as const)(
      "completes the run without a version (atomic: %s)",
      async (atomic) => {
        const scene = await first();
        const [before, key] = [await photograph(scene.target), newRunKey()];
        const report = await scene.sync(rows("a", "b"), { ...NEXT, atomic, key });
        expect(report).toMatchObject({
          status: "completed",
          version: null,
          unchanged: true,
          verified: true,
          images: [],
          results: { items: result({ attempted: 2, unchanged: 2 }) },
          verification: { readBack: [], compared: ["items"], unchecked: [] },
        });
        expect(await photograph(scene.target)).toEqual(before);
        await expectCleared(scene.target);
        expect(await readRun(scene.target, key)).toMatchObject({
          status: "completed",
          version: null,
          unchanged: true,
        });
        const [past] = await readPastRuns(scene.target, { limit: 1, keys: [key] });
        expect(past).toMatchObject({ status: "completed", unchanged: true, version: null, dropped: false });
        const again = await scene.refuse(rows("a", "b"), "ALREADY_SYNCED", { ...NEXT, key });
        expect(again.details).toMatchObject({ syncKey: key });
      },
    );

    test("is said by the plan, and completes by its hash", async () => {
      const scene = await first();
      const key = newRunKey();
      const { plan } = await scene.sync(rows("a", "b"), { ...NEXT, key, dryRun: true });
      expect(plan).toMatchObject({ unchanged: true });
      expect(plan).not.toHaveProperty("nextVersion");
      const done = await scene.sync(rows("a", "b"), { key, plan: plan?.hash, expectDeletes: 0 });
      expect(done).toMatchObject({ status: "completed", unchanged: true });
      expect(await versionsIn(scene)).toEqual([1]);
    });

    test("takes a version all the same where one is asked for, or by force", async () => {
      const scene = await first();
      const key = newRunKey();
      await scene.sync(rows("a", "b"), { ...NEXT, key, dryRun: true });
      // By the plan that was made when none was.
      expect(await scene.sync(rows("a", "b"), { key, version: 5 })).toMatchObject({
        version: 5,
        unchanged: false,
      });
      expect(await scene.sync(rows("a", "b"), { ...NEXT, force: true })).toMatchObject({ version: 6 });
      expect(await versionsIn(scene)).toEqual([6, 5, 1]);
    });

    test("is not what a mirror finds that deletes, or a merge that is told to skip has left out", async () => {
      const scene = await first();
      expect(await scene.sync(rows("a"), NEXT)).toMatchObject({ unchanged: true });
      expect(await scene.sync(rows("a"), { ...NEXT, mode: "mirror" })).toMatchObject({
        version: 2,
        results: { items: { deleted: 1 } },
      });
      const unique = await setScene(
        engine,
        ["CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT UNIQUE)"],
        ["INSERT INTO items VALUES (9, 'a')"],
      );
      await unique.refuse(rows("a"), "UNIQUE_CONFLICT", NEXT);
      const skipping = await unique.sync(rows("a"), { ...NEXT, onConflict: "skip" });
      expect(skipping).toMatchObject({ unchanged: true, results: { items: { skipped: 1 } } });
    });

    test("is not what a run finds that was overtaken when a part of it was written", async () => {
      const there = ["INSERT INTO items VALUES (1, 'x'), (2, 'x')"];
      const scene = await setScene(engine, SCHEMA, there);
      const key = newRunKey();
      let steps = 0;
      const overtaken = before(scene.target, isStep, async () => {
        if (++steps === 2) await execute(scene.target, ["UPDATE items SET v = 'b' WHERE id = 2"]);
      });
      const options = { ...NEXT, atomic: "never", sliceBytes: 1 } as const;
      const archive = await archiveFrom(engine, SCHEMA, ["INSERT INTO items VALUES (1, 'a'), (2, 'b')"], {
        frameBytes: 1,
      });
      const report = await drive(overtaken, archive, key, options);
      expect(steps).toBe(2);
      expect(report.results).toEqual({ items: result({ attempted: 2, updated: 1, unchanged: 1 }) });
      expect(report).toMatchObject({ status: "completed", unchanged: false, version: 1 });
    });

    test("is found by two drivers at once, and completed once", async () => {
      const scene = await first();
      const key = newRunKey();
      const document = source(rows("a", "b"));
      let now = Date.now();
      const clock = { now: () => now };
      let met = false;
      const slow = atCommit(scene.target, async () => {
        if (met) return;
        met = true;
        now += 10_001;
        await advanceRun(scene.target, document, key, { ...NEXT, ...clock, driver: "second" });
      });
      const late = await advanceRun(slow, document, key, { ...NEXT, ...clock, driver: "first" }).catch(
        (error) => error,
      );
      expect(met).toBe(true);
      expect(late).toMatchObject({ code: "RUN_LOCKED" });
      expect(await readRun(scene.target, key)).toMatchObject({ status: "completed", unchanged: true });
      await expectCleared(scene.target);
    });
  });
}
