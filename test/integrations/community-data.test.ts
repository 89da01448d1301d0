import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COUNTS, type GeneratedRow, generate } from "../../examples/community-pulse/scripts/generate.js";
import { runScript } from "./run-script.ts";

type Tables = Map<string, GeneratedRow[]>;

function collect(scale: number): Tables {
  const tables: Tables = new Map();
  for (const { table, rows } of generate({ scale })) {
    tables.set(table, [...(tables.get(table) ?? []), ...rows]);
  }
  return tables;
}

const counts = (tables: Tables) =>
  Object.fromEntries([...tables].map(([table, rows]) => [table, rows.length]));

describe("the generated community", () => {
  const data = collect(1);
  const items = data.get("content_items")!;

  it("has exactly the promised rows in every table", () => {
    expect(counts(data)).toEqual({
      authors: 7014,
      content_items: 9252,
      engagement_snapshots: 9098,
      insight_generations: 7,
      insights: 148,
      roundups: 1,
      roundup_items: 17,
    });
    expect(COUNTS).toEqual(counts(data));
  });

  it("is about 10 MB as JSON, and its export fits an upload in one request (10 MiB)", () => {
    const lines = [...data.values()].flat().map((row) => JSON.stringify(row));
    const bytes = Buffer.byteLength(lines.join(",\n"));
    expect(bytes).toBeGreaterThan(9_800_000);
    expect(bytes).toBeLessThan(10_400_000);
  });

  it("is the same every time", () => {
    expect(collect(1)).toEqual(data);
  });

  it("multiplies every table by the scale and leaves the first block as it was", () => {
    const tripled = collect(3);
    for (const [table, rows] of data) {
      expect(tripled.get(table)).toHaveLength(3 * rows.length);
      expect(tripled.get(table)!.slice(0, rows.length)).toEqual(rows);
    }
  });

  it("gives every row of a table the same columns in the same order", () => {
    for (const rows of data.values()) {
      const columns = Object.keys(rows[0]!).join();
      expect(rows.every((row) => Object.keys(row).join() === columns)).toBe(true);
    }
  });

  it("holds what makes text hard to carry: quotes, line breaks, tabs, backslashes, emoji, other scripts", () => {
    const text = items.map((item) => `${item.title} ${item.body}`).join(" ");
    for (const hard of [
      '"',
      "'",
      "\n",
      "\r\n",
      "\t",
      "\\",
      "🚀",
      "👩‍💻",
      "日本語",
      "مرحبا",
      "Привет",
      "; DROP TABLE",
    ]) {
      expect(text, JSON.stringify(hard)).toContain(hard);
    }
  });

  it("holds nulls, JSON, whole and fractional reals", () => {
    const column = (name: string) => items.map((item) => item[name]);
    for (const name of ["title", "body", "url", "author_id", "sentiment", "topics", "quality_score"]) {
      expect(column(name), name).toContain(null);
    }
    for (const json of column("mentioned_tools")) expect(() => JSON.parse(String(json))).not.toThrow();
    const scores = column("engagement_score").map(Number);
    expect(scores.some(Number.isInteger)).toBe(true);
    expect(scores.every(Number.isInteger)).toBe(false);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses the scale %s", (scale) => {
    expect(() => [...generate({ scale })]).toThrow(RangeError);
  });
});

const SCALE = 4;

describe("the seed script", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulse-seed-"));
  const file = join(folder, "pulse.sqlite");
  const seed = (...options: string[]) => runScript("seed.js", ["--sqlite", file, ...options]);
  const ask = (sql: string) => {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return database
        .prepare(sql)
        .all()
        .map((row) => Object.values(row));
    } finally {
      database.close();
    }
  };

  beforeAll(async () => {
    expect((await seed("--scale", String(SCALE))).code).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("writes rows that hold every constraint of the migrations", () => {
    expect(ask("PRAGMA foreign_key_check")).toEqual([]);
    expect(ask("PRAGMA integrity_check")).toEqual([["ok"]]);
    for (const [table, rows] of Object.entries(COUNTS)) {
      expect(ask(`SELECT count(*) FROM ${table}`), table).toEqual([[SCALE * rows]]);
    }
  });

  it("stores scores as reals, also the whole ones", () => {
    expect(ask("SELECT DISTINCT typeof(engagement_score) FROM content_items")).toEqual([["real"]]);
    expect(ask("SELECT DISTINCT typeof(contributor_score) FROM authors")).toEqual([["real"]]);
  });

  it("keeps what the schema promises: 34 columns and 14 indexes on content_items, 3 on authors", () => {
    expect(ask("SELECT count(*) FROM pragma_table_info('content_items')")).toEqual([[34]]);
    expect(ask("SELECT count(*) FROM pragma_index_list('content_items')")).toEqual([[14]]);
    expect(ask("SELECT count(*) FROM pragma_index_list('authors')")).toEqual([[3]]);
  });

  it("says in each author's row what the author's items say", () => {
    const wrong = ask(`
      SELECT a.id FROM authors a LEFT JOIN content_items c ON c.author_id = a.id
      GROUP BY a.id
      HAVING a.post_count IS NOT count(c.id) OR a.first_seen IS NOT min(c.created_at) OR a.last_seen IS NOT max(c.created_at)`);
    expect(wrong).toEqual([]);
  });

  it("adds an account and sessions, which a sync leaves behind, with no password in clear", () => {
    expect(ask("SELECT username, role, substr(password_hash, 1, 21) FROM users")).toEqual([
      ["demo", "editor", "pbkdf2-sha256$100000$"],
    ]);
    expect(ask("SELECT count(*) FROM sessions")).toEqual([[2]]);
  });

  it("leaves a filled database alone, and starts again with --reset", async () => {
    const again = await seed();
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("28,056 authors already") });
    expect(ask("SELECT count(*) FROM authors")).toEqual([[SCALE * 7014]]);
    expect((await seed("--reset")).code).toBe(0);
    expect(ask("SELECT count(*), max(id) FROM authors")).toEqual([[7014, 7014]]);
  });

  it("refuses a scale that is no number", async () => {
    expect(await seed("--scale", "many")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--scale"),
    });
  });
});
