import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALL_CASES, inSample } from "../../support/cases.ts";
import { startBrowser } from "../support/browser.ts";
import { type ConsoleApp, startConsoleApp } from "./support/app.ts";
import { MiB, writeLargeDocument } from "./support/large-file.ts";
import { expectNoTroubles, keepPicture, openTab } from "./support/tab.ts";

/** Bytes of a file that is more than enough to be interrupted, and of one that is just enough. */
const LARGE = ALL_CASES ? 100 * MiB : 32 * MiB;
const SMALLER = 22 * MiB;

let folder: string;
let browser: Browser;
let app: ConsoleApp;
/** Documents of several parts of 10 MiB. */
let large: string;
let smaller: string;
/** As many parts as the smaller one has. */
const PARTS = 3;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "console-upload-"));
  large = await writeLargeDocument(folder, { name: "large.json", bytes: LARGE });
  smaller = await writeLargeDocument(folder, { name: "smaller.json", bytes: SMALLER });
  [app, browser] = await Promise.all([startConsoleApp(folder), startBrowser(folder)]);
  await app.database.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)");
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const fileField = (page: Page) => page.getByLabel("Drop a file here, or choose one");
const status = (page: Page) => page.getByRole("status").filter({ visible: true });
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Waits until the page of an object is shown, and answers its key. */
async function arrivedKey(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Show the plan" }).waitFor();
  return new URL(page.url()).searchParams.get("run") ?? "";
}

/** What the bucket holds is what the file has, byte for byte. */
async function expectStored(key: string, path: string, { bucket } = app): Promise<void> {
  const object = await bucket.get(`d1-ferry/${key}`);
  expect(object?.size).toBe(statSync(path).size);
  expect(sha256(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer(0)))).toBe(
    sha256(readFileSync(path)),
  );
}

interface Parts {
  /** Numbers of parts in the order in which the app has taken them. */
  taken: number[];
  /** All that were sent, also those that did not arrive. */
  sent: number[];
  /** Resolves once so many were taken. */
  until(count: number): Promise<void>;
  /** What becomes of the parts after these. @default nothing is done to them */
  after?: { count: number; meet: (route: Route) => Promise<unknown> };
}

/** Looks at the parts that a page sends. */
async function lookAtParts(page: Page): Promise<Parts> {
  let wake = () => {};
  const parts: Parts = {
    taken: [],
    sent: [],
    async until(count) {
      while (parts.taken.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
  const numberOf = (url: string) => Number(new URL(url).searchParams.get("partNumber"));
  let passed = 0;
  await page.route(/multipart-upload\?.*partNumber=/, async (route) => {
    parts.sent.push(numberOf(route.request().url()));
    if (parts.after !== undefined && passed >= parts.after.count) return void (await parts.after.meet(route));
    passed++;
    await route.continue();
  });
  page.on("response", (response) => {
    if (response.request().method() !== "PUT" || !response.ok()) return;
    parts.taken.push(numberOf(response.url()));
    wake();
  });
  return parts;
}

/** A document of one row. */
function writeSmall(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ version: 3, data: { posts: [{ id: 1, title: "One" }] } }));
  return path;
}

