import { describe, expect, test } from "vitest";
import { openText } from "../../src/archive/open-text.ts";
import type { ByteSource } from "../../src/archive/types.ts";
import { createBudget } from "../../src/budget.ts";
import { readHistory } from "../../src/sync/run/history.ts";
import { dropRun, listRuns, readRun } from "../../src/sync/run/list-runs.ts";
import { type Engine, execute, newRunKey } from "../support/engine.ts";
import { archiveFrom, expectCleared, result, setScene } from "./scene.ts";

const SCHEMA = ["CREATE TABLE items (id INTEGER PRIMARY KEY, v TEXT)"];

/** An archive as the document that it is. */
async function textOf(archive: ByteSource): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of openText(archive, 0)) text += decoder.decode(piece, { stream: true });
  return text;
}

/** What was synced before is known. */
export function describeVersions(name: string, engine: Engine): void {
  describe(`A version on ${name}`, () => {
    const first = () =>
      archiveFrom(engine, SCHEMA, ["INSERT INTO items VALUES (1, 'a'), (2, 'b')"], { version: 3 });
    const other = () => archiveFrom(engine, SCHEMA, ["INSERT INTO items VALUES (1, 'A')"], { version: 3 });

    test("that was synced with the same content is already synced", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await first());
      const error = await scene.refuse(await first(), "ALREADY_SYNCED");
      expect(error.message).toMatch(/^Already synced/);
      expect(error.details).toMatchObject({ version: 3, nextVersion: 4 });
    });

    test("that was synced with other content is taken, and the next free one is named", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await first());
      await scene.sync(await other(), { version: 8 });
      const error = await scene.refuse(await other(), "VERSION_TAKEN");
      expect(error.details).toMatchObject({ version: 3, nextVersion: 9, tables: ["items"] });
      expect(error.hint).toContain("9");
    });

    test("that is free is synced, with nothing to write for equal rows", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await first());
      const report = await scene.sync(await first(), { version: 4 });
      expect(report).toMatchObject({
        version: 4,
        results: { items: result({ attempted: 2, unchanged: 2 }) },
      });
      expect((await readHistory(scene.target)).map(({ seedVersion }) => seedVersion)).toEqual([4, 3]);
    });

    test("is synced again by force, and stays one row of the history", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await first());
      const report = await scene.sync(await other(), { force: true });
      expect(report.results).toEqual({ items: result({ attempted: 1, updated: 1 }) });
      expect(await readHistory(scene.target)).toMatchObject([
        { seedName: "items", seedVersion: 3, recordCount: 1 },
      ]);
    });

    test("can be synced again when its row of the history is deleted", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await first());
      await scene.target.batch([{ sql: "DELETE FROM seed_history WHERE seed_version = 3" }]);
      expect(await scene.sync(await other())).toMatchObject({ status: "completed" });
    });

    test("of a plain document is known by its rows", async () => {
      const scene = await setScene(engine, SCHEMA);
      const document = (v: string) => JSON.stringify({ version: 5, data: { items: [{ id: 1, v }] } });
      await scene.sync(document("a"));
      await scene.refuse(document("a"), "ALREADY_SYNCED");
      await scene.refuse(document("b"), "VERSION_TAKEN");
      await scene.sync('{"data":{"items":[{"id":1,"v":"c"}]}}');
      await scene.refuse('{"data":{"items":[{"id":1,"v":"c"}]}}', "ALREADY_SYNCED");
    });

    test("may be synced table by table", async () => {
      const schema = [...SCHEMA, "CREATE TABLE more (id INTEGER PRIMARY KEY)"];
      const source = await archiveFrom(engine, schema, [
        "INSERT INTO items VALUES (1, 'a')",
        "INSERT INTO more VALUES (1)",
      ]);
      const scene = await setScene(engine, schema);
      await scene.sync(source, { tables: ["items"] });
      await scene.sync(source, { tables: ["more"] });
      const error = await scene.refuse(source, "ALREADY_SYNCED");
      expect(error.details).toMatchObject({ version: 1 });
    });

    describe("that is known for some tables", () => {
      const schema = [...SCHEMA, "CREATE TABLE more (id INTEGER PRIMARY KEY)"];
      const rows = ["INSERT INTO items VALUES (1, 'a')", "INSERT INTO more VALUES (1)"];
      const document = '{"data":{"more":[{"id":1}],"items":[{"id":1,"v":"a"}]}}';
      const note = "items was left as it is: version 1 of it is in the history";

      const withItems = async () => {
        const source = await archiveFrom(engine, schema, rows);
        const scene = await setScene(engine, schema);
        await scene.sync(source, { tables: ["items"] });
        // Left means left.
        await execute(scene.target, ["UPDATE items SET v = 'edited'"]);
        return { scene, source };
      };

      test.each(["an archive", "a document", "a document, row by row"])(
        "syncs the others, of %s",
        async (what) => {
          const { scene, source } = await withItems();
          const options = what.endsWith("row")
            ? { budget: () => createBudget({ statements: 10, bytes: 5 }) }
            : {};
          const report = await scene.sync(what === "an archive" ? source : document, options);
          expect(report.results).toEqual({ more: result({ attempted: 1, inserted: 1 }) });
          expect(report).toMatchObject({
            status: "completed",
            version: 1,
            notes: expect.arrayContaining([note]),
            verified: true,
          });
          expect(await scene.rows("items")).toEqual([[1, "edited"]]);
          expect((await readHistory(scene.target)).map(({ seedName }) => seedName)).toEqual([
            "items",
            "more",
          ]);
          await expectCleared(scene.target);
          await scene.refuse(source, "ALREADY_SYNCED");
          await scene.refuse(document, "ALREADY_SYNCED");
        },
      );

      test.each(["an archive", "a document"])(
        "syncs all where another version is asked for after that, of %s",
        async (what) => {
          const { scene, source } = await withItems();
          const key = newRunKey();
          const input = what === "an archive" ? source : document;
          const planned = await scene.sync(input, { key, dryRun: true });
          expect(Object.keys(planned.plan?.tables ?? {})).toEqual(["more"]);
          const report = await scene.sync(input, { key, version: 2 });
          expect(report).toMatchObject({
            version: 2,
            notes: [],
            results: { items: { updated: 1 }, more: { inserted: 1 } },
          });
        },
      );

      test("is taken where one of them was synced with other content", async () => {
        const { scene } = await withItems();
        const other = await archiveFrom(engine, schema, ["INSERT INTO items VALUES (1, 'b')", rows[1]!]);
        const error = await scene.refuse(other, "VERSION_TAKEN");
        expect(error.details).toMatchObject({ tables: ["items"] });
      });
    });

    describe("is of the same content", () => {
      const many =
        "INSERT INTO items WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT i, hex(zeroblob(i * 200)) FROM n";
      const schema = [...SCHEMA, "CREATE TABLE more (id INTEGER PRIMARY KEY, n REAL, b BLOB)"];
      const archive = (frameBytes?: number) =>
        archiveFrom(
          engine,
          schema,
          [many, "INSERT INTO more VALUES (1, 2.0, x'00ff'), (2, 1e300, NULL)"],
          frameBytes === undefined ? {} : { frameBytes },
        );

      test.each(["other frames", "a document", "a document without frames"])("as %s", async (way) => {
        const scene = await setScene(engine, schema);
        await scene.sync(await archive());
        const document = JSON.parse(await textOf(await archive(3_000)));
        if (way === "a document without frames") delete document.frames;
        await scene.refuse(
          way === "other frames" ? await archive(3_000) : JSON.stringify(document),
          "ALREADY_SYNCED",
        );
      });

      test("in the tables of a download that nobody has filtered", async () => {
        const scene = await setScene(engine, schema);
        await scene.sync(await archive());
        const document = JSON.parse(await textOf(await archive()));
        document.data.items.pop();
        const error = await scene.refuse(JSON.stringify(document), "VERSION_TAKEN");
        expect(error.details).toMatchObject({ tables: ["items"] });
      });
    });

    test("of a run that was refused is free", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.refuse({ items: [{ id: "x" }] }, "ROW_REFUSED", { version: 3 });
      await scene.sync(await first());
    });
  });

  describe(`A run on ${name}`, () => {
    const source = () => archiveFrom(engine, SCHEMA, ["INSERT INTO items VALUES (1, 'a'), (2, 'b')"]);
    const key = "sync-1700000000000-000000000abc";

    test("that is unknown is null, in a database with and without a past", async () => {
      const scene = await setScene(engine, SCHEMA);
      expect(await readRun(scene.target, key)).toBeNull();
      expect(await listRuns(scene.target)).toEqual([]);
      expect(await dropRun(scene.target, key)).toBe(false);
      await scene.sync(await source());
      expect(await readRun(scene.target, key)).toBeNull();
      expect(await dropRun(scene.target, key)).toBe(false);
    });

    test("that is completed stays known, and is not applied again", async () => {
      const scene = await setScene(engine, SCHEMA);
      const done = await scene.sync(await source(), { key });
      const { calls: _, ...report } = done;
      expect(await readRun(scene.target, key)).toEqual(report);
      const error = await scene.refuse(await source(), "ALREADY_SYNCED", { key });
      expect(error.message).toMatch(/^Already synced/);
      expect(await readRun(scene.target, key)).toMatchObject({
        status: "completed",
        error: null,
        verified: true,
      });
      const again = await scene.sync(await source(), { key, force: true });
      expect(again.results).toEqual({ items: result({ attempted: 2, unchanged: 2 }) });
    });

    test("that was refused keeps its reason", async () => {
      const scene = await setScene(engine, SCHEMA);
      const error = await scene.refuse({ items: [{ id: "x" }] }, "ROW_REFUSED", { key });
      const report = await readRun(scene.target, key);
      expect(report).toMatchObject({
        status: "refused",
        error: error.toJSON(),
        results: null,
        verified: false,
      });
    });

    test("that is dropped is forgotten with what it staged, not with what it applied", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await source(), { key, dryRun: true });
      expect(await dropRun(scene.target, key)).toBe(true);
      expect(await readRun(scene.target, key)).toBeNull();
      expect(await scene.rows("_ferry_frames")).toEqual([]);
      await scene.sync(await source(), { key });
      expect(await dropRun(scene.target, key)).toBe(true);
      expect(await scene.rows("items", "id")).toEqual([[1], [2]]);
    });

    test("is listed, newest first", async () => {
      const scene = await setScene(engine, SCHEMA);
      await scene.sync(await source(), { key: "sync-1-a", version: 1, now: () => 1000 });
      await scene.sync(await source(), { key: "sync-2-b", version: 2, now: () => 2000 });
      expect((await listRuns(scene.target)).map((run) => [run.key, run.version, run.startedAt])).toEqual([
        ["sync-2-b", 2, 2000],
        ["sync-1-a", 1, 1000],
      ]);
    });
  });
}
