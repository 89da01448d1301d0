import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { type ConsoleApp, startConsoleApp, TOKEN } from "./support/app.ts";
import { follow, picture, tooWide, visit } from "./support/visitor.ts";

const RUNS = 10_000;

const keyOf = (n: number) => `sync-${1_600_000_000_000 + n}-k3v9x0a7b2qd`;

let browser: Browser;
let app: ConsoleApp;

/** One run, and ten thousand like it, each a minute older than the one before. */
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "console-runs-"));
  [app, browser] = await Promise.all([startConsoleApp(folder), startBrowser(folder)]);
  await app.database.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)");
  const { syncKey } = await app.client.upload({ data: { posts: [{ id: 1, title: "one" }] } });
  await app.client.sync({ syncKey, version: null });
  const { results } = await app.database.prepare("PRAGMA table_info(_ferry_runs)").all<{ name: string }>();
  const columns = results.map(({ name }) => name);
  const changed: Record<string, string> = {
    key: "'sync-' || (1600000000000 + n) || '-k3v9x0a7b2qd'",
    started_at: "started_at - (10001 - n) * 60000",
  };
  const values = columns.map((name) => changed[name] ?? name);
  await app.database
    .prepare(`WITH RECURSIVE older(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM older WHERE n < ?1)
      INSERT INTO _ferry_runs (${columns.join(", ")}) SELECT ${values.join(", ")} FROM _ferry_runs, older WHERE key = ?2`)
    .bind(RUNS, syncKey)
    .run();
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const shown = (page: Page) => page.locator(".runs li").count();

describe("Ten thousand runs", () => {
  it("are told a hundred at a time, back to the first and forward again", async () => {
    const page = await visit(browser, app, { token: TOKEN });
    await page.goto(`${app.page}?view=runs`);
    expect(await shown(page)).toBe(100);
    await follow(page.getByRole("link", { name: "Older runs" }));
    await page.getByRole("link", { name: "The newest runs" }).waitFor();
    await picture(page, "runs-older");
    expect(await shown(page)).toBe(100);
    expect(await tooWide(page)).toBeLessThanOrEqual(0);
    await page.goto(`${app.page}?view=runs&before=${keyOf(31)}`);
    expect(await shown(page)).toBe(30);
    expect(await page.getByRole("link", { name: "Older runs" }).count()).toBe(0);
    await page.goto(`${app.page}?view=runs&before=${keyOf(1)}`);
    await page.getByText("No run is older.").waitFor();
    await follow(page.getByRole("link", { name: "The newest runs" }));
    expect(await shown(page)).toBe(100);
  });

  it("can each be opened, and say what they did", async () => {
    const page = await visit(browser, app, { token: TOKEN });
    await page.goto(`${app.page}?run=${keyOf(1)}`);
    await page.getByRole("heading", { name: "Merge" }).waitFor();
    await page.getByRole("heading", { name: "What it did" }).waitFor();
  });
});
