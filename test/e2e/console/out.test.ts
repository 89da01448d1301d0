import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openArchive } from "../../../src/archive/reader.ts";
import { bytesSource } from "../../../src/archive/source.ts";
import { startBrowser } from "../support/browser.ts";
import { type ConsoleApp, startConsoleApp, TOKEN } from "./support/app.ts";
import { picture, tooWide, visit, visitorNamed } from "./support/visitor.ts";

const planner = visitorNamed({ name: "planner", may: ["plan"] });
const bounded = visitorNamed({ name: "bounded", may: ["read"], tables: ["posts"] });
const reader = visitorNamed({ name: "reader", may: ["read"] });
/** As text it is a name like any other. */
const HOSTILE = `<img src=x onerror="document.title='taken'">`;

let browser: Browser;
let app: ConsoleApp;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "console-out-"));
  const tokens = [planner, bounded, reader].map(({ line }) => line).join("\n");
  [app, browser] = await Promise.all([startConsoleApp(folder, { tokens }), startBrowser(folder)]);
  await app.database.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT)");
  await app.database.exec("CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)");
  await app.database.exec("CREATE TABLE sessions (id TEXT PRIMARY KEY, token TEXT)");
  await app.database.exec("INSERT INTO posts VALUES (1, 'one'), (2, 'two')");
  await app.database.exec("INSERT INTO authors VALUES (1, 'Ada')");
  await app.database.exec("INSERT INTO sessions VALUES ('s', 'secret')");
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const room = (query = "") => `${app.page}?view=out${query}`;

async function enter(token: string, query = ""): Promise<Page> {
  const page = await visit(browser, app, { token });
  await page.goto(room(query));
  return page;
}

/** The archive that a link of the page downloads, by what it says of itself. */
async function downloaded(page: Page, link: string) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: link }).first().click(),
  ]);
  const bytes = new Uint8Array(await readFile(await download.path()));
  const { tables, moment } = await openArchive(bytesSource(bytes));
  return {
    name: download.suggestedFilename(),
    moment,
    tables: tables.map(({ table, rows }) => [table, rows]),
  };
}

async function exported(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("heading", { name: "The export is made" }).waitFor();
  await page.waitForLoadState();
}

describe("An export", () => {
  it("takes the tables of the app, and is downloaded as a whole archive", async () => {
    const page = await enter(TOKEN);
    await picture(page, "out");
    expect(await page.getByText("Left out by default").textContent()).toBe("Left out by default: sessions");
    await exported(page);
    await picture(page, "out-made");
    expect(await page.getByText("2 tables, 3 rows").count()).toBe(1);
    const archive = await downloaded(page, "Download the archive");
    expect(archive.name).toMatch(/^export-\d+-\w+\.json\.gz$/);
    expect(archive).toMatchObject({
      moment: { is: "one" },
      tables: [
        ["posts", 2],
        ["authors", 1],
      ],
    });
  });

  it("is downloaded from the page by its other address, too", async () => {
    const { exportKey } = await app.client.export();
    const page = await enter(TOKEN);
    await page.goto(`${app.page}/?view=out`);
    const { name } = await downloaded(page, `Download ${exportKey}`);
    expect(name).toBe(`${exportKey}.json.gz`);
  });

  it("takes the tables that are chosen and no others", async () => {
    const page = await enter(TOKEN);
    const boxes = page.getByRole("group", { name: "Tables", exact: true });
    expect(await boxes.isVisible()).toBe(false);
    await page.getByLabel("Only some").check();
    await boxes.getByLabel("authors").check();
    await picture(page, "out-chosen");
    await exported(page);
    expect((await downloaded(page, "Download the archive")).tables).toEqual([["authors", 1]]);
  });

  it("takes everything where that is said, also logins", async () => {
    const page = await enter(TOKEN);
    await page.getByLabel("Everything, also logins and tokens").check();
    await exported(page);
    expect((await downloaded(page, "Download the archive")).tables).toContainEqual(["sessions", 1]);
  });

  it("of no table at all is none, and says so", async () => {
    const page = await enter(TOKEN);
    await page.getByLabel("Only some").check();
    await page.getByRole("button", { name: "Export" }).click();
    await page.getByText("No table was chosen").waitFor();
  });

  it("that is asked for twice is one, also without the script", async () => {
    const page = await enter(TOKEN);
    const newKey = await page.locator("input[name=newKey]").inputValue();
    const before = (await app.client.list()).objects.length;
    const form = { newKey, scope: "usual" };
    const headers = { origin: app.url };
    for (const _ of "12") {
      const answer = await page.request.post(`${app.page}?do=export`, { form, headers, maxRedirects: 0 });
      expect(answer.status()).toBe(303);
      expect(answer.headers().location).toContain(newKey);
    }
    expect((await app.client.list()).objects).toHaveLength(before + 1);
  });
});

