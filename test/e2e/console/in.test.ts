import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeToken, newToken } from "../../../src/tokens.ts";
import { startBrowser } from "../support/browser.ts";
import { type ConsoleApp, startConsoleApp, TOKEN } from "./support/app.ts";
import { expectNoTroubles, keepPicture, openTab } from "./support/tab.ts";

type Row = Record<string, unknown>;

let folder: string;
let browser: Browser;
let app: ConsoleApp;
/** A token that allows to read, and nothing else. */
let reader: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "console-in-"));
  reader = newToken();
  const tokens = await describeToken(reader, { name: "reader", may: ["read"] });
  [app, browser] = await Promise.all([startConsoleApp(folder, { tokens }), startBrowser(folder)]);
  await app.database.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)");
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const posts = (count: number, title = "Post"): Row[] =>
  Array.from({ length: count }, (_, i) => ({ id: i + 1, title: `${title} ${i + 1}` }));

/** What the table holds is this, before the test begins. */
async function holding(rows: Row[]): Promise<void> {
  await app.database.exec("DELETE FROM posts");
  for (const { id, title } of rows) {
    await app.database.prepare("INSERT INTO posts VALUES (?, ?)").bind(id, title).run();
  }
}

async function titles(): Promise<unknown[]> {
  const { results } = await app.database.prepare("SELECT title FROM posts ORDER BY id").all();
  return results.map(({ title }) => title);
}

async function uploaded(data: Record<string, Row[]>): Promise<string> {
  return (await app.client.upload({ data })).syncKey;
}

const runPage = (key: string) => `${app.page}?run=${key}`;

/** Waits until the page that has this heading is there as a whole. */
async function showing(page: Page, heading: string): Promise<void> {
  await page.getByRole("heading", { name: heading }).waitFor();
  await page.waitForLoadState();
}
const planShown = (page: Page) => showing(page, "What it will do");
const doneShown = (page: Page) => showing(page, "What it did");

