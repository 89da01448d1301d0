import * as v from "valibot";
import { beforeEach, describe, expect, it } from "vitest";
import * as answers from "../../src/api/answers/index.ts";
import { aged } from "./aged.ts";
import { type App, createApp, snapshotBucket, snapshotDatabase } from "./app.ts";
import { createTables, deleteRows, insertRows } from "./community.ts";

const DAY = 24 * 60 * 60 * 1000;
const MiB = 1024 * 1024;

/** What is old goes, what is in use stays, and tables and history stay in any case. */
export function describePrune(name: string, create: () => App): void {
  describe(`prune (${name})`, () => {
    let app: App;
    beforeEach(async () => {
      app = create();
      await createTables(app.database);
      await insertRows(app.database);
    });

    const post = async (body: object, to: App = app) => {
      const answer = await to.call("POST", "r2-sync", body);
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
      return answer.body;
    };
    const prune = async (input: object = {}, to: App = app) =>
      v.parse(answers.pruneAnswer, await post({ operation: "prune", ...input }, to));
    const kinds = ({ pruned }: Awaited<ReturnType<typeof prune>>) =>
      pruned.map(({ key, kind }) => `${kind} ${key}`).sort();
    it("is not asked for by a document", async () => {
      await startUpload();
      for (const operation of ["prune", "sync", "drop"]) {
        const document = { operation, olderThanMs: 0, data: { authors: [] } };
        const { status, body } = await app.call("POST", "r2-sync", document);
        expect(status).toBe(400);
        expect(body).toMatchObject({ code: "INVALID_REQUEST", details: { field: "operation" } });
      }
      expect((await prune({ olderThanMs: 0, dryRun: true })).pruned).not.toEqual([]);
    });

    const startUpload = async () =>
      (await app.call("POST", "multipart-upload", { action: "start", chunkSize: 5 * MiB })).body;

    /** A document, a run that was only planned, a run that is completed, an export, half an upload. */
    async function litter() {
      const { exportKey } = await post({ operation: "export" });
      const planned = await post({ operation: "export", version: 2, tables: ["roundups"] });
      await post({ operation: "sync", syncKey: planned.exportKey, dryRun: true });
      await deleteRows(app.database);
      await post({ operation: "sync", syncKey: exportKey });
      const upload = await startUpload();
      const part = `multipart-upload?key=${upload.key}&uploadId=${encodeURIComponent(upload.uploadId)}&partNumber=1`;
      expect((await app.call("PUT", part, new Uint8Array(5 * MiB))).status).toBe(200);
      const { syncKey } = await post({ operation: "upload", version: 9, data: { roundups: [] } });
      return { completed: exportKey, planned: planned.exportKey, upload, uploaded: syncKey };
    }

    async function stagedRuns(): Promise<unknown[]> {
      return (await app.database.query({ sql: "SELECT DISTINCT run FROM _ferry_frames" })).flat();
    }

    it("lists first, then removes all of it, and leaves tables, history and records", async () => {
      const { completed, planned, upload, uploaded } = await litter();
      const tables = await snapshotDatabase(app.database);
      const objects = await snapshotBucket(app.bucket);

      const listed = await prune({ olderThanMs: 0, dryRun: true });
      expect(kinds(listed)).toEqual(
        [
          `export ${completed}`,
          `export ${planned}`,
          `run ${planned}`,
          `sync ${uploaded}`,
          `upload ${upload.key}`,
        ].sort(),
      );
      expect(listed.pruned.find(({ kind }) => kind === "upload")?.bytes).toBe(5 * MiB);
      expect(listed.pruned.every(({ bytes, ageMs }) => bytes > 0 && ageMs >= 0)).toBe(true);
      expect(await snapshotBucket(app.bucket)).toEqual(objects);
      expect(await stagedRuns()).toEqual([planned]);

      const removed = await prune({ olderThanMs: 0 });
      expect(kinds(removed)).toEqual(kinds(listed));
      expect(removed).toMatchObject({ more: false, message: expect.stringMatching(/^Removed 5 things/) });
      // What the completed sync is undone from.
      expect(await snapshotBucket(app.bucket)).toEqual([expect.stringMatching(/^d1-ferry\/undo-/)]);
      expect(await stagedRuns()).toEqual([]);
      expect(await snapshotDatabase(app.database)).toEqual(tables);
      const aborted = await app.call("POST", "multipart-upload", { action: "abort", ...upload });
      expect(aborted.body).toMatchObject({ aborted: false });

      expect(await prune({ olderThanMs: 0 })).toMatchObject({
        pruned: [],
        message: "There is nothing to remove.",
      });
      const status = await app.call("GET", `r2-sync?syncKey=${completed}`);
      expect(status.body.status).toMatchObject({ status: "completed", verified: true });
    });

    it("leaves by itself what is younger than 7 days, and takes what is older", async () => {
      const { planned, uploaded } = await litter();
      expect(await prune()).toMatchObject({ pruned: [] });

      const old = createApp({ database: app.database, bucket: aged(app.bucket, 8 * DAY) });
      // The planned run was worked on just now, whatever the age of its document.
      expect(kinds(await prune({ dryRun: true }, old)).join()).not.toContain(planned);
      await app.database.query({ sql: `UPDATE _ferry_runs SET updated_at = updated_at - ${8 * DAY}` });
      const removed = await prune({}, old);
      expect(removed.pruned).toHaveLength(5);
      const document = removed.pruned.find(({ key }) => key === uploaded);
      expect(document).toMatchObject({ kind: "sync", reason: "never synced" });
      expect(Math.round((document?.ageMs ?? 0) / DAY)).toBe(8);
    });

    it("leaves a run that a driver works on, with its document", async () => {
      const { exportKey } = await post({ operation: "export" });
      await post({ operation: "sync", syncKey: exportKey, dryRun: true });
      const locked = `UPDATE _ferry_runs SET lease_until = ${Date.now() + 19_000}`;
      await app.database.query({ sql: locked });
      expect(await prune({ olderThanMs: 0 })).toMatchObject({ pruned: [] });
      await app.database.query({ sql: "UPDATE _ferry_runs SET lease_until = 0" });
      await deleteRows(app.database);
      const synced = await post({ operation: "sync", syncKey: exportKey });
      expect(synced).toMatchObject({ status: "completed", verified: true });
    });

    it("removes rows whose run was dropped while they were on their way", async () => {
      const { exportKey } = await post({ operation: "export" });
      await post({ operation: "sync", syncKey: exportKey, dryRun: true });
      await app.database.query({ sql: "DELETE FROM _ferry_runs" });
      const { pruned } = await prune({});
      expect(pruned).toMatchObject([
        { key: exportKey, kind: "run", reason: "staged rows of a run that was dropped" },
      ]);
      expect(await stagedRuns()).toEqual([]);
    });

    it("keeps the records that tell what was synced, and forgets others after 90 days", async () => {
      const { completed, planned } = await litter();
      await app.database.query({ sql: `UPDATE _ferry_runs SET updated_at = updated_at - ${91 * DAY}` });
      await prune({ olderThanMs: 0 });
      const again = await prune({ olderThanMs: 0 });
      expect(again.pruned).toMatchObject([{ key: planned, kind: "run" }]);
      expect(await app.database.query({ sql: "SELECT key FROM _ferry_runs" })).toEqual([[completed]]);

      const { exportKey } = await post({ operation: "export", version: 1 });
      const refused = await app.call("POST", "r2-sync", { operation: "sync", syncKey: exportKey });
      expect(refused.body).toMatchObject({ code: "ALREADY_SYNCED" });
    });

    it("removes on the smallest plan as much as a request may, and says that there is more", async () => {
      for (let version = 1; version <= 50; version++) {
        await post({ operation: "upload", version, data: { roundups: [{ id: version, title: "x" }] } });
      }
      const small = createApp(app, { platform: "workers-free" });
      const first = await prune({ olderThanMs: 0 }, small);
      expect(first.more).toBe(true);
      let removed = first.pruned.length;
      for (let last = first; last.more; removed += last.pruned.length) {
        last = await prune({ olderThanMs: 0 }, small);
        expect(last.pruned.length).toBeGreaterThan(0);
      }
      expect(removed).toBe(50);
      expect(await snapshotBucket(app.bucket)).toEqual([]);
    });
  });
}
