import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import type { Finding } from "../../src/api/findings.ts";
import { type Health, healthAnswer } from "../../src/api/health.ts";
import { writeLogEntry } from "../../src/bucket/log.ts";
import type { Database } from "../../src/database/port.ts";
import { quote } from "../../src/database/sql/syntax.ts";
import { FerryError } from "../../src/errors.ts";
import { type Grant, PERMISSIONS, type Permission } from "../../src/grants.ts";
import { createFerry } from "../../src/http/ferry.ts";
import type { FerryOptions } from "../../src/http/options.ts";
import { describeToken, newToken } from "../../src/tokens.ts";
import { authorize, granted } from "../attack/access/grants.ts";
import { execute } from "../support/engine.ts";
import type { App } from "./app.ts";

const ADA: Grant = { name: "ada", may: PERMISSIONS };
const DAY = 86_400_000;
const KEY = "sync-1700000000000-aaaaaaaaaaaa";

type Parts = Pick<App, "database" | "bucket">;

/** What an app says of itself, and how much of it each caller is told. */
export function describeHealth(name: string, create: () => App): void {
  describe(`health (${name})`, () => {
    let app: App;
    beforeEach(() => {
      app = create();
    });
    afterEach(() => void vi.restoreAllMocks());

    type Options = Partial<FerryOptions> & { grant?: Grant | null; parts?: Partial<Parts> };

    async function answerTo({ grant = ADA, parts, ...options }: Options = {}): Promise<Response> {
      const all = { database: app.database, bucket: app.bucket, ...parts };
      const ferry = createFerry({
        database: () => all.database,
        bucket: () => all.bucket,
        authorize,
        ...options,
      });
      const request = new Request("https://app.example/api/admin/r2-sync?operation=health", {
        headers: grant === null ? {} : granted(grant),
      });
      return ferry.fetch(request, undefined);
    }

    async function health(options: Options = {}) {
      const response = await answerTo(options);
      const body = await response.json();
      expect(response.status, JSON.stringify(body)).toBe(200);
      const { checks, ...answer } = v.parse(healthAnswer, body);
      const found = new Map(checks.map((one) => [one.check, one]));
      return { ...answer, found: (check: string): Finding | undefined => found.get(check) };
    }

    const rowsOf = ({ database: { tables } }: Pick<Health, "database">) =>
      Object.fromEntries(tables.map(({ table, rows, more }) => [table, more ? `${rows}+` : rows]));

    const fill = (table: string, rows: number) =>
      `INSERT INTO ${quote(table)} WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < ${rows})
        SELECT v FROM n`;

    /** A run that waits for its plan to be applied. */
    async function planRun(who: Grant, rows: object = { posts: [{ id: 1 }] }): Promise<string> {
      const ferry = createFerry({ database: () => app.database, bucket: () => app.bucket, authorize });
      const post = async (body: object) => {
        const headers = { ...granted(who), "content-type": "application/json" };
        const init = { method: "POST", headers, body: JSON.stringify(body) };
        const response = await ferry.fetch(
          new Request("https://app.example/api/admin/r2-sync", init),
          undefined,
        );
        expect(response.status).toBe(200);
        return response.json();
      };
      const { syncKey } = await post({ operation: "upload", data: rows });
      await post({ operation: "sync", syncKey, dryRun: true });
      return syncKey;
    }

    it("of an empty database and an empty bucket is good", async () => {
      const answer = await health();
      expect(answer).toMatchObject({
        version: manifest.version,
        platform: "webflow-cloud",
        platformNamed: false,
        database: { bytes: expect.any(Number), limitBytes: 100_000_000, tables: [] },
        today: { rowsWritten: 0, limit: null },
        runs: { open: [] },
      });
      for (const check of ["database", "bucket", "platform", "room", "runs"])
        expect(answer.found(check), check).toMatchObject({ verdict: "ok", advice: [] });
      expect(answer.found("platform")?.found).toContain("webflow-cloud is assumed");
      expect(answer.found("daily quota")).toBeUndefined();
      expect(answer.found("tokens")).toBeUndefined();
    });

    it("counts the rows of the app's own tables, whatever they are called, and of no others", async () => {
      const names = ['a"b', "it's", "[x]", "select", "t\n", "ä", "cf_posts", "ferry_runs", "constructor"];
      await execute(app.database, [
        "CREATE TABLE posts (id INTEGER PRIMARY KEY)",
        ...names.map((table) => `CREATE TABLE ${quote(table)} (id INTEGER PRIMARY KEY AUTOINCREMENT)`),
        ...names.map((table, i) => fill(table, i + 1)),
        "CREATE VIEW seen AS SELECT 1",
      ]);
      await planRun(ADA);
      const answer = await health();
      expect(rowsOf(answer)).toEqual({
        posts: 0,
        ...Object.fromEntries(names.map((table, i) => [table, i + 1])),
      });
      expect(answer.usage.statements).toBeLessThanOrEqual(10);
      expect(answer.found("database")?.found).toBe("answers, 10 tables");
    });

    it("counts 120 tables, and 220, in ten statements at the most", async () => {
      const make = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, i) => `t${from + i}`).flatMap((table) => [
          `CREATE TABLE ${table} (id)`,
          fill(table, (Number(table.slice(1)) % 7) + 1),
        ]);
      for (const [from, to] of [
        [0, 120],
        [120, 220],
      ] as const) {
        await execute(app.database, make(from, to));
        const answer = await health({ platform: "workers-free" });
        expect(answer.database.tables).toHaveLength(to);
        for (const { table, rows, more } of answer.database.tables)
          expect([rows, more], table).toEqual([(Number(table.slice(1)) % 7) + 1, false]);
        expect(answer.usage.statements).toBeLessThanOrEqual(10);
      }
    });

    it("counts a full-text table by its documents, and not what it keeps them in", async () => {
      await execute(app.database, [
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)",
        "INSERT INTO posts VALUES (1, 'one')",
        "CREATE VIRTUAL TABLE notes USING fts5 (body)",
        "INSERT INTO notes VALUES ('one'), ('two')",
        "CREATE VIRTUAL TABLE found USING fts5 (title, content = 'posts', content_rowid = 'id')",
      ]);
      expect(rowsOf(await health())).toEqual({ posts: 1, notes: 2 });
    });

    it("counts to 100,000, and on the free plan to a hundredth of what may be read a day", async () => {
      await execute(app.database, ["CREATE TABLE many (id)", "CREATE TABLE few (id)"]);
      await execute(app.database, [fill("many", 100_000), fill("few", 3)]);
      expect(rowsOf(await health())).toEqual({ many: 100_000, few: 3 });
      await execute(app.database, ["INSERT INTO many VALUES (0)"]);
      expect(rowsOf(await health({ platform: "workers-paid" }))).toEqual({ many: "100000+", few: 3 });
      expect(rowsOf(await health({ platform: "workers-free" }))).toEqual({ many: "25000+", few: 3 });
    });

    it("answers without the rows of tables that cannot be counted", async () => {
      const tables = Array.from({ length: 110 }, (_, i) => `t${i}`);
      await execute(
        app.database,
        tables.map((table) => `CREATE TABLE ${table} (id)`),
      );
      const refusing = (refuses: RegExp): Database => ({
        ...app.database,
        async query(statement) {
          if (refuses.test(statement.sql)) throw new FerryError("DATABASE_ERROR", "The database refused it");
          return app.database.query(statement);
        },
      });
      const answer = await health({ parts: { database: refusing(/"t105"/) } });
      const uncounted = answer.database.tables.filter(({ rows }) => rows === null).map(({ table }) => table);
      expect(uncounted).toContain("t105");
      expect(uncounted.length).toBeLessThanOrEqual(5);
      expect(answer.usage.statements).toBeLessThanOrEqual(10);
      expect(answer.found("database")).toMatchObject({
        verdict: "ok",
        found: expect.stringMatching(/^answers, 110 tables; "t\d+" could not be counted/),
      });
      const none = await health({ parts: { database: refusing(/count\(/) } });
      expect(none.database.tables).toHaveLength(110);
      for (const { rows, more } of none.database.tables)
        expect({ rows, more }).toEqual({ rows: null, more: false });
    });

    it("tells a caller only of their tables and runs, and of no record and no token", async () => {
      await execute(app.database, [
        "CREATE TABLE posts (id INTEGER PRIMARY KEY)",
        "CREATE TABLE Authors (id)",
        "CREATE TABLE sessions (id)",
      ]);
      const may: Permission[] = ["plan"];
      const planner = { name: "ci", may, tables: ["posts", "AUTHORS", "sqlite_schema", "_ferry_runs"] };
      const theirs = await planRun(planner);
      const adas = await planRun(ADA);
      const tokens = { FERRY_TOKENS: await describeToken(newToken(), { name: "old", may, expires: 0 }) };

      const told = await health({ grant: planner, tokens: () => tokens });
      expect(rowsOf(told)).toEqual({ posts: 0, Authors: 0 });
      expect(told.today).toBeNull();
      expect(told.runs.open).toEqual([{ key: theirs, phase: "planned", startedAt: expect.any(Number) }]);
      expect(told.found("tokens")).toBeUndefined();
      expect(JSON.stringify(told)).not.toContain(adas);
      expect(JSON.stringify(told)).not.toContain("sessions");

      const managed = await health({ tokens: () => tokens });
      expect(managed.runs.open.map(({ key }) => key).toSorted()).toEqual([theirs, adas].toSorted());
      expect(managed.found("runs")).toMatchObject({
        verdict: "warning",
        found: expect.stringContaining("is not at its end (planned), and 1 before it"),
        advice: [expect.stringMatching(/d1-ferry sync sync-\S+\. Or .* d1-ferry drop sync-\S+$/)],
      });
      expect(managed.found("tokens")).toMatchObject({ verdict: "warning" });
      expect(JSON.stringify(managed)).not.toContain(/"sha256":"(\w+)"/.exec(tokens.FERRY_TOKENS)?.[1]);
    });

    it("is for whoever may do something, and for nobody else", async () => {
      for (const one of PERMISSIONS)
        expect((await answerTo({ grant: { name: "x", may: [one] } })).status).toBe(200);
      expect((await answerTo({ grant: null })).status).toBe(401);
      expect((await answerTo({ grant: { name: "x", may: [] } })).status).toBe(403);
      expect((await answerTo({ policy: { operations: ["list"] } })).status).toBe(403);
    });

    it("forgets runs that are at their end, or dropped", async () => {
      await execute(app.database, ["CREATE TABLE posts (id INTEGER PRIMARY KEY)"]);
      const [done, dropped] = [await planRun(ADA), await planRun(ADA, { posts: [{ id: 2 }] })];
      const options = { headers: granted(ADA), method: "POST" };
      const ferry = createFerry({ database: () => app.database, bucket: () => app.bucket, authorize });
      for (const body of [
        { operation: "sync", syncKey: done },
        { operation: "drop", syncKey: dropped, keepRecord: true },
      ]) {
        const init = { ...options, body: JSON.stringify(body) };
        const response = await ferry.fetch(
          new Request("https://app.example/api/admin/r2-sync", init),
          undefined,
        );
        expect(response.status).toBe(200);
      }
      const answer = await health();
      expect(answer.runs.open).toEqual([]);
      expect(answer.found("runs")?.verdict).toBe("ok");
      expect(answer.today?.rowsWritten).toBeGreaterThan(0);
    });

    it.each([
      [80_000, "ok"],
      [80_001, "warning"],
      [100_000, "problem"],
    ] as const)("of %d rows written today on the free plan says %s", async (rowsWritten, verdict) => {
      const now = Date.parse("2026-11-28T12:00:00Z");
      vi.spyOn(Date, "now").mockReturnValue(now);
      const entry = {
        ...{ who: "app:ada", from: null, did: "sync", key: KEY, code: null, version: 1, mode: "merge" },
        ...{ counts: {}, ms: 1, statements: 1, bucketOperations: 1, outcome: "completed" as const },
      };
      const midnight = Date.parse("2026-11-28T00:00:00Z");
      for (const told of [
        { at: midnight, rowsWritten: rowsWritten - 10 },
        { at: now, rowsWritten: 10, did: "undo" },
        { at: midnight - 1, rowsWritten: 5_000 },
        { at: now - DAY, rowsWritten: 5_000 },
        { at: now, rowsWritten: 5_000, outcome: "failed" as const },
        { at: now, rowsWritten: 5_000, did: "export" },
        { at: now },
      ])
        await writeLogEntry(app.bucket, { ...entry, ...told });
      const answer = await health({ platform: "workers-free" });
      expect(answer.today).toEqual({ rowsWritten, limit: 100_000 });
      expect(answer.found("daily quota")?.verdict).toBe(verdict);
    });

    it.each([
      ["workers-free", 400_000_000, "ok"],
      ["workers-free", 400_000_001, "warning"],
      ["workers-free", 475_000_001, "problem"],
      ["workers-free", 500_000_001, "warning"],
      [undefined, 80_000_001, "warning"],
      [undefined, 99_000_000, "warning"],
    ] as const)("on %s with a database of %d bytes says %s", async (platform, bytes, verdict) => {
      const database: Database = {
        ...app.database,
        batch: async (statements) =>
          (await app.database.batch(statements)).map((one) => ({ ...one, databaseBytes: bytes })),
      };
      const answer = await health({ ...(platform === undefined ? {} : { platform }), parts: { database } });
      expect(answer.database.bytes).toBe(bytes);
      expect(answer.found("room")?.verdict).toBe(verdict);
      const advice = answer.found("room")?.advice.join(" ");
      expect(advice?.includes("FERRY_PLATFORM")).toBe(platform === undefined);
    });

    it("finds a database or a bucket that fails, and fails itself for neither", async () => {
      const fails = async (): Promise<never> => {
        throw new FerryError("DATABASE_ERROR", "The database is away", { hint: "Wake it." });
      };
      const away = await health({ parts: { database: { ...app.database, query: fails, batch: fails } } });
      expect(away.database).toMatchObject({ bytes: null, tables: [] });
      expect(away.found("database")).toEqual({
        check: "database",
        verdict: "problem",
        found: "The database is away (DATABASE_ERROR)",
        advice: ["Wake it."],
      });
      expect(away.found("bucket")?.verdict).toBe("ok");
      const list = async (): Promise<never> => {
        throw new Error("no such bucket");
      };
      for (const grant of [ADA, { name: "ci", may: ["plan"] } satisfies Grant]) {
        const without = await health({ grant, parts: { bucket: { ...app.bucket, list } } });
        expect(without.today).toBeNull();
        expect(without.found("bucket")).toMatchObject({
          verdict: "problem",
          found: "no such bucket (INTERNAL)",
        });
        expect(without.found("database")?.verdict).toBe("ok");
      }
      const unbound = await health({
        database: () => undefined as never,
        bucket: () => undefined as never,
      });
      for (const check of ["database", "bucket"])
        expect(unbound.found(check)).toMatchObject({
          verdict: "problem",
          found: expect.stringContaining("NOT_CONFIGURED"),
        });
    });

    it("names the tokens that end within 7 days, that have ended, and a line that is none", async () => {
      const may: Permission[] = ["read"];
      const line = (token: string, expires?: number) =>
        describeToken(newToken(), { name: token, may, expires });
      const lines = await Promise.all([
        line("for ever"),
        line("next month", Date.now() + 30 * DAY),
        line("soon", Date.now() + 6 * DAY),
        line("over", Date.parse("2020-01-02")),
      ]);
      const told = async (text: string) =>
        (await health({ tokens: () => ({ FERRY_TOKENS: text }) })).found("tokens");
      expect(await told(lines.slice(0, 2).join("\n"))).toMatchObject({
        verdict: "ok",
        found: "2 named tokens, none ends within 7 days",
      });
      const ending = await told(lines.join("\n"));
      expect(ending).toMatchObject({
        verdict: "warning",
        found: expect.stringMatching(/^soon ends on \d{4}-\d\d-\d\d, over ended on 2020-01-02$/),
      });
      expect(await told(`${lines[0]}\n{"name":"secret"}`)).toMatchObject({
        verdict: "problem",
        found: expect.stringMatching(/^FERRY_TOKENS cannot be read: line 2: .*\(NOT_CONFIGURED\)$/),
      });
    });
  });
}