describe("a document in the bucket", () => {
  it("is planned as a mirror, and applied once the host is typed, deletes and all", async () => {
    await holding(posts(5));
    const key = await uploaded({ posts: posts(2, "New") });
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    await page.getByRole("link", { name: key }).click();
    await page.getByLabel("Mirror").check();
    await page.getByRole("button", { name: "Show the plan" }).click();
    await planShown(page);
    expect(await titles()).toHaveLength(5);
    const apply = page.getByRole("button", { name: "Apply" });
    const field = page.getByLabel("This deletes 3 rows.");
    expect(await apply.isDisabled()).toBe(true);
    await field.fill("somewhere-else.example");
    expect(await apply.isDisabled()).toBe(true);
    await keepPicture(page, "planned");
    await field.fill(new URL(app.url).host);
    await apply.click();
    await doneShown(page);
    await page.getByText("Verified.").waitFor();
    await keepPicture(page, "completed");
    expect(await titles()).toEqual(["New 1", "New 2"]);
    expectNoTroubles(tab);
    await tab.close();
  });

  it("keeps its deletes to itself where a form is sent without the host", async () => {
    await holding(posts(3));
    const key = await uploaded({ posts: posts(1) });
    await app.client.sync({ syncKey: key, mode: "mirror", version: null, dryRun: true });
    const tab = await openTab(browser, app, { javaScriptEnabled: false });
    const { page } = tab;
    await page.goto(runPage(key));
    await page.getByLabel("This deletes 2 rows.").fill("no");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("heading", { name: "Not confirmed" }).waitFor();
    await keepPicture(page, "not-confirmed");
    expect(await titles()).toHaveLength(3);
    await tab.close();
  });

  it("is planned and applied by forms alone, without JavaScript", async () => {
    await holding([]);
    const key = await uploaded({ posts: posts(4) });
    const tab = await openTab(browser, app, { javaScriptEnabled: false });
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    const notice = page.locator("noscript .alert");
    await notice.waitFor();
    expect(await notice.textContent()).toContain("To choose a file here takes JavaScript");
    expect(await page.getByLabel("Drop a file here, or choose one").isDisabled()).toBe(true);
    await keepPicture(page, "in-without-script");
    await page.getByRole("link", { name: key }).click();
    await page.getByRole("button", { name: "Show the plan" }).click();
    await planShown(page);
    await page.getByRole("button", { name: "Apply" }).click();
    await doneShown(page);
    expect(await titles()).toEqual(["Post 1", "Post 2", "Post 3", "Post 4"]);
    await tab.close();
  });

  it("is planned and applied with the keyboard alone", async () => {
    await holding(posts(2));
    const key = await uploaded({ posts: posts(1, "Key") });
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    await tabTo(page, (focused) => focused.includes(key));
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Show the plan" }).waitFor();
    await tabTo(page, (focused) => focused.includes("merge"));
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await tabTo(page, (focused) => focused.includes("Show the plan"));
    await page.keyboard.press("Enter");
    await planShown(page);
    await tabTo(page, (focused) => focused.includes("confirm"));
    await page.keyboard.type(new URL(app.url).host);
    await page.keyboard.press("Enter");
    await doneShown(page);
    expect(await titles()).toEqual(["Key 1"]);
    expectNoTroubles(tab);
    await tab.close();
  });

  it("that two tabs apply at once is applied once, and both show what it did", async () => {
    await holding([]);
    const key = await uploaded({ posts: posts(300, "x".repeat(1000)) });
    await app.client.sync({ syncKey: key, version: null, dryRun: true });
    const tab = await openTab(browser, app);
    const pages = [tab.page, await tab.another()];
    for (const page of pages) await page.goto(runPage(key));
    for (const page of pages) await planShown(page);
    await Promise.all(pages.map((page) => page.getByRole("button", { name: "Apply" }).click()));
    for (const page of pages) await doneShown(page);
    expect(await titles()).toHaveLength(300);
    expectNoTroubles(tab);
    await tab.close();
  });

  it("whose plan no longer holds says so, and is planned again", async () => {
    await holding(posts(2));
    const key = await uploaded({ posts: posts(2, "Fresh") });
    await app.client.sync({ syncKey: key, version: null, dryRun: true });
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(runPage(key));
    await planShown(page);
    await app.database.exec("DELETE FROM posts WHERE id = 2");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("have another plan shown").waitFor();
    await page.locator("[data-standing]").getByText("refused").waitFor();
    expect(await page.title()).toContain("refused");
    await keepPicture(page, "plan-stale");
    expect(await titles()).toEqual(["Post 1"]);
    await page.reload();
    await page.getByRole("button", { name: "Show the plan" }).click();
    await planShown(page);
    const cells = page.getByRole("row", { name: "posts" }).getByRole("cell");
    expect(await cells.allTextContents()).toEqual(["1", "1", "0", "0"]);
    await page.getByRole("button", { name: "Apply" }).click();
    await doneShown(page);
    expect(await titles()).toEqual(["Fresh 1", "Fresh 2"]);
    expectNoTroubles(tab);
    await tab.close();
  });

  it("that another tab has applied is shown as completed to who applies it after that", async () => {
    await holding(posts(2));
    const key = await uploaded({ posts: posts(3) });
    await app.client.sync({ syncKey: key, version: null, dryRun: true });
    const tab = await openTab(browser, app);
    const second = await tab.another();
    for (const page of [tab.page, second]) {
      await page.goto(runPage(key));
      await planShown(page);
    }
    await tab.page.getByRole("button", { name: "Apply" }).click();
    await doneShown(tab.page);
    await second.getByRole("button", { name: "Apply" }).click();
    await doneShown(second);
    expect(await titles()).toHaveLength(3);
    expect((await app.client.runs()).runs?.filter((run) => run.key === key)).toHaveLength(1);
    expectNoTroubles(tab);
    await tab.close();
  });
});

/** Presses Tab until what has the focus is this: its name, value and text are asked. */
async function tabTo(page: Page, isIt: (focused: string) => boolean): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const { activeElement: one } = document;
      return [one?.getAttribute("name"), one?.getAttribute("value"), one?.textContent].join(" ");
    });
    if (isIt(focused)) return;
  }
  throw new Error("Tab does not get there");
}

