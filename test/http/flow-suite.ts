import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as answers from "../../src/api/answers/index.ts";
import { type App, BEARER, ORIGIN, snapshotBucket, snapshotDatabase } from "./app.ts";
import { ask, post } from "./ask.ts";
import { COUNTS, createTables, deleteRows, insertRows, ROWS, TABLES } from "./community.ts";

/** What D1 allows an invocation on its smallest plan. */
const MAX_STATEMENTS = 50;

const UNKNOWN_KEY = "sync-1700000000000-aaaaaaaaaaaa";

/** The whole journey over one kind of database and bucket. Each app starts empty. */
export function describeFlow(name: string, create: () => App): void {
  async function createFilled(): Promise<App> {
    const app = create();
    await createTables(app.database);
    await insertRows(app.database);
    return app;
  }

  async function download(app: App, key: string, query = ""): Promise<Response> {
    return app.fetch(`/api/admin/r2-sync?operation=download&exportKey=${key}${query}`, { headers: BEARER });
  }

  const totalOf = <What extends string>(results: Record<string, Record<What, number>> | null, what: What) =>
    Object.values(results ?? {}).reduce((sum, result) => sum + (result as Record<What, number>)[what], 0);

  describe(`the journey of a database (${name})`, () => {
    it("takes an upload under a key of the caller's making, which is free, and is a sync's", async () => {
      const app = await createFilled();
      const document = { data: { roundups: [{ id: 1 }] } };
      const path = `r2-sync?newKey=${UNKNOWN_KEY}`;
      const uploaded = await ask(app, answers.uploadAnswer, "POST", path, document);
      expect(uploaded.syncKey).toBe(UNKNOWN_KEY);
      const before = await snapshotBucket(app.bucket);
      for (const [key, code] of [
        [UNKNOWN_KEY, "INVALID_REQUEST"],
        ["undo-1700000000000-aaaaaaaaaaaa", "INVALID_KEY"],
        ["../sync", "INVALID_KEY"],
      ]) {
        const { status, body } = await app.call(
          "POST",
          `r2-sync?newKey=${encodeURIComponent(key as string)}`,
          document,
        );
        expect([status, body], key).toMatchObject([400, { code }]);
      }
      expect(await snapshotBucket(app.bucket)).toEqual(before);
    });

    it("goes export, download, upload, sync, status, history, and is refused a second time", async () => {
      const app = await createFilled();
      const original = await snapshotDatabase(app.database);

      const exported = await post(app, answers.exportAnswer, { operation: "export" });
      expect(exported).toMatchObject({ success: true, status: "completed", version: 1 });
      expect(Object.fromEntries(exported.stats.map(({ table, count }) => [table, count]))).toEqual(COUNTS);
      expect(exported.message).toContain(`${ROWS.toLocaleString("en-US")} rows of 7 tables`);
      expect(exported.usage.statements).toBeLessThanOrEqual(MAX_STATEMENTS);

      const downloaded = await app.fetch(exported.downloadUrl as string, { headers: BEARER });
      expect(downloaded.headers.get("content-type")).toContain("application/json");
      const text = await downloaded.text();
      const document = JSON.parse(text);
      expect(document.version).toBe(1);
      for (const table of TABLES) expect(document.data[table], table).toHaveLength(COUNTS[table] as number);

      const uploaded = await ask(app, answers.uploadAnswer, "POST", "r2-sync", text.replaceAll("\n", ""));
      expect(uploaded.uploadedTables.toSorted()).toEqual(TABLES.toSorted());
      expect(uploaded.syncKey).toMatch(/^sync-/);

      await deleteRows(app.database);
      const empty = await snapshotDatabase(app.database);
      const sync = { operation: "sync", syncKey: uploaded.syncKey };
      const planned = await post(app, answers.syncAnswer, { ...sync, dryRun: true });
      expect(planned).toMatchObject({ success: true, status: "planned" });
      expect(totalOf(planned.plan?.tables ?? null, "inserted")).toBe(ROWS);
      expect(planned.message).toContain(`insert ${ROWS.toLocaleString("en-US")} rows`);
      expectSameTables(empty, await snapshotDatabase(app.database));

      const synced = await post(app, answers.syncAnswer, sync);
      expect(synced).toMatchObject({ success: true, status: "completed", verified: true, version: 1 });
      expect(totalOf(synced.results, "inserted")).toBe(ROWS);
      expect(synced.results?.authors).toMatchObject({
        attempted: 300,
        inserted: 300,
        updated: 0,
        unchanged: 0,
      });
      expect(synced.usage.statements).toBeLessThanOrEqual(MAX_STATEMENTS);
      const after = await snapshotDatabase(app.database);
      expect(after).toMatchObject(original);

      const { status } = await ask(app, answers.statusAnswer, "GET", `r2-sync?syncKey=${uploaded.syncKey}`);
      expect(status).toMatchObject({ syncKey: uploaded.syncKey, status: "completed", error: null });
      expect(status.progress).toMatchObject({ tablesProcessed: 7, totalTables: 7 });

      const told = await ask(app, answers.historyAnswer, "GET", "r2-sync?operation=history");
      const versions = Object.fromEntries(TABLES.map((table) => [table, 1]));
      expect(Object.fromEntries(told.history.map((entry) => [entry.seedName, entry.seedVersion]))).toEqual(
        versions,
      );
      expect(Object.fromEntries((told.live ?? []).map(({ table, version }) => [table, version]))).toEqual(
        versions,
      );
      const { engine } = app.database;
      expect(told.runs).toMatchObject([
        {
          key: uploaded.syncKey,
          phase: "completed",
          owner: "token:FERRY_TOKEN",
          source: { engine, name: new URL(ORIGIN).host },
          version: 1,
          results: synced.results,
        },
      ]);
      expect(told.usage.statements).toBeLessThan(10);

      const reuploaded = await ask(app, answers.uploadAnswer, "POST", "r2-sync", text.replaceAll("\n", ""));
      const again = await app.call("POST", "r2-sync", { operation: "sync", syncKey: reuploaded.syncKey });
      expect(again.status).toBe(409);
      expect(again.body).toMatchObject({
        code: "ALREADY_SYNCED",
        error: expect.stringContaining("Already synced"),
      });
      expect(await snapshotDatabase(app.database)).toEqual(after);
    });

    it("in one invocation: an export key is a sync key, and one call imports it", async () => {
      const app = await createFilled();
      const { exportKey } = await post(app, answers.exportAnswer, { operation: "export" });
      await deleteRows(app.database);
      const synced = await post(app, answers.syncAnswer, { operation: "sync", syncKey: exportKey });
      expect(synced).toMatchObject({ status: "completed", verified: true });
      expect(synced.usage.statements).toBeLessThanOrEqual(MAX_STATEMENTS);
      expect(synced.usage.bucketOperations).toBeLessThan(20);
      const { status } = await ask(app, answers.statusAnswer, "GET", `r2-sync?syncKey=${exportKey}`);
      expect(status.progress).toMatchObject({ recordsProcessed: ROWS, totalRecords: ROWS });
    });

    it("of the next version changes nothing when nothing is different", async () => {
      const app = await createFilled();
      const { exportKey } = await post(app, answers.exportAnswer, { operation: "export", version: 2 });
      const synced = await post(app, answers.syncAnswer, { operation: "sync", syncKey: exportKey });
      expect(synced.version).toBe(2);
      expect(totalOf(synced.results, "unchanged")).toBe(ROWS);
      for (const what of ["inserted", "updated", "deleted"]) expect(totalOf(synced.results, what)).toBe(0);
    });

    it("takes only the tables that are asked for", async () => {
      const app = await createFilled();
      const { stats } = await post(app, answers.exportAnswer, { operation: "export", tables: ["authors"] });
      expect(stats).toEqual([{ table: "authors", count: 300 }]);
      const rest = await post(app, answers.exportAnswer, { operation: "export", exclude: ["authors"] });
      expect(rest.stats.map(({ table }) => table)).not.toContain("authors");
    });

    it("tells the rows of a plan while it waits, a page at a time, and of no other plan", async () => {
      const app = await createFilled();
      const { exportKey: syncKey } = await post(app, answers.exportAnswer, { operation: "export" });
      await app.database.query({ sql: "DELETE FROM engagement_snapshots" });
      await app.database.query({ sql: "UPDATE authors SET username = 'Other' WHERE id = 7" });
      const query = `r2-sync?operation=rows&syncKey=${syncKey}`;
      expect((await app.call("GET", query)).body.code).toBe("NOT_FOUND");
      const dry = { operation: "sync", syncKey, dryRun: true };
      const { plan } = await post(app, answers.syncAnswer, dry);
      expect(plan?.tables.authors).toMatchObject({ updated: 1, cells: 1 });
      expect(plan?.tables.authors?.samples?.update).toMatchObject([{ key: { id: 7 } }]);
      const rows = [];
      for (let more = ""; ; ) {
        const page = await ask(app, answers.rowsAnswer, "GET", `${query}&plan=${plan?.hash}${more}`);
        expect(page.usage.statements).toBeLessThanOrEqual(MAX_STATEMENTS);
        rows.push(...page.rows);
        if (page.cursor === undefined) break;
        more = `&cursor=${page.cursor}`;
      }
      expect(rows).toHaveLength(totalOf(plan?.tables ?? null, "inserted") + 1);
      expect(rows.filter(({ is }) => is === "update")).toMatchObject([{ table: "authors", key: { id: 7 } }]);
      const own = await ask(app, answers.rowsAnswer, "GET", `${query}&table=authors`);
      expect(own.rows).toHaveLength(1);
      const other = await app.call("GET", `${query}&plan=${"0".repeat(64)}`);
      expect(other.body).toMatchObject({ code: "PLAN_STALE", details: { moved: [] } });
      expect((await app.call("GET", `${query}&cursor=9`)).body.code).toBe("INVALID_REQUEST");
      await post(app, answers.syncAnswer, { operation: "sync", syncKey, plan: plan?.hash });
      expect((await app.call("GET", query)).body.code).toBe("NOT_FOUND");
    });

    it("mirrors, but deletes only the number of rows that was confirmed", async () => {
      const app = await createFilled();
      const { exportKey } = await post(app, answers.exportAnswer, {
        operation: "export",
        tables: ["insights"],
      });
      await app.database.query({
        sql: "INSERT INTO insights VALUES (900, 'gen-1', 'new'), (901, 'gen-1', 'newer')",
      });
      const before = await snapshotDatabase(app.database);
      const mirror = { operation: "sync", syncKey: exportKey, mode: "mirror" };
      const refused = await app.call("POST", "r2-sync", { ...mirror, expectDeletes: 1 });
      expect(refused.status).toBe(409);
      expect(refused.body.code).toBe("CONFIRMATION_REQUIRED");
      expectSameTables(before, await snapshotDatabase(app.database));

      const synced = await post(app, answers.syncAnswer, { ...mirror, expectDeletes: 2 });
      expect(synced.results?.insights).toMatchObject({ deleted: 2, unchanged: 40 });
    });
  });

  describe(`a client written for the plain calls (${name})`, () => {
    it("filters the download to one table, sends it back in parts, and syncs it", async () => {
      const app = await createFilled();
      const { exportKey } = await post(app, answers.exportAnswer, { operation: "export" });
      const exported = await (await download(app, exportKey)).json();
      const rows = exported.data.content_items.slice(100, 200);
      const withoutParents = rows.map((row: object) => ({ ...row, parent_id: null }));
      const filtered = { ...exported, version: 2, data: { content_items: withoutParents } };
      await app.database.batch([
        { sql: "DELETE FROM roundup_items" },
        { sql: "DELETE FROM engagement_snapshots" },
        { sql: "UPDATE content_items SET parent_id = NULL" },
        { sql: "DELETE FROM content_items WHERE id > 150" },
      ]);

      const started = (await app.call("POST", "multipart-upload", { action: "start" })).body;
      const { syncKey: key, uploadId } = started;
      const bytes = new TextEncoder().encode(JSON.stringify(filtered));
      const query = new URLSearchParams({ key, uploadId, partNumber: "1" });
      const part = (await app.call("PUT", `multipart-upload?${query}`, bytes)).body;
      const parts = [{ partNumber: part.partNumber, etag: part.etag }];
      await app.call("POST", "multipart-upload", { action: "complete", key, uploadId, parts });

      const { status, body } = await app.call("POST", "r2-sync", { operation: "sync", syncKey: key });
      expect(status, JSON.stringify(body)).toBe(200);
      expect(Object.keys(body.results)).toEqual(["content_items"]);
      expect(body.results.content_items).toMatchObject({ attempted: 100, inserted: 50, deleted: 0 });
      const [[count]] = (await app.database.query({ sql: "SELECT count(*) FROM content_items" })) as [
        [number],
      ];
      expect(count).toBe(200);
    });

    it("sends an upload with its operation, or curl's form content type, and it is read as JSON", async () => {
      const app = await createFilled();
      const rows = [{ id: 2, title: "Two" }];
      for (const body of [
        { operation: "upload", data: { roundups: rows } },
        { version: 3, data: { roundups: rows } },
      ]) {
        const response = await app.fetch("/api/admin/r2-sync", {
          method: "POST",
          headers: { ...BEARER, "content-type": "application/x-www-form-urlencoded" },
          body: JSON.stringify(body, null, 2),
        });
        const answer = v.parse(answers.uploadAnswer, await response.json());
        expect(answer).toMatchObject({
          uploadedTables: ["roundups"],
          stats: [{ table: "roundups", count: 1 }],
        });
        expect(answer.nextStep).toContain(answer.syncKey);
      }
    });
  });

  describe(`two syncs (${name})`, () => {
    it("of one key at once apply it once", async () => {
      const app = await createFilled();
      const { exportKey } = await post(app, answers.exportAnswer, { operation: "export" });
      await deleteRows(app.database);
      const sync = () => app.call("POST", "r2-sync", { operation: "sync", syncKey: exportKey });
      const both = await Promise.all([sync(), sync()]);
      const outcomes = both.map(({ status, body }) => (status === 200 ? body.status : body.code));
      expect(outcomes).toContain("completed");
      expect(outcomes.filter((outcome) => outcome === "completed")).toHaveLength(1);
      expect(["RUN_LOCKED", "ALREADY_SYNCED"]).toContain(outcomes.find((outcome) => outcome !== "completed"));
      const [[count]] = (await app.database.query({ sql: "SELECT count(*) FROM authors" })) as [[number]];
      expect(count).toBe(300);
    });

    it("of other content under a version that is taken is refused, and force applies it", async () => {
      const app = await createFilled();
      const first = await post(app, answers.exportAnswer, { operation: "export" });
      await post(app, answers.syncAnswer, { operation: "sync", syncKey: first.exportKey });
      await app.database.query({ sql: "UPDATE authors SET username = 'new' WHERE id = 1" });
      const second = await post(app, answers.exportAnswer, { operation: "export" });
      await app.database.query({ sql: "UPDATE authors SET username = 'old' WHERE id = 1" });
      const sync = { operation: "sync", syncKey: second.exportKey };
      const refused = await app.call("POST", "r2-sync", sync);
      expect({ status: refused.status, code: refused.body.code }).toEqual({
        status: 409,
        code: "VERSION_TAKEN",
      });
      const forced = await post(app, answers.syncAnswer, { ...sync, force: true });
      expect(forced.results?.authors).toMatchObject({ updated: 1, unchanged: 299 });
    });
  });

  describe(`a stored document (${name})`, () => {
    it("downloads as the gzip it is, whole or by range, and that gzip uploads again", async () => {
      const app = await createFilled();
      const { exportKey, bytes } = await post(app, answers.exportAnswer, { operation: "export" });
      const whole = await download(app, exportKey, "&format=archive");
      expect(whole.headers.get("content-type")).toBe("application/gzip");
      expect(whole.headers.get("content-disposition")).toBe(`attachment; filename="${exportKey}.json.gz"`);
      const archive = new Uint8Array(await whole.arrayBuffer());
      expect(archive.byteLength).toBe(bytes);

      const url = `/api/admin/r2-sync?operation=download&exportKey=${exportKey}&format=archive`;
      const range = (value: string) => app.fetch(url, { headers: { ...BEARER, range: value } });
      const middle = await range("bytes=100-299");
      expect(middle.status).toBe(206);
      expect(middle.headers.get("content-range")).toBe(`bytes 100-299/${bytes}`);
      expect(new Uint8Array(await middle.arrayBuffer())).toEqual(archive.slice(100, 300));
      expect(new Uint8Array(await (await range("bytes=-50")).arrayBuffer())).toEqual(archive.slice(-50));
      const behind = await range(`bytes=${bytes}-`);
      expect(behind.status).toBe(416);
      expect(await behind.json()).toMatchObject({ code: "RANGE_NOT_SATISFIABLE" });

      const uploaded = await ask(app, answers.uploadAnswer, "POST", "r2-sync", archive);
      expect(uploaded.stats.reduce((sum, { count }) => sum + count, 0)).toBe(ROWS);
      expect(uploaded.version).toBe(1);
    });

    it("is exported once under a key of the caller's own, however often it is asked for", async () => {
      const app = await createFilled();
      const body = { operation: "export", newKey: "export-1700000000000-abcdefghijkl" };
      const first = await post(app, answers.exportAnswer, body);
      const again = await post(app, answers.exportAnswer, body);
      expect(again).toMatchObject({ exportKey: body.newKey, bytes: first.bytes, stats: first.stats });
      expect(await snapshotBucket(app.bucket)).toHaveLength(1);
      const refused = await app.call("POST", "r2-sync", { operation: "export", newKey: UNKNOWN_KEY });
      expect(refused.body).toMatchObject({ code: "INVALID_KEY" });
    });

    it("has one upload under a key of the caller's own, however often it is begun", async () => {
      const app = await createFilled();
      const body = { action: "start", newKey: "sync-1700000000000-abcdefghijkl" };
      const [first, again] = [
        await ask(app, answers.startAnswer, "POST", "multipart-upload", body),
        await ask(app, answers.startAnswer, "POST", "multipart-upload", body),
      ];
      expect(again).toMatchObject({ key: body.newKey, uploadId: first.uploadId, expiresAt: first.expiresAt });
      expect(await snapshotBucket(app.bucket)).toHaveLength(1);
    });

    it("has a status before it was ever synced, and none once it is dropped", async () => {
      const app = await createFilled();
      const { exportKey } = await post(app, answers.exportAnswer, { operation: "export", version: 7 });
      const { status } = await ask(app, answers.statusAnswer, "GET", `r2-sync?syncKey=${exportKey}`);
      expect(status).toMatchObject({ status: "pending", version: 7, startedAt: null });
      expect(status.progress).toMatchObject({ totalTables: 7, totalRecords: ROWS });

      await post(app, answers.dropAnswer, { operation: "drop", syncKey: exportKey });
      const gone = await app.call("GET", `r2-sync?syncKey=${exportKey}`);
      expect(gone.status).toBe(404);
      expect(gone.body).toMatchObject({ error: "Sync data not found", code: "NOT_FOUND" });
      expect(await snapshotBucket(app.bucket)).toEqual([]);
    });

    it("is listed with its kind, version and state, a page at a time", async () => {
      const app = await createFilled();
      const keys: string[] = [];
      for (const version of [1, 2, 3]) {
        keys.push(
          (await post(app, answers.exportAnswer, { operation: "export", version, tables: ["roundups"] }))
            .exportKey,
        );
      }
      const upload = { operation: "upload", version: 9, data: { roundups: [{ id: 2, title: "Two" }] } };
      keys.push((await post(app, answers.uploadAnswer, upload)).syncKey);
      await post(app, answers.syncAnswer, { operation: "sync", syncKey: keys[3] });

      const listed = [];
      let cursor: string | undefined;
      do {
        const query = `r2-sync?operation=list&limit=3${cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
        const page = await ask(app, answers.listAnswer, "GET", query);
        expect(page.objects.length).toBeLessThanOrEqual(3);
        listed.push(...page.objects);
        cursor = page.cursor;
      } while (cursor !== undefined);
      const images = listed.filter(({ kind }) => kind === "undo");
      expect(images).toMatchObject([{ key: listed.at(-1)?.key, version: null, status: null }]);
      const documents = listed.filter((one) => !images.includes(one));
      expect(documents.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
      expect(listed.find(({ key }) => key === keys[1])).toMatchObject({
        kind: "export",
        version: 2,
        status: null,
      });
      expect(listed.find(({ key }) => key === keys[3])).toMatchObject({
        kind: "sync",
        version: 9,
        status: "completed",
      });
    });
  });

  describe(`bad input changes neither database nor bucket (${name})`, () => {
    const insight = { id: 1, generation_id: "gen-1", text: "x" };
    const document = (data: object) => ({ operation: "upload", version: 5, data });

    it.each<[string, unknown, number, string]>([
      ["no JSON", "{operation: export}", 400, "INVALID_JSON"],
      ["a form", "operation=export", 400, "INVALID_JSON"],
      ["an empty body", "", 400, "INVALID_JSON"],
      ["a document cut off in mid-row", '{"version":1,"data":{"roundups":[{"id":1,"ti', 400, "INVALID_JSON"],
      [
        "a large document cut off in mid-row",
        `{"data":{"roundups":[${'{"id":1,"title":"x"},'.repeat(9000)}{"i`,
        400,
        "INVALID_JSON",
      ],
      ["a list", "[]", 400, "INVALID_REQUEST"],
      ["no operation", {}, 400, "UNKNOWN_OPERATION"],
      ["an unknown operation", { operation: "import" }, 400, "UNKNOWN_OPERATION"],
      ["an operation that is no text", { operation: ["sync"] }, 400, "UNKNOWN_OPERATION"],
      ["an upload without data", { operation: "upload" }, 400, "INVALID_REQUEST"],
      ["an upload whose data is text", { operation: "upload", data: "x" }, 400, "INVALID_REQUEST"],
      ["rows that are no list", document({ roundups: { id: 1 } }), 422, "DOCUMENT_INVALID"],
      ["a row that is no object", document({ roundups: [[1, "x"]] }), 422, "DOCUMENT_INVALID"],
      ["a sync without a key", { operation: "sync" }, 400, "INVALID_REQUEST"],
      ["a sync of a path", { operation: "sync", syncKey: "../x" }, 400, "INVALID_KEY"],
      ["a sync of a foreign object", { operation: "sync", syncKey: "photos/1.jpg" }, 400, "INVALID_KEY"],
      ["a sync of a number", { operation: "sync", syncKey: 5 }, 400, "INVALID_REQUEST"],
      ["a sync of nothing", { operation: "sync", syncKey: UNKNOWN_KEY }, 404, "NOT_FOUND"],
      [
        "an unknown mode",
        { operation: "sync", syncKey: UNKNOWN_KEY, mode: "replace" },
        400,
        "INVALID_REQUEST",
      ],
      ["a version that is text", { operation: "export", version: "2" }, 400, "INVALID_REQUEST"],
      ["a version that is no whole number", { operation: "export", version: 1.5 }, 400, "INVALID_REQUEST"],
      ["tables that are no list", { operation: "export", tables: "authors" }, 400, "INVALID_REQUEST"],
      ["an unknown table to export", { operation: "export", tables: ["nothing"] }, 422, "UNKNOWN_TABLE"],
      [
        "an export that goes on from nothing",
        { operation: "export", exportKey: UNKNOWN_KEY.replace("sync", "export") },
        404,
        "NOT_FOUND",
      ],
      [
        "an export that goes on from a sync",
        { operation: "export", exportKey: UNKNOWN_KEY },
        400,
        "INVALID_KEY",
      ],
      ["a drop of nothing", { operation: "drop", syncKey: UNKNOWN_KEY }, 404, "NOT_FOUND"],
      ["a drop of a path", { operation: "drop", syncKey: "../../x" }, 400, "INVALID_KEY"],
    ])("%s", async (_, sent, status, code) => {
      const app = await createFilled();
      await expectNoChange(app, async () => {
        const answer = await app.call("POST", "r2-sync", sent);
        expect({ status: answer.status, code: answer.body.code }, answer.body.error).toEqual({
          status,
          code,
        });
        expect(answer.body.error).toMatch(/\S/);
      });
    });

    it.each<[string, number, string]>([
      ["operation=download", 400, "INVALID_REQUEST"],
      ["operation=download&exportKey=../x", 400, "INVALID_KEY"],
      [`operation=download&exportKey=${UNKNOWN_KEY}`, 404, "NOT_FOUND"],
      ["operation=upload", 400, "UNKNOWN_OPERATION"],
      ["operation=", 400, "UNKNOWN_OPERATION"],
      ["syncKey=../x", 400, "INVALID_KEY"],
      ["syncKey=", 400, "INVALID_KEY"],
      [`syncKey=${UNKNOWN_KEY}`, 404, "NOT_FOUND"],
      ["operation=list&limit=many", 400, "INVALID_REQUEST"],
      ["operation=list&cursor=x", 400, "INVALID_REQUEST"],
    ])("GET ?%s", async (query, status, code) => {
      const app = await createFilled();
      const answer = await app.call("GET", `r2-sync?${query}`);
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    });

    it.each<[string, object, string]>([
      ["an unknown table", { nothing: [{ id: 1 }] }, "UNKNOWN_TABLE"],
      ["an unknown column", { insights: [{ ...insight, nothing: 1 }] }, "UNKNOWN_COLUMN"],
      ["a missing NOT NULL column", { insights: [{ id: 1, generation_id: "gen-1" }] }, "MISSING_COLUMN"],
      [
        "a type that a STRICT table refuses",
        {
          roundups: [
            { id: 2, title: "x" },
            { id: "two", title: "x" },
          ],
        },
        "ROW_REFUSED",
      ],
      ["a foreign key to nothing", { insights: [{ ...insight, generation_id: "gen-99" }] }, "FOREIGN_KEY"],
      [
        "a duplicate unique key",
        { authors: [{ id: 900, platform: "reddit", platform_id: "t2_1" }] },
        "UNIQUE_CONFLICT",
      ],
    ])("a sync of %s", async (_, data, code) => {
      const app = await createFilled();
      const { syncKey } = await post(app, answers.uploadAnswer, document(data));
      await expectNoChange(app, async () => {
        const answer = await app.call("POST", "r2-sync", { operation: "sync", syncKey });
        expect(answer.body.code, JSON.stringify(answer.body)).toBe(code);
        expect(answer.status).toBeGreaterThanOrEqual(400);
      });
      const told = await ask(app, answers.historyAnswer, "GET", "r2-sync?operation=history");
      expect(told).toMatchObject({ history: [], live: [] });
      expect(told.runs).toMatchObject([{ key: syncKey, phase: "refused", code, results: null }]);

      // Scripts wait for "failed"; the phase says more.
      const stands = { status: "failed", phase: "refused" };
      const { status } = await ask(app, answers.statusAnswer, "GET", `r2-sync?syncKey=${syncKey}`);
      expect(status).toMatchObject({
        ...stands,
        code,
        message: expect.stringMatching(/^Refused: .*[^.]\.$/),
      });
      const listed = await ask(app, answers.listAnswer, "GET", "r2-sync?operation=list");
      expect(listed).toMatchObject({ objects: [stands], runs: [stands] });
      const { entries } = await ask(app, answers.logAnswer, "GET", "r2-sync?operation=log");
      expect(entries).toMatchObject([{ did: "sync", outcome: "refused", code }, { did: "upload" }]);
    });

    it("no more runs of the history than are asked for, those behind one, and one alone", async () => {
      const app = await createFilled();
      for (const version of [1, 2]) {
        const { syncKey } = await post(app, answers.uploadAnswer, { version, data: { roundups: [] } });
        await post(app, answers.syncAnswer, { operation: "sync", syncKey });
      }
      const one = await ask(app, answers.historyAnswer, "GET", "r2-sync?operation=history&limit=1");
      expect(one.runs).toMatchObject([{ version: 2 }]);
      const all = await ask(app, answers.historyAnswer, "GET", "r2-sync?operation=history&limit=1000");
      expect(all.runs).toMatchObject([{ version: 2 }, { version: 1 }]);
      const [newest, oldest] = all.runs?.map(({ key }) => key) ?? [];
      const told = (query: string) =>
        ask(app, answers.historyAnswer, "GET", `r2-sync?operation=history&${query}`);
      expect((await told(`before=${newest}`)).runs).toMatchObject([{ key: oldest }]);
      expect((await told(`before=${oldest}`)).runs).toEqual([]);
      expect((await told(`syncKey=${oldest}`)).runs).toMatchObject([{ key: oldest }]);
      expect((await told("syncKey=none")).runs).toEqual([]);
      expect((await app.call("GET", "r2-sync?operation=history&limit=none")).status).toBe(400);
    });

    it("a truncated archive, and one with a flipped byte, as an upload", async () => {
      const app = await createFilled();
      const { exportKey } = await post(app, answers.exportAnswer, { operation: "export" });
      const archive = new Uint8Array(await (await download(app, exportKey, "&format=archive")).arrayBuffer());
      const flipped = archive.slice();
      const middle = Math.floor(archive.byteLength / 2);
      flipped[middle] = (flipped[middle] ?? 0) ^ 0xff;
      await expectNoChange(app, async () => {
        for (const damaged of [archive.slice(0, middle), archive.slice(0, -10), flipped]) {
          const answer = await app.call("POST", "r2-sync", damaged);
          expect(answer.status).toBe(422);
          expect(answer.body.code).toMatch(/^(ARCHIVE_TRUNCATED|ARCHIVE_CORRUPT|DOCUMENT_INVALID)$/);
        }
      });
    });

    it("more than 10 MiB, announced or not", async () => {
      const app = await createFilled();
      await expectNoChange(app, async () => {
        const answer = await app.call("POST", "r2-sync", new Uint8Array(10 * 1024 * 1024 + 1).fill(0x20));
        expect(answer.status).toBe(413);
        expect(answer.body).toMatchObject({ error: "Content too large", code: "CONTENT_TOO_LARGE" });
        expect(answer.body.hint).toContain("multipart-upload");
      });
    });

    async function expectNoChange(app: App, act: () => Promise<void>): Promise<void> {
      const [database, bucket] = [await snapshotDatabase(app.database), await snapshotBucket(app.bucket)];
      await act();
      expectSameTables(database, await snapshotDatabase(app.database));
      expect(await snapshotBucket(app.bucket)).toEqual(bucket);
    }
  });
}

/** Only the history table may be new: it is made when it is first needed, and empty until a sync is done. */
function expectSameTables(before: Record<string, unknown>, after: Record<string, unknown>): void {
  const made = Object.keys(after).filter((table) => !(table in before) && table.includes("seed_history"));
  expect(after).toEqual({ ...before, ...Object.fromEntries(made.map((table) => [table, []])) });
}
