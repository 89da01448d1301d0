import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { limitBindings } from "../../src/testing/index.ts";

const rows = Array.from({ length: 200 }, (_, i) => ({ id: i + 1, title: `Post ${i + 1}` }));

beforeEach(async () => {
  await env.DB.exec("DROP TABLE IF EXISTS posts");
  await env.DB.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)");
});

test("one INSERT a row does not fit an invocation on the free plan", async () => {
  const { env: limited, meter } = limitBindings(env, "workers-free");
  const insert = async () => {
    for (const { id, title } of rows) {
      await limited.DB.prepare("INSERT INTO posts VALUES (?1, ?2)").bind(id, title).run();
    }
  };
  await expect(insert()).rejects.toThrow("Too many API requests by single Worker invocation.");
  expect(meter.usage.queries).toBe(51);
});

test("all rows in one parameter do", async () => {
  const { env: limited, meter } = limitBindings(env, "workers-free");
  const sql = "INSERT INTO posts SELECT value ->> 'id', value ->> 'title' FROM json_each(?1)";
  await limited.DB.prepare(sql).bind(JSON.stringify(rows)).run();
  expect(meter.usage.queries).toBe(1);
  expect(meter.peaks.valueBytes).toBeLessThan(2_000_000);

  meter.newInvocation();
  expect(await limited.DB.prepare("SELECT count(*) AS n FROM posts").first("n")).toBe(200);
});