describe("names and cells of an archive that is an enemy's", () => {
  const MARKUP = `<img src=x onerror="alert(1)">`;
  const TABLE = `${MARKUP}<script>alert(2)</script>`;
  const COLUMN = `"><svg onload=alert(3)>`;
  const CELLS = [
    `</code></main><script>alert(4)</script>`,
    `\u001b[31mred\u0007`,
    `\u202Egnp.exe\u2066`,
    `javascript:alert(5)`,
    `{{constructor.constructor("alert(6)")()}}`,
  ];
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

  it("are shown as text in every state of a run", async () => {
    await app.database
      .prepare(`CREATE TABLE ${quoted(TABLE)} (id INTEGER PRIMARY KEY, ${quoted(COLUMN)} TEXT)`)
      .run();
    const rows = CELLS.map((text, i) => ({ id: i + 1, [COLUMN]: text }));
    const key = await uploaded({ [TABLE]: rows });
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(runPage(key));
    await page.getByRole("button", { name: "Show the plan" }).click();
    await planShown(page);
    const text = await page.locator("main").textContent();
    expect(text).toContain(TABLE);
    expect(text).toContain(COLUMN);
    expect(text).toContain(CELLS[0]);
    expect(text).toContain(String.raw`"\u001b[31mred\u0007"`);
    expect(text).toContain(String.raw`"\u{202e}gnp.exe\u{2066}"`);
    await keepPicture(page, "hostile");
    await page.getByRole("button", { name: "Apply" }).click();
    await doneShown(page);
    expect(await page.locator("main").textContent()).toContain(TABLE);
    await page.goto(`${app.page}?view=runs`);
    await page.getByRole("heading", { name: "Runs" }).waitFor();
    expect(await page.locator("img, main script, svg[onload]").count()).toBe(0);
    expectNoTroubles(tab);
    await tab.close();
  });
});

describe("somebody who may only read", () => {
  it("is told so where files are brought in, and where a run waits to be applied", async () => {
    await holding([]);
    const key = await uploaded({ posts: posts(1) });
    await app.client.sync({ syncKey: key, version: null, dryRun: true });
    const tab = await openTab(browser, app, { token: reader });
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    await page.getByText("a grant has to allow plan; yours does not").waitFor();
    expect(await page.locator("input[type=file]").count()).toBe(0);
    await keepPicture(page, "in-not-allowed");
    expectNoTroubles(tab);
    await tab.close();
  });
});

describe("a run that somebody else drives", () => {
  it("is told of as far as it is, and its plan is shown once it is made", async () => {
    const slow = await startConsoleApp(folder, { plan: "free" });
    try {
      await slow.database.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)");
      const { syncKey } = await slow.client.upload({ data: { posts: posts(6000, "x".repeat(100)) } });
      const step = async (asked: object) => {
        const response = await fetch(`${slow.url}/api/admin/r2-sync`, {
          method: "POST",
          headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
          body: JSON.stringify({ operation: "sync", syncKey, ...asked }),
        });
        return (await response.json()) as { status: string; phase: string };
      };
      expect(await step({ dryRun: true })).toMatchObject({ status: "processing", phase: "staging" });
      const tab = await openTab(browser, slow);
      const { page } = tab;
      await page.goto(`${slow.page}?run=${syncKey}`);
      const status = page.getByRole("status").filter({ visible: true });
      const first = /Staging ([\d,]+) rows so far · [\d.]+ (?:kB )?of [\d.]+ kB/.exec(
        (await status.textContent()) ?? "",
      )?.[1];
      expect(first).toBeDefined();
      await keepPicture(page, "staging");
      let stepped = await step({ dryRun: true });
      if (stepped.phase === "staging") await status.filter({ hasNotText: `Staging ${first} rows` }).waitFor();
      while (stepped.status === "processing") stepped = await step({ dryRun: true });
      await planShown(page);
      expectNoTroubles(tab);
      await page.getByRole("button", { name: "Apply" }).click();
      await doneShown(page);
      await tab.close();
    } finally {
      await slow.close();
    }
  });
});
