import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../../src/client/index.ts";
import { startBrowser } from "../support/browser.ts";
import { type ConsoleApp, startConsoleApp, TOKEN } from "./support/app.ts";
import { follow, picture, tooWide, visit, visitorNamed } from "./support/visitor.ts";

const planner = visitorNamed({ name: "planner", may: ["plan"] });
const bounded = visitorNamed({ name: "bounded", may: ["read"], tables: ["posts"] });

const HOSTILE = `<img src=x onerror="document.title='taken'">`;

let browser: Browser;
let app: ConsoleApp;
/** Archives of before and after the edits, and of after them once more. */
let before: string;
let after: string;
let again: string;
/** The archive of before that a table-bounded grant made for itself. */
let own: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "console-compare-"));
  const tokens = [planner, bounded].map(({ line }) => line).join("\n");
  [app, browser] = await Promise.all([startConsoleApp(folder, { tokens }), startBrowser(folder)]);
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

async function enter(token: string, sides: Record<string, string> = {}): Promise<Page> {
  const page = await visit(browser, app, { token });
  await page.goto(`${app.page}?${new URLSearchParams({ view: "compare", ...sides })}`);
  return page;
}

/** The summary, a row a table, by what its columns say. */
async function summary(page: Page): Promise<Record<string, string>[]> {
  const table = page.getByRole("region", { name: "Differences by table" });
  const titles = await table.locator("thead th").allTextContents();
  const rows = await table.locator("tbody tr").all();
  return Promise.all(
    rows.map(async (row) => {
      const cells = await row.locator("th, td").allTextContents();
      return Object.fromEntries(titles.map((title, i) => [title, cells[i] ?? ""]));
    }),
  );
}

const heading = (page: Page) => page.locator("#outcome").textContent();

describe("Before there is an archive", () => {
  it("the page says where one comes from, and what compares without one", async () => {
    const page = await enter(TOKEN);
    await page.getByText("There is no archive to compare yet.").waitFor();
    expect(await page.getByText("d1-ferry diff local").count()).toBe(1);
    await picture(page, "compare-empty");
  });
});