describe("What is in the bucket", () => {
  it("is dropped once it was said what goes", async () => {
    const { exportKey } = await app.client.export();
    const page = await enter(TOKEN);
    await page.getByRole("link", { name: `Drop ${exportKey}` }).click();
    await page.getByText("All tables, as they are.").waitFor();
    await picture(page, "drop");
    await page.getByRole("button", { name: "Drop it" }).click();
    await page.getByRole("heading", { name: "Archives" }).waitFor();
    await page.waitForLoadState();
    expect(await page.getByText(exportKey).count()).toBe(0);
    expect((await app.client.list()).objects.map(({ key }) => key)).not.toContain(exportKey);
  });

  it("of rows that a run is undone from says so, and the run can then not be undone", async () => {
    const { syncKey } = await app.client.upload({ data: { authors: [{ id: 1, name: "Lovelace" }] } });
    const { undo } = await app.client.sync({ syncKey, version: null });
    const page = await enter(TOKEN);
    await page.getByRole("link", { name: `Drop ${undo}` }).click();
    await page.getByText("Without them it can no longer be undone.").waitFor();
    await picture(page, "drop-kept-rows");
    await page.getByRole("button", { name: "Drop the kept rows" }).click();
    await page.getByRole("heading", { name: "Archives" }).waitFor();
    await expect(app.client.undo({ syncKey, dryRun: true })).rejects.toMatchObject({ code: "NOT_UNDOABLE" });
  });

  it("is cleaned up by age, after a look at what would go", async () => {
    const { syncKey } = await app.client.upload({ data: { authors: [{ id: 7, name: "Left" }] } });
    await app.client.sync({ syncKey, version: null, dryRun: true });
    const forty = 40 * 24 * 60 * 60 * 1000;
    await app.database
      .prepare("UPDATE _ferry_runs SET updated_at = updated_at - ? WHERE key = ?")
      .bind(forty, syncKey)
      .run();
    const page = await enter(TOKEN);
    const look = async (days: string) => {
      await page.getByLabel("Not used for").selectOption(days);
      await page.getByRole("button", { name: "Show what would go" }).click();
      await page.getByRole("heading", { name: "Clean up", level: 1 }).waitFor();
    };
    await look("90");
    await page.getByText("There is nothing to remove.").waitFor();
    await look("30");
    await page.getByText("staged rows of a run that stopped: planned").waitFor();
    await page.waitForLoadState();
    await picture(page, "prune");
    expect(await page.getByText("d1-ferry prune --older-than 30d").count()).toBe(1);
    const staged = () => app.database.prepare("SELECT count(*) AS n FROM _ferry_frames").first("n");
    expect(await staged()).toBe(1);
    await page.getByRole("button", { name: "Remove 1 thing" }).click();
    await page.getByText("There is nothing to remove.").waitFor();
    expect(await staged()).toBe(0);
  });

  it("is not cleaned up by an age that somebody made up", async () => {
    const page = await enter(TOKEN, "&prune=0");
    await page.getByText("The page cleans up by 7, 30, 90 days; nothing was removed").waitFor();
  });
});

describe("Who may do less sees less", () => {
  it("a stranger is asked to sign in", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const answer = await page.goto(room());
    expect(answer?.status()).toBe(401);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await page.content()).not.toContain("export-");
    await context.close();
  });

  it("who may only plan has no export, no download, and nothing of others", async () => {
    const page = await enter(planner.token);
    await page.getByText("Nothing is in the bucket that is yours yet.").waitFor();
    await picture(page, "out-planner");
    expect(await page.getByRole("button", { name: "Export" }).count()).toBe(0);
    expect(await page.getByRole("link", { name: /Download/ }).count()).toBe(0);
    expect(await page.getByText("Clean up").count()).toBe(0);
    expect((await page.goto(room("&prune=7")))?.status()).toBe(403);
  });

  it("who may read some tables is shown these, and exports no others", async () => {
    const page = await enter(bounded.token);
    expect(await page.getByText("The app's 1 table").count()).toBe(1);
    expect(await page.content()).not.toContain("authors");
    await exported(page);
    expect((await downloaded(page, "Download the archive")).tables).toEqual([["posts", 2]]);
  });

  it("who may read and not plan is offered nothing to bring in or to drop", async () => {
    const page = await enter(reader.token);
    await exported(page);
    expect(await page.getByRole("link", { name: /^(Drop|Bring in)/ }).count()).toBe(0);
  });
});

describe("Two hundred tables with names of 60 characters", () => {
  it("are chosen on a phone without scrolling sideways, and a hostile name is text", async () => {
    const names = Array.from({ length: 200 }, (_, i) =>
      `table_${String(i).padStart(3, "0")}_`.padEnd(60, "x"),
    );
    for (let i = 0; i < names.length; i += 50) {
      const made = names.slice(i, i + 50).map((name) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY)`);
      await app.database.batch(made.map((sql) => app.database.prepare(sql)));
    }
    await app.database
      .prepare(`CREATE TABLE "${HOSTILE.replaceAll('"', '""')}" (id INTEGER PRIMARY KEY)`)
      .run();
    const page = await enter(TOKEN);
    await page.getByLabel("Only some").check();
    await picture(page, "out-200-tables");
    expect(await page.getByRole("checkbox").count()).toBeGreaterThan(200);
    expect(await tooWide(page)).toBeLessThanOrEqual(0);
    expect(await page.getByLabel(HOSTILE).count()).toBe(1);
    expect(await page.title()).not.toBe("taken");
    await page.getByLabel(HOSTILE).check();
    await exported(page);
    expect((await downloaded(page, "Download the archive")).tables).toEqual([[HOSTILE, 0]]);
  });
});
