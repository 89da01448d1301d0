import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { type ConsoleApp, startConsoleApp, TOKEN } from "./support/app.ts";
import { follow, picture, tooWide, visit, visitorNamed } from "./support/visitor.ts";

const reader = visitorNamed({ name: "reader", may: ["read"] });

/** More than two pages of entries. */
const UPLOADS = 105;

let browser: Browser;
let app: ConsoleApp;
/** The keys of the uploads, the newest first. */
let keys: string[];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "console-record-"));
  [app, browser] = await Promise.all([
    startConsoleApp(folder, { tokens: reader.line }),
    startBrowser(folder),
  ]);
  await app.database.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)");
  keys = [];
  for (let i = 0; i < UPLOADS; i++) {
    const { syncKey } = await app.client.upload({ data: { posts: [{ id: 1, title: String(i) }] } });
    keys.unshift(syncKey);
  }
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const shown = (page: Page) => page.locator(".record li a").allTextContents();

describe("The record", () => {
  it("is paged from the newest entry to the oldest and back", async () => {
    const page = await visit(browser, app, { token: TOKEN });
    await page.goto(`${app.page}?view=runs`);
    await follow(page.getByRole("link", { name: /^The record/ }));
    await page.getByRole("heading", { name: "Record" }).waitFor();
    await picture(page, "record");
    expect(await tooWide(page)).toBeLessThanOrEqual(0);
    expect(await shown(page)).toHaveLength(50);
    const turn = async (name: string) => {
      await follow(page.getByRole("link", { name, exact: true }));
      return shown(page);
    };
    const pages = [await shown(page), await turn("Older"), await turn("Older")];
    expect(pages.flat().sort()).toEqual([...keys].sort());
    expect(pages[2]).toHaveLength(5);
    expect(await page.getByRole("link", { name: "Older", exact: true }).count()).toBe(0);
    expect(await turn("Newer")).toEqual(pages[1]);
    expect(await turn("Newer")).toEqual(pages[0]);
    expect(await page.getByRole("link", { name: "Newer", exact: true }).count()).toBe(0);
  });

  it("says who was refused what, and is only for who may manage", async () => {
    const page = await visit(browser, app, { token: reader.token });
    expect((await page.goto(`${app.page}?view=record`))?.status()).toBe(403);
    await page.goto(`${app.page}?view=runs`);
    expect(await page.getByRole("link", { name: /record/ }).count()).toBe(0);
    const manager = await visit(browser, app, { token: TOKEN });
    await manager.goto(`${app.page}?view=record`);
    const first = await manager.locator(".record li").first().textContent();
    expect(first).toContain("refused");
    expect(first).toContain("token:reader");
    expect(first).toContain("lacks manage");
  });

  it("keeps what only read out of the way until it is asked for", async () => {
    const { exportKey } = await app.client.export();
    await (await app.client.download(exportKey)).cancel();
    const page = await visit(browser, app, { token: TOKEN });
    await page.goto(`${app.page}?view=record`);
    const newest = page.locator(".record li").first();
    await newest.getByText("token:FERRY_TOKEN exported").waitFor();
    await page.getByRole("link", { name: "Reads, too" }).click();
    await newest.getByText("downloaded").waitFor();
    await picture(page, "record-reads");
  });

  it("takes an address that somebody made up for the newest page", async () => {
    const page = await visit(browser, app, { token: TOKEN });
    await page.goto(`${app.page}?view=record&trail=%5B1%2C%7B%7D`);
    expect((await shown(page)).length).toBeGreaterThan(0);
  });
});
