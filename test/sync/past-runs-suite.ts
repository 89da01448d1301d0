import { describe, expect, test } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { FerryError } from "../../src/errors.ts";
import { liveVersions, readHistory } from "../../src/sync/run/history.ts";
import { dropRun, readRun } from "../../src/sync/run/list-runs.ts";
import { readPastRuns } from "../../src/sync/run/past-runs.ts";
import type { Engine } from "../support/engine.ts";
import { archiveFrom, result, setScene } from "./scene.ts";

const SCHEMA = [
  "CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)",
  "CREATE TABLE more (id INTEGER PRIMARY KEY, v TEXT CHECK (v IS NOT 'bad'))",
];

const ROWS = [
  "INSERT INTO items VALUES (1, 'a'), (2, 'b')",
  "INSERT INTO more VALUES (1, 'x'), (2, 'y'), (3, 'bad')",
];

/** Of which the last row is refused by the target alone. */
const UNCHECKED = [SCHEMA[0]!, "CREATE TABLE more (id INTEGER PRIMARY KEY, v TEXT)"];

/** What a database remembers of its runs. */
export function describePastRuns(name: string, engine: Engine): void {
  const onlyItems = { tables: ["items"] };
  const source = (options = {}) => archiveFrom(engine, UNCHECKED, ROWS, options);
  const guard = {
    owner: "token:ci",
    request: () => "token:ci",
    tables: () => {},
    deletes: () => {},
    reads: () => {},
  };

  describe(`The runs that a database on ${name} remembers`, () => {
    test("are none where it never carried one, and nothing is live", async () => {
      const { target } = await setScene(engine, SCHEMA);
      expect(await readPastRuns(target, { limit: 100 })).toEqual([]);
      expect(liveVersions(await readHistory(target))).toEqual([]);
    });

    test("say who brought what from where, newest first, as many as are asked for", async () => {
      const scene = await setScene(engine, SCHEMA, ["INSERT INTO items VALUES (1, 'old'), (7, 'gone')"]);
      const archive = await source({ name: "local.sqlite" });
      const mirror = { mode: "mirror", ...onlyItems } as const;
      await scene.sync(archive, { key: "sync-1-a", now: () => 1000, guard, ...mirror });
      await scene.sync('{"data":{"items":[{"id":5,"v":"e"}]}}', {
        key: "sync-2-b",
        version: 2,
        now: () => 2000,
      });
      const runs = await readPastRuns(scene.target, { limit: 100 });
      expect(runs).toEqual([
        {
          key: "sync-2-b",
          status: "completed",
          dropped: false,
          partly: false,
          owner: null,
          source: null,
          mode: "merge",
          version: 2,
          results: { items: result({ attempted: 1, inserted: 1 }) },
          code: null,
          error: null,
          startedAt: 2000,
          completedAt: 2000,
          undoes: null,
          undoneBy: null,
          left: null,
          images: [],
          unowned: false,
          keepsNone: false,
          unchanged: false,
        },
        expect.objectContaining({
          key: "sync-1-a",
          owner: "token:ci",
          source: { engine: scene.target.engine, name: "local.sqlite" },
          mode: "mirror",
          results: { items: result({ attempted: 2, inserted: 1, updated: 1, deleted: 1 }) },
        }),
      ]);
      expect(await readPastRuns(scene.target, { limit: 1 })).toEqual(runs.slice(0, 1));
      expect(await readPastRuns(scene.target, { limit: 9, owner: "token:ci" })).toEqual(runs.slice(1));
    });

    test("tell what was undone by which", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await source(), { key: "sync-1-a", ...onlyItems });
      await scene.target.batch([
        {
          sql: "UPDATE _ferry_runs SET record = json_set(record, '$.undoneBy', 'sync-9-z', '$.undoes', 'sync-0-0')",
        },
      ]);
      expect(await readPastRuns(scene.target, { limit: 1 })).toMatchObject([
        { undoneBy: "sync-9-z", undoes: "sync-0-0" },
      ]);
    });

    test("say which was dropped before its end, and which waits", async () => {
      const scene = await setScene(engine, SCHEMA);
      const archive = await source();
      for (const [key, at] of [
        ["sync-1-a", 1],
        ["sync-2-b", 2],
      ] as const)
        await scene.sync(archive, { key, dryRun: true, now: () => at * 100_000, ...onlyItems });
      await dropRun(scene.target, "sync-1-a", { keepRecord: true });
      expect(await readPastRuns(scene.target, { limit: 9 })).toMatchObject([
        { key: "sync-2-b", status: "planned", dropped: false, results: null },
        { key: "sync-1-a", status: "planned", dropped: true, results: null },
      ]);
    });
  });

  describe(`What is live on ${name}`, () => {
    test("is each table at its highest version, whichever was applied last", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await source(), { version: 3, now: () => 1000, ...onlyItems });
      await scene.sync({ more: [{ id: 1, v: "x" }] }, { version: 1, now: () => 2000 });
      await scene.sync({ items: [{ id: 9, v: "z" }] }, { version: 2, now: () => 3000 });
      expect(liveVersions(await readHistory(scene.target))).toEqual([
        { table: "items", version: 3, appliedAt: 1000 },
        { table: "more", version: 1, appliedAt: 2000 },
      ]);
    });
  });

  describe(`A run on ${name} that comes to nothing`, () => {
    const key = "sync-1700000000000-0000000000aa";
    const ending = async (target: Parameters<typeof readRun>[0]) => (await readRun(target, key))?.status;

    test("is refused where its plan is, and goes on to its end once it may", async () => {
      const scene = await setScene(engine, SCHEMA, ["INSERT INTO items VALUES (1, 'a'), (8, 'h')"]);
      const archive = await source();
      const mirror = { key, mode: "mirror", ...onlyItems } as const;
      const told: string[] = [];
      const onRejected = (how: string) => told.push(how);
      await scene.refuse(archive, "CONFIRMATION_REQUIRED", { ...mirror, expectDeletes: 0, onRejected });
      expect(told).toEqual(["refused"]);
      expect(await readPastRuns(scene.target, { limit: 1 })).toMatchObject([
        {
          status: "refused",
          code: "CONFIRMATION_REQUIRED",
          error: expect.stringMatching(/^The plan deletes 1/),
        },
      ]);
      expect(await scene.sync(archive, { ...mirror, expectDeletes: 1 })).toMatchObject({
        status: "completed",
      });
    });

    test("is refused where a row is, in one transaction", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.refuse(await source(), "ROW_REFUSED", { key });
      expect(await ending(scene.target)).toBe("refused");
    });

    test("is refused where its guard is against it", async () => {
      const scene = await setScene(engine, SCHEMA);
      const tables = () => {
        throw new FerryError("FORBIDDEN", "Not these tables.");
      };
      await scene.refuse(await source(), "FORBIDDEN", { key, guard: { ...guard, tables } });
      expect(await ending(scene.target)).toBe("refused");
    });

    test("has failed where a part of it is written, and says so in the call that wrote it and in later ones", async () => {
      const scene = await setScene(engine, SCHEMA);
      const archive = await source();
      const told: string[] = [];
      const options = {
        key,
        atomic: "never" as const,
        sliceBytes: 1,
        budget: () => createBudget(),
        onRejected: (how: string) => told.push(how),
      };
      for (let i = 0; i < 2; i++)
        await expect(scene.sync(archive, options)).rejects.toMatchObject({ code: "ROW_REFUSED" });
      expect(told).toEqual(["failed", "failed"]);
      expect(await readPastRuns(scene.target, { limit: 1 })).toMatchObject([
        { status: "failed", partly: true, results: null, code: "ROW_REFUSED" },
      ]);
    });

    test("has failed where its archive is damaged", async () => {
      const scene = await setScene(engine, SCHEMA);
      const archive = await source();
      const damaged = {
        ...archive,
        size: archive.size - 10,
        read: archive.read.bind(archive),
        stream: archive.stream.bind(archive),
      };
      await expect(scene.sync(damaged, { key })).rejects.toMatchObject({ code: /^ARCHIVE_/ });
      expect(await ending(scene.target)).toBe("failed");
    });
  });
}