describe("a file", () => {
  it("that is chosen goes up, and its own page opens", async () => {
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.getByRole("navigation").getByRole("link", { name: "Bring data in" }).click();
    await keepPicture(page, "in");
    const path = writeSmall("small.json");
    await fileField(page).setInputFiles(path);
    const key = await arrivedKey(page);
    await expectStored(key, path);
    await keepPicture(page, "archive");
    await page.getByRole("navigation").getByRole("link", { name: "Bring data in" }).click();
    await page.getByRole("link", { name: `small.json ${key}` }).waitFor();
    await keepPicture(page, "in-waiting");
    await page.goto(`${app.page}?view=out`);
    await page.getByRole("link", { name: "small.json", exact: true }).waitFor();
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    expectNoTroubles(tab);
    await tab.close();
  });

  it("that is chosen where the page's path ends in a slash goes up as well, and is downloaded", async () => {
    const tab = await openTab(browser, { ...app, page: `${app.page}/` });
    const { page } = tab;
    // As the framework of an app does whose paths end in one: nothing is there without it.
    const refused: string[] = [];
    await page.route(
      ({ pathname }) => pathname.startsWith("/api/admin/") && !pathname.endsWith("/"),
      (route) => {
        refused.push(route.request().url());
        return route.fulfill({ status: 404, body: "Not found" });
      },
    );
    await page.goto(`${app.page}/?view=in`);
    const path = writeSmall("slash.json");
    await fileField(page).setInputFiles(path);
    const key = await arrivedKey(page);
    await expectStored(key, path);
    await page.goto(`${app.page}/?view=out`);
    const links = await page
      .locator("a[download]")
      .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href));
    expect(
      links.some((link) => link.includes(`/api/admin/r2-sync/?operation=download&exportKey=${key}`)),
    ).toBe(true);
    expect(refused).toEqual([]);
    expectNoTroubles(tab);
    await tab.close();
  });

  it("that is dropped anywhere on the page goes up as well", async () => {
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    const dropped = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['{"version":4,"data":{"posts":[{"id":2,"title":"Two"}]}}'], "dropped.json"));
      return data;
    });
    await page.dispatchEvent("[data-upload]", "dragover", { dataTransfer: dropped });
    await keepPicture(page, "in-over");
    await page.dispatchEvent("h1", "drop", { dataTransfer: dropped });
    const key = await arrivedKey(page);
    expect((await app.bucket.head(`d1-ferry/${key}`))?.size).toBe(55);
    expectNoTroubles(tab);
    await tab.close();
  });

  it("that can be neither an archive nor a document is refused before anything is sent", async () => {
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const choose = (name: string, text: string) =>
      fileField(page).setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
    await choose("app.sqlite", "SQLite format 3\0…");
    await status(page).filter({ hasText: "app.sqlite is neither an archive nor a JSON document" }).waitFor();
    await keepPicture(page, "in-refused");
    await choose("nothing.json", "");
    await status(page).filter({ hasText: "nothing.json is empty" }).waitFor();
    await choose("<img src=x onerror=alert(1)>\u202e.json", "x");
    await status(page).filter({ hasText: "<img src=x onerror=alert(1)>\\u{202e}.json is neither" }).waitFor();
    expect(asked).toEqual([]);
    expectNoTroubles(tab);
    await tab.close();
  });
});

