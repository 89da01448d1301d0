import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oneOf } from "../../support/cases.ts";
import { startBrowser } from "../support/browser.ts";
import { type ConsoleApp, startConsoleApp, TOKEN } from "./support/app.ts";
import { faultsOf } from "./support/axe.ts";
import { onPhone, picture, visit } from "./support/visitor.ts";

let folder: string;
let browser: Browser;
let app: ConsoleApp;
/** The keys of a run that waits to be applied, and of one that is completed. */
let keys: { planned: string; completed: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "d1-ferry-accessibility-"));
  [app, browser] = await Promise.all([
    startConsoleApp(folder),
    startBrowser(await mkdtemp(join(folder, "chromium-"))),
  ]);
  await app.database.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, likes INTEGER)");
  const rows = (n: number, mark: string) =>
    Array.from({ length: n }, (_, i) => ({ id: i + 1, title: `${mark} ${i}`, likes: i }));
  const upload = async (posts: object[], version: number) =>
    (await app.client.upload({ data: { posts }, version } as never)).syncKey;
  const completed = await upload(rows(30, "first"), 1);
  await app.client.sync({ syncKey: completed });
  const planned = await upload(rows(20, "second שלום"), 2);
  await app.client.sync({ syncKey: planned, mode: "mirror", dryRun: true });
  await app.client.export({});
  keys = { planned, completed };
});
afterAll(async () => {
  await browser.close();
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

const VIEWS: Record<string, () => string> = {
  now: () => "?view=now",
  runs: () => "?view=runs",
  "a run that waits": () => `?run=${keys.planned}`,
  "a completed run": () => `?run=${keys.completed}`,
  "bring data in": () => "?view=in",
  "take data out": () => "?view=out",
  compare: () => "?view=compare",
  record: () => "?view=record",
  "nothing there": () => "?run=sync-1700000000000-k3v9x0a7b2qd",
};

describe.each(oneOf(["light", "dark"]))("for everybody, in the %s", (scheme) => {
  it.each(Object.entries(VIEWS))("%s", async (name, query) => {
    const page = await visit(browser, app, { token: TOKEN, scheme });
    await page.goto(app.page + query());
    await page.locator("main h1").waitFor();
    await page.evaluate(() => {
      for (const one of document.querySelectorAll("details")) one.open = true;
    });
    expect(await faultsOf(page)).toEqual([]);
    expect(await onPhone(page, () => faultsOf(page))).toEqual([]);
    expect(
      await onPhone(page, () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)),
    ).toBe(0);
    await picture(page, `everybody-${scheme}-${name.replaceAll(" ", "-")}`);
  });
});

it("for everybody, where they sign in", async () => {
  const page = await browser.newPage();
  await page.goto(app.page);
  expect(await faultsOf(page)).toEqual([]);
  await page.getByLabel("Token").fill("no token at all");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.close();
});
