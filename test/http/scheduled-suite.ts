import { beforeEach, describe, expect, it } from "vitest";
import type { FerryEvent } from "../../src/operations/events.ts";
import { aged } from "./aged.ts";
import { type App, createApp, snapshotBucket, snapshotDatabase } from "./app.ts";
import { createTables, deleteRows, insertRows } from "./community.ts";

const DAY = 24 * 60 * 60 * 1000;

/** `tick` lets the schedule of an app come to pass that removes whatever nobody works on. */
export function describeScheduled(name: string, create: () => App, tick: (app: App) => Promise<void>): void {
  describe(`a schedule (${name})`, () => {
    let app: App;
    beforeEach(async () => {
      app = create();
      await createTables(app.database);
      await insertRows(app.database);
    });

    const post = async (body: object) => (await app.call("POST", "r2-sync", body)).body;
    const log = async () => (await app.call("GET", "r2-sync?operation=log")).body.entries;

    it("removes what prune would, leaves tables and history, and is written down as itself", async () => {
      const { exportKey } = await post({ operation: "export" });
      const planned = await post({ operation: "export", tables: ["roundups"] });
      await post({ operation: "sync", syncKey: planned.exportKey, dryRun: true });
      await deleteRows(app.database);
      await post({ operation: "sync", syncKey: exportKey });
      await app.call("POST", "multipart-upload", { action: "start" });
      const { pruned } = await post({ operation: "prune", olderThanMs: 0, dryRun: true });
      expect(pruned.map(({ kind }: { kind: string }) => kind).sort()).toEqual([
        "export",
        "export",
        "run",
        "upload",
      ]);
      const tables = await snapshotDatabase(app.database);

      await tick(app);

      // What the completed sync is undone from.
      expect(await snapshotBucket(app.bucket)).toEqual([expect.stringMatching(/^d1-ferry\/undo-/)]);
      expect(await app.database.query({ sql: "SELECT count(*) FROM _ferry_frames" })).toEqual([[0]]);
      expect(await snapshotDatabase(app.database)).toEqual(tables);
      const [entry, ...older] = await log();
      expect(entry).toMatchObject({
        who: "scheduled",
        from: null,
        did: "prune",
        outcome: "completed",
        counts: { pruned: 4 },
      });
      await tick(app);
      expect(await log()).toEqual([entry, ...older]);
    });
  });
}

/** What only an app of the test's own making can show. */
export function describeSchedules(create: (options?: Parameters<typeof createApp>[1]) => App): void {
  const upload = (app: App, version: number) =>
    app.call("POST", "r2-sync", { operation: "upload", version, data: { roundups: [] } });

  it("leaves what is younger than the app says, by default 7 days", async () => {
    const app = create();
    await upload(app, 1);
    const [kept] = await snapshotBucket(app.bucket);
    const old = (ms: number) => ({ database: app.database, bucket: aged(app.bucket, ms) });
    await createApp(old(6 * DAY)).scheduled();
    await createApp(old(8 * DAY), { pruneOlderThanMs: 9 * DAY }).scheduled();
    expect(await snapshotBucket(app.bucket)).toEqual([kept]);
    await createApp(old(8 * DAY)).scheduled();
    expect(await snapshotBucket(app.bucket)).toEqual([]);
  });

  it("removes on the smallest plan as much as one invocation may, and the rest with the next ticks", async () => {
    const events: FerryEvent[] = [];
    const app = create({
      platform: "workers-free",
      pruneOlderThanMs: 0,
      onEvent: (event) => events.push(event),
    });
    for (let version = 1; version <= 50; version++) await upload(app, version);
    events.length = 0;
    for (let left = 50; left > 0; ) {
      await app.scheduled();
      const now = (await snapshotBucket(app.bucket)).length;
      expect(now).toBeLessThan(left);
      left = now;
    }
    expect(events.length).toBeGreaterThan(1);
    expect(events.every(({ type, who }) => type === "pruned" && who === "scheduled")).toBe(true);
    expect(events.reduce((sum, { counts }) => sum + (counts.pruned ?? 0), 0)).toBe(50);
  });

  it("fails where the database does, says so, and removes nothing", async () => {
    const events: FerryEvent[] = [];
    const app = create();
    await upload(app, 1);
    const kept = await snapshotBucket(app.bucket);
    const database = { ...app.database, query: () => Promise.reject(new Error("the database is gone")) };
    const broken = createApp(
      { database, bucket: app.bucket },
      { pruneOlderThanMs: 0, onEvent: (event) => events.push(event) },
    );
    await expect(broken.scheduled()).rejects.toThrow("the database is gone");
    expect(events).toMatchObject([{ type: "failed", did: "prune", who: "scheduled", code: "INTERNAL" }]);
    expect(await snapshotBucket(app.bucket)).toEqual(kept);
  });

  it.each([-1, 0.5, Number.NaN, "7d"])("takes no age of %j", (pruneOlderThanMs) => {
    const options = { pruneOlderThanMs: pruneOlderThanMs as number };
    expect(() => create(options)).toThrow("pruneOlderThanMs has to be a whole number of milliseconds");
  });
}