describe("an upload of many parts that is interrupted", () => {
  it("by a reload goes on with the same file, and sends no part again that had arrived", async () => {
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    const parts = await lookAtParts(page);
    // Those after the third never end.
    parts.after = { count: 3, meet: () => new Promise(() => {}) };
    await fileField(page).setInputFiles(large);
    await parts.until(3);
    await status(page).filter({ hasText: "Uploading large.json" }).waitFor();
    await keepPicture(page, "in-uploading");
    delete parts.after;
    await page.reload();
    const all = Math.ceil(statSync(large).size / (10 * MiB));
    await status(page)
      .filter({ hasText: `3 of ${all} parts of large.json are here. Choose the same file to go on.` })
      .waitFor();
    await keepPicture(page, "in-unfinished");

    const other = await writeLargeDocument(folder, { name: "other.json", bytes: MiB });
    const sent = parts.sent.length;
    await fileField(page).setInputFiles(other);
    await status(page).filter({ hasText: "other.json is another file than large.json" }).waitFor();
    await keepPicture(page, "in-another-file");
    expect(parts.sent).toHaveLength(sent);

    await fileField(page).setInputFiles(large);
    await expectStored(await arrivedKey(page), large);
    expect(parts.taken).toHaveLength(all);
    expect(new Set(parts.taken).size).toBe(all);
    expectNoTroubles(tab);
    await tab.close();
  });

  it("by a lost connection goes on by itself once it is back", async () => {
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    const parts = await lookAtParts(page);
    parts.after = { count: 2, meet: (route) => route.abort("internetdisconnected") };
    await fileField(page).setInputFiles(smaller);
    await status(page).filter({ hasText: "The connection is lost. Trying again" }).waitFor();
    await page.context().setOffline(true);
    await keepPicture(page, "in-offline");
    delete parts.after;
    await page.context().setOffline(false);
    await expectStored(await arrivedKey(page), smaller);
    expect(parts.taken.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: PARTS }, (_, i) => i + 1),
    );
    expectNoTroubles(tab);
    await tab.close();
  });

  it.runIf(inSample("upload over an app's end"))(
    "by the app's own end goes on by itself once it is up again",
    async () => {
      const first = await startConsoleApp(folder);
      const tab = await openTab(browser, first);
      const { page } = tab;
      await page.goto(`${first.page}?view=in`);
      const parts = await lookAtParts(page);
      parts.after = { count: 1, meet: () => new Promise(() => {}) };
      await fileField(page).setInputFiles(smaller);
      await parts.until(1);
      await page.getByRole("button", { name: "Pause" }).click();
      await first.close();
      delete parts.after;
      await page.getByRole("button", { name: "Resume" }).click();
      await status(page).filter({ hasText: "The connection is lost. Trying again" }).waitFor();
      const again = await first.startAgain();
      try {
        await expectStored(await arrivedKey(page), smaller, again);
        expect(parts.taken.toSorted((one, other) => one - other)).toEqual([1, 2, 3]);
        expectNoTroubles(tab);
        await tab.close();
      } finally {
        await again.close();
      }
    },
  );

  it("by whoever pauses it goes on where it was, and one that is cancelled leaves nothing", async () => {
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    const parts = await lookAtParts(page);
    parts.after = { count: 1, meet: () => new Promise(() => {}) };
    await fileField(page).setInputFiles(smaller);
    await parts.until(1);
    await page.getByRole("button", { name: "Pause" }).click();
    await status(page)
      .filter({ hasText: `1 of ${PARTS} parts of smaller.json are here. Paused.` })
      .waitFor();
    await keepPicture(page, "in-paused");
    const sent = parts.sent.length;
    parts.after.count = 2;
    await page.getByRole("button", { name: "Resume" }).click();
    await parts.until(2);
    expect(parts.sent.slice(sent)).not.toContain(parts.taken[0]);
    await page.getByRole("button", { name: "Cancel the upload" }).click();
    await status(page).filter({ hasText: "Cancelled: nothing of it is kept." }).waitFor();
    const { objects } = await app.bucket.list({ prefix: "d1-ferry/uploads/" });
    expect(objects.filter(({ key }) => key.includes("/part"))).toEqual([]);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    expectNoTroubles(tab);
    await tab.close();
  });

  it.runIf(inSample("upload that is gone"))("and that the app no longer knows begins anew", async () => {
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    const parts = await lookAtParts(page);
    parts.after = { count: 1, meet: () => new Promise(() => {}) };
    await fileField(page).setInputFiles(smaller);
    await parts.until(1);
    const kept = await page.evaluate(() => Object.values(localStorage).map((text) => JSON.parse(text)));
    expect(kept).toHaveLength(1);
    await app.client.abortUpload(kept[0]);
    delete parts.after;
    await page.reload();
    await status(page).filter({ hasText: "The upload of smaller.json was begun." }).waitFor();
    await fileField(page).setInputFiles(smaller);
    const key = await arrivedKey(page);
    expect(key).not.toBe(kept[0].key);
    await expectStored(key, smaller);
    expectNoTroubles(tab);
    await tab.close();
  });

  it("of a file that was changed since is refused", async () => {
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.goto(`${app.page}?view=in`);
    const path = join(folder, "changed.json");
    const text = (title: string) => JSON.stringify({ version: 5, data: { posts: [{ id: 3, title }] } });
    writeFileSync(path, text("Three"));
    const parts = await lookAtParts(page);
    // What is not under way yet is not remembered either.
    const isUnderWay = new Promise<void>((resolve) => {
      parts.after = {
        count: 0,
        meet() {
          resolve();
          return new Promise(() => {});
        },
      };
    });
    await fileField(page).setInputFiles(path);
    await isUnderWay;
    await page.getByRole("button", { name: "Pause" }).click();
    await page.reload();
    writeFileSync(path, text("3ebra"));
    const sent = parts.sent.length;
    await fileField(page).setInputFiles(path);
    await status(page).filter({ hasText: "changed.json is not as it was" }).waitFor();
    expect(parts.sent).toHaveLength(sent);
    expectNoTroubles(tab);
    await tab.close();
  });
});

describe("a browser", () => {
  it.runIf(inSample("upload by two tabs"))(
    "of which two tabs send the same file makes one object of it",
    async () => {
      const tab = await openTab(browser, app);
      const tabs = [tab.page, await tab.another()];
      for (const page of tabs) await page.goto(`${app.page}?view=in`);
      const [first, second] = tabs as [Page, Page];
      const parts = await lookAtParts(first);
      parts.after = { count: 1, meet: () => new Promise(() => {}) };
      await fileField(first).setInputFiles(smaller);
      await parts.until(1);
      await status(second).filter({ hasText: "smaller.json" }).waitFor();
      await fileField(second).setInputFiles(smaller);
      await first.getByRole("button", { name: "Pause" }).click();
      delete parts.after;
      await first.getByRole("button", { name: "Resume" }).click();
      const keys = await Promise.all(tabs.map(arrivedKey));
      expect(keys[0]).toBe(keys[1]);
      await expectStored(keys[0] as string, smaller);
      expectNoTroubles(tab);
      await tab.close();
    },
  );

  it("that keeps nothing uploads all the same", async () => {
    const tab = await openTab(browser, app);
    const { page } = tab;
    await page.addInitScript(() => {
      const refuse = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
      Object.assign(Storage.prototype, { setItem: refuse, getItem: refuse, removeItem: refuse });
    });
    await page.goto(`${app.page}?view=in`);
    const path = writeSmall("not-kept.json");
    await fileField(page).setInputFiles(path);
    await expectStored(await arrivedKey(page), path);
    expectNoTroubles(tab);
    await tab.close();
  });
});
