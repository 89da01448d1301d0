import { describe, expect, it } from "vitest";
import * as answers from "../../src/api/answers/index.ts";
import { type App, snapshotBucket } from "./app.ts";
import { ask, post } from "./ask.ts";

const SCHEMA = [
  "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL CHECK (text <> 'never'), hits INTEGER)",
  "CREATE TABLE tags (name TEXT PRIMARY KEY, note INTEGER NOT NULL REFERENCES notes (id), CHECK (name <> 'never'))",
];
const ROWS = [
  "INSERT INTO notes VALUES (1, 'one', 10), (2, 'two', 20), (3, 'three', 30)",
  "INSERT INTO tags VALUES ('a', 1), ('b', 2)",
];

/** Updates 1 and 2, adds 4, and deletes 3 where it is mirrored; tag b goes, c comes. */
const DATA = {
  notes: [
    { id: 1, text: "uno", hits: 10 },
    { id: 2, text: "dos", hits: 20 },
    { id: 4, text: "cuatro", hits: 40 },
  ],
  tags: [
    { name: "a", note: 1 },
    { name: "c", note: 4 },
  ],
};

/** Taking runs back over HTTP, on one kind of database and bucket. */
export function describeUndo(name: string, create: (options?: object) => App): void {
  async function createFilled(): Promise<App> {
    const app = create();
    await app.database.batch([...SCHEMA, ...ROWS].map((sql) => ({ sql })));
    return app;
  }

  const rowsOf = async ({ database }: App) => ({
    notes: await database.query({ sql: "SELECT * FROM notes ORDER BY id" }),
    tags: await database.query({ sql: "SELECT * FROM tags ORDER BY name" }),
  });

  const run = ({ database }: App, ...statements: string[]) =>
    database.batch(statements.map((sql) => ({ sql })));

  async function sync(app: App, options: object = { mode: "mirror" }, data: object = DATA) {
    const { syncKey } = await post(app, answers.uploadAnswer, { operation: "upload", data });
    return post(app, answers.syncAnswer, { operation: "sync", syncKey, force: true, ...options });
  }

  const undo = (app: App, syncKey: string, options: object = {}) =>
    post(app, answers.undoAnswer, { operation: "undo", syncKey, ...options });

  const refusedUndo = async (app: App, syncKey: string, options: object = {}) => {
    const { status, body } = await app.call("POST", "r2-sync", { operation: "undo", syncKey, ...options });
    expect(body.error).toMatch(/\S/);
    expect(body.hint).toMatch(/\S/);
    return { status, code: body.code, reason: body.details?.reason, details: body.details };
  };

  const statusOf = async (app: App, key: string) =>
    (await ask(app, answers.statusAnswer, "GET", `r2-sync?syncKey=${key}`)).status;

  describe(`undo (${name})`, () => {
    it("brings back what a sync has changed, added and deleted, and can be undone itself", async () => {
      const app = await createFilled();
      const before = await rowsOf(app);
      const synced = await sync(app);
      const after = await rowsOf(app);
      expect(synced.undo).toMatch(/^undo-/);
      expect((await statusOf(app, synced.syncKey)).undo).toMatchObject([{ key: synced.undo }]);

      const planned = await undo(app, synced.syncKey, { dryRun: true });
      expect(planned).toMatchObject({ status: "planned", syncKey: synced.undo, undoes: synced.syncKey });
      expect(planned.plan?.tables).toMatchObject({
        notes: { inserted: 1, updated: 2, deleted: 1 },
        tags: { inserted: 1, deleted: 1 },
      });
      expect(planned.plan?.left ?? { edited: 0, held: 0 }).toEqual({ edited: 0, held: 0 });
      expect(await rowsOf(app)).toEqual(after);

      const { hash } = planned.plan ?? {};
      const undone = await undo(app, synced.syncKey, { plan: hash, expectDeletes: 2 });
      expect(undone).toMatchObject({ status: "completed", verified: true, undoes: synced.syncKey });
      expect(undone.message).toContain(synced.syncKey);
      expect(await rowsOf(app)).toEqual(before);
      expect(await statusOf(app, synced.syncKey)).toMatchObject({ undo: [], undoneBy: undone.syncKey });
      expect(await statusOf(app, undone.syncKey)).toMatchObject({ undoes: synced.syncKey });
      const told = await ask(app, answers.historyAnswer, "GET", "r2-sync?operation=history");
      expect(told.runs).toMatchObject([
        { key: undone.syncKey, undoes: synced.syncKey, undoneBy: null },
        { key: synced.syncKey, undoes: null, undoneBy: undone.syncKey },
      ]);
      const { entries } = await ask(app, answers.logAnswer, "GET", "r2-sync?operation=log");
      expect(entries[0]).toMatchObject({ did: "undo", key: undone.syncKey, outcome: "completed" });

      const again = await undo(app, undone.syncKey);
      expect(again).toMatchObject({ status: "completed", undoes: undone.syncKey });
      expect(await rowsOf(app)).toEqual(after);
      const third = await undo(app, synced.syncKey);
      expect(third).toMatchObject({ status: "completed", syncKey: undone.syncKey });
      expect(await rowsOf(app)).toEqual(before);
    });

    it("leaves rows alone that were changed since, tells which, and takes them with force", async () => {
      const app = await createFilled();
      const before = await rowsOf(app);
      const { syncKey } = await sync(app, { mode: "merge" });
      await run(
        app,
        "UPDATE notes SET text = 'edited' WHERE id = 1",
        "UPDATE notes SET hits = 99 WHERE id = 3",
      );
      const planned = await undo(app, syncKey, { dryRun: true });
      expect(planned.plan).toMatchObject({
        left: { edited: 1, held: 0 },
        tables: { notes: { updated: 1, deleted: 1, left: { edited: 1, held: 0 } } },
      });
      expect(planned.message).toContain("1 row left alone: 1 changed since the run.");
      const { rows } = await ask(
        app,
        answers.rowsAnswer,
        "GET",
        `r2-sync?operation=rows&syncKey=${planned.syncKey}`,
      );
      expect(rows.filter(({ is }) => is === "left")).toEqual([
        {
          table: "notes",
          is: "left",
          why: "edited",
          key: { id: 1 },
          row: { id: 1, text: "edited", hits: 10 },
        },
      ]);
      const undone = await undo(app, syncKey);
      expect(undone.message).toContain("1 row left alone");
      const left = { edited: 1, held: 0 };
      expect((await ask(app, answers.historyAnswer, "GET", "r2-sync?operation=history")).runs).toMatchObject([
        { key: undone.syncKey, left },
        { key: syncKey, left },
      ]);
      expect((await rowsOf(app)).notes).toEqual([
        [1, "edited", 10],
        [2, "two", 20],
        [3, "three", 99],
      ]);

      const other = await createFilledAgain(app);
      await run(app, "UPDATE notes SET text = 'edited' WHERE id = 1");
      expect((await undo(app, other.syncKey, { force: true })).plan?.left?.edited ?? 0).toBe(0);
      expect(await rowsOf(app)).toEqual(before);
    });

    async function createFilledAgain(app: App) {
      await run(app, "DELETE FROM tags", "DELETE FROM notes", ...ROWS);
      return sync(app, { mode: "merge" });
    }

    it("is gone on with by its own key, and never done twice", async () => {
      const app = await createFilled();
      const before = await rowsOf(app);
      const { syncKey, undo: key } = await sync(app);
      await undo(app, syncKey, { dryRun: true });
      for (const options of [{ tables: ["notes"] }, { mode: "merge" }, { create: true }, { version: 7 }]) {
        const call = await app.call("POST", "r2-sync", { operation: "sync", syncKey: key, ...options });
        expect(call.body).toMatchObject({ code: "INVALID_REQUEST" });
      }
      const done = await post(app, answers.undoAnswer, { operation: "sync", syncKey: key });
      expect(done).toMatchObject({ status: "completed", undoes: syncKey, syncKey: key });
      expect(await rowsOf(app)).toEqual(before);
      await run(app, "UPDATE notes SET text = 'later' WHERE id = 1");
      for (const options of [{}, { force: true }]) {
        const { status, body } = await app.call("POST", "r2-sync", {
          operation: "sync",
          syncKey: key,
          ...options,
        });
        expect({ status, code: body.code }).toEqual({ status: 409, code: "ALREADY_SYNCED" });
        expect(body.details.syncKey).toBe(key);
      }
      expect((await rowsOf(app)).notes[0]).toEqual([1, "later", 10]);
    });

    it("is refused where there is nothing to undo, and says why", async () => {
      const app = await createFilled();
      const unknown = "sync-1700000000000-abcdefghijkl";
      expect(await refusedUndo(app, unknown)).toMatchObject({ status: 404, code: "NOT_FOUND" });

      const unchanged = await sync(app, {}, { notes: [{ id: 1, text: "one", hits: 10 }] });
      expect(unchanged.undo).toBeNull();
      expect(await refusedUndo(app, unchanged.syncKey)).toMatchObject({ reason: "undo-changed-nothing" });

      const notKept = await sync(app, { undo: false });
      expect(notKept.undo).toBeNull();
      expect(await refusedUndo(app, notKept.syncKey)).toMatchObject({ reason: "undo-not-asked-for" });

      const { syncKey } = await post(app, answers.uploadAnswer, { operation: "upload", data: DATA });
      await post(app, answers.syncAnswer, { operation: "sync", syncKey, force: true, dryRun: true });
      expect(await refusedUndo(app, syncKey)).toMatchObject({ reason: "undo-changed-nothing" });

      const pruned = await sync(app, {}, { notes: [{ id: 1, text: "otra", hits: 10 }] });
      expect(await refusedUndo(app, pruned.undo as string)).toMatchObject({
        status: 404,
        details: { keptBy: pruned.syncKey },
      });
      await app.bucket.delete([`d1-ferry/${pruned.undo}`]);
      const refused = await refusedUndo(app, pruned.syncKey);
      expect(refused).toMatchObject({ status: 409, code: "NOT_UNDOABLE", reason: "undo-pruned" });
    });

    it("takes back what a run has written that was given up half way, once it is dropped", async () => {
      const app = await createFilled();
      const before = await rowsOf(app);
      const data = { ...DATA, tags: [{ name: "never", note: 1 }] };
      const { syncKey } = await post(app, answers.uploadAnswer, { operation: "upload", data });
      const half = { operation: "sync", syncKey, atomic: "never" };
      const { body: failed } = await app.call("POST", "r2-sync", half);
      expect(failed.code).toBe("ROW_REFUSED");
      const written = await rowsOf(app);
      expect(written.notes).not.toEqual(before.notes);
      expect(await refusedUndo(app, syncKey)).toMatchObject({ reason: "undo-before-the-end" });

      const dropped = await post(app, answers.dropAnswer, { operation: "drop", syncKey });
      expect(dropped.leaves).toEqual({ notes: { inserted: 1, updated: 2, deleted: 0 } });
      expect(dropped.message).toContain("1 row inserted, 2 updated, 0 deleted. It can be undone.");
      expect(dropped.undo).toHaveLength(1);
      expect(await rowsOf(app)).toEqual(written);
      const gone = await app.call("POST", "r2-sync", half);
      expect(gone.status).toBe(404);

      const undone = await undo(app, syncKey);
      expect(undone).toMatchObject({ status: "completed", undoes: syncKey });
      expect(await rowsOf(app)).toEqual(before);
    });

    it("keeps what it needs when keys are dropped", async () => {
      const app = await createFilled();
      const before = await rowsOf(app);
      const { syncKey, undo: key } = await sync(app);
      const dropped = await post(app, answers.dropAnswer, { operation: "drop", syncKey });
      expect(dropped).toMatchObject({ undo: [{ key }] });
      await undo(app, syncKey, { dryRun: true });
      for (const _ of ["once", "again"]) {
        await post(app, answers.dropAnswer, { operation: "drop", syncKey: key });
        expect(await snapshotBucket(app.bucket)).toHaveLength(1);
      }
      expect((await undo(app, syncKey)).status).toBe("completed");
      expect(await rowsOf(app)).toEqual(before);
    });

    it("removes what it needs where that is asked for", async () => {
      const app = await createFilled();
      const { syncKey, undo: key } = await sync(app);
      await post(app, answers.dropAnswer, { operation: "drop", syncKey: key, keptRows: true });
      expect(await snapshotBucket(app.bucket)).toHaveLength(1);
      expect(await refusedUndo(app, syncKey)).toMatchObject({ code: "NOT_UNDOABLE", reason: "undo-pruned" });
    });

    it("takes back what it left the first time, once it is undone itself", async () => {
      const app = await createFilled();
      const before = await rowsOf(app);
      const { syncKey } = await sync(app);
      await run(app, "UPDATE notes SET hits = 99 WHERE id = 1");
      const first = await undo(app, syncKey);
      expect(first.plan?.left).toEqual({ edited: 1, held: 0 });
      expect(await refusedUndo(app, syncKey, { force: true })).toMatchObject({ reason: "undone-already" });
      await undo(app, first.syncKey);
      const again = await undo(app, syncKey, { force: true });
      expect(again).toMatchObject({ status: "completed", undoes: syncKey });
      expect(await rowsOf(app)).toEqual(before);
    });

    it("is answered by whichever key only where the policy has it", async () => {
      const app = create({ policy: { operations: ["upload", "sync", "status", "log"] } });
      await app.database.batch([...SCHEMA, ...ROWS].map((sql) => ({ sql })));
      const { syncKey, undo: key } = await sync(app);
      const after = await rowsOf(app);
      for (const asked of [
        { operation: "undo", syncKey },
        { operation: "sync", syncKey: key },
      ]) {
        const { status, body } = await app.call("POST", "r2-sync", asked);
        expect([status, body.code]).toEqual([403, "FORBIDDEN"]);
      }
      expect(await rowsOf(app)).toEqual(after);
    });

    it("takes back a run whose tables a later one has changed, but for its rows", async () => {
      const app = await createFilled();
      const first = await sync(app, { mode: "merge" });
      await sync(app, { mode: "merge" }, { notes: [{ id: 2, text: "zwei", hits: 20 }] });
      const undone = await undo(app, first.syncKey);
      expect(undone.plan?.left).toEqual({ edited: 1, held: 0 });
      expect((await rowsOf(app)).notes).toEqual([
        [1, "one", 10],
        [2, "zwei", 20],
        [3, "three", 30],
      ]);
    });
  });
}