describe("Two archives that differ in known ways", () => {
  beforeAll(async () => {
    const { database, client } = app;
    await database.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, likes INTEGER)");
    await database.exec("CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)");
    await database.exec("CREATE TABLE words (word TEXT)");
    await database.prepare(`CREATE TABLE "${HOSTILE.replaceAll('"', '""')}" (id TEXT PRIMARY KEY)`).run();
    await database.exec("INSERT INTO posts VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3)");
    await database.exec("INSERT INTO authors VALUES (1, 'Ada')");
    before = (await client.export()).exportKey;
    own = (await createClient({ baseUrl: app.url, token: bounded.token }).export()).exportKey;
    await database.exec("UPDATE posts SET title = '<b>first</b>' WHERE id = 1");
    await database.exec("DELETE FROM posts WHERE id = 2");
    await database.exec("INSERT INTO posts VALUES (4, 'four', 4), (5, 'five', NULL)");
    await database.exec("INSERT INTO words VALUES ('x')");
    await database
      .prepare(`INSERT INTO "${HOSTILE.replaceAll('"', '""')}" VALUES (?)`)
      .bind(HOSTILE)
      .run();
    after = (await client.export()).exportKey;
    again = (await client.export()).exportKey;
  });

  it("are told apart by table, with the cells that changed", async () => {
    const page = await enter(TOKEN);
    await page.getByLabel("First").selectOption(before);
    await page.getByLabel("Second").selectOption(after);
    await follow(page.getByRole("button", { name: "Compare" }));
    await picture(page, "compare");
    expect(await heading(page)).toBe("5 rows differ");
    expect(await summary(page)).toMatchObject([
      { Table: "posts", "+ Second": "2", "~ Both": "1", "− First": "1", "The same": "1" },
      { Table: HOSTILE, "+ Second": "1", "~ Both": "0", "− First": "0", "The same": "0" },
      { Table: "All", "+ Second": "3" },
    ]);
    expect(await page.locator("del").allTextContents()).toEqual(['"one"']);
    expect(await page.locator("ins").allTextContents()).toEqual(['"<b>first</b>"']);
    expect(await page.getByText("words: it has no primary key").count()).toBe(1);
    expect(await page.title()).not.toBe("taken");
    expect(await tooWide(page)).toBeLessThanOrEqual(0);
  });

  it("say the opposite with their sides swapped", async () => {
    const page = await enter(TOKEN, { left: before, right: after });
    await follow(page.getByRole("link", { name: "Swap sides" }));
    expect(new URL(page.url()).searchParams.get("left")).toBe(after);
    expect((await summary(page))[0]).toMatchObject({ "+ Second": "1", "~ Both": "1", "− First": "2" });
  });

  it("and one of them and the database, which is as the other", async () => {
    const page = await enter(TOKEN, { left: before, right: "database" });
    expect(await heading(page)).toBe("5 rows differ");
    expect(await page.getByText(`d1-ferry diff ${before}.json.gz ${app.url} --rows`).count()).toBe(1);
    await page.getByRole("link", { name: `${before}.json.gz` }).waitFor();
  });

  it("that hold the same are equal, by their hashes and by all their rows", async () => {
    const page = await enter(TOKEN, { left: after, right: again });
    expect(await heading(page)).toBe("They hold the same rows");
    await picture(page, "compare-equal");
    expect(await page.getByText("4 tables with 7 rows the same").count()).toBe(1);
  });

  it("are not compared with what is none: the page says so", async () => {
    const { syncKey } = await app.client.upload({ data: { authors: [{ id: 2, name: "Bob" }] } });
    const page = await enter(TOKEN);
    await page.getByText("1 upload is not offered").waitFor();
    expect(await page.locator(`option[value="${syncKey}"]`).count()).toBe(0);
    await page.goto(`${app.page}?view=compare&left=${syncKey}&right=database`);
    await page.getByText("is a plain document, whose rows have no order").waitFor();
    await page.goto(`${app.page}?view=compare&left=database&right=database`);
    await page.getByText("That is one database.").waitFor();
  });

  it("tell a table-bounded grant only of its tables, and of no archive of others", async () => {
    const page = await enter(bounded.token, { left: own, right: "database" });
    expect(await heading(page)).toBe("4 rows differ");
    const text = await page.locator("main").textContent();
    expect(text).not.toContain("authors");
    expect(text).not.toContain("words");
    const opened = async (sides: Record<string, string>) =>
      (await page.goto(`${app.page}?${new URLSearchParams({ view: "compare", ...sides })}`))?.status();
    expect(await opened({ left: own, right: "database", table: "authors" })).toBe(403);
    expect(await opened({ left: own, right: after })).toBe(403);
  });

  it("tell who may only plan, and strangers, nothing", async () => {
    const sides = { left: before, right: after };
    const page = await enter(planner.token, sides);
    expect(await page.getByRole("link", { name: "Compare" }).count()).toBe(0);
    const text = await page.locator("main").textContent();
    expect(text).toContain("You may not do this");
    expect(text).not.toContain("rows differ");
    expect(text).not.toContain("first</b>");
    const stranger = await browser.newContext();
    const asked = `${app.page}?${new URLSearchParams({ view: "compare", ...sides })}`;
    expect((await (await stranger.newPage()).goto(asked))?.status()).toBe(401);
    await stranger.close();
  });
});

describe("Two hundred tables with names of 60 characters", () => {
  it("are compared on a phone without scrolling sideways", async () => {
    const names = Array.from({ length: 200 }, (_, i) =>
      `table_${String(i).padStart(3, "0")}_`.padEnd(60, "x"),
    );
    const run = async (sqlOf: (name: string) => string) => {
      for (let i = 0; i < names.length; i += 50)
        await app.database.batch(names.slice(i, i + 50).map((name) => app.database.prepare(sqlOf(name))));
    };
    await run((name) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY)`);
    const { exportKey: left } = await app.client.export();
    await run((name) => `INSERT INTO ${name} VALUES (1)`);
    const { exportKey: right } = await app.client.export();
    const page = await enter(TOKEN, { left, right });
    expect(await heading(page)).toBe("200 rows differ");
    await picture(page, "compare-200-tables");
    expect(await tooWide(page)).toBeLessThanOrEqual(0);
  });
});
