import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ALL_CASES } from "../support/cases.ts";
import { type CliRun, spawnCli } from "../support/cli.ts";
import { startBrowser } from "./support/browser.ts";
import { completeHistory, expectEqualTables, history } from "./support/expect-equal.ts";
import { ACCOUNT, logInto, type Production, startProduction } from "./support/production.ts";
import { type Moment, startProxy } from "./support/proxy.ts";

const { folder, local } = inject("shared");

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser(await mkdtemp(join(folder, "chromium-")));
});
afterAll(() => browser.close());

/** A push to this app through a proxy, killed at this moment. */
async function pushAndKill(production: Production, moment: Moment, ...args: string[]): Promise<CliRun> {
  const kill = new AbortController();
  const proxy = await startProxy(production.url, (reached) => {
    if (reached === moment) kill.abort();
  });
  try {
    const env = { LOCAL_API: local.url, PROD_API: proxy.url, FERRY_TOKEN: production.token };
    const cwd = await mkdtemp(join(folder, "browser-"));
    return await spawnCli(["push", ...args], { cwd, env, kill: kill.signal });
  } finally {
    proxy.close();
  }
}

/** A tab in which somebody has logged in with the page's form, and sees the admin page. */
async function openAdmin(production: Production): Promise<Page> {
  await logInto(production);
  const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
  // The test's own time limit is the only one.
  page.setDefaultTimeout(0);
  await page.goto(`${production.url}/admin`);
  await page.getByLabel("Username or e-mail address").fill(ACCOUNT.username);
  await page.getByLabel("Password").fill(ACCOUNT.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Now" }).waitFor();
  return page;
}

async function keepPicture(page: Page, name: string): Promise<void> {
  const where = process.env.FERRY_PICTURES;
  if (where) await page.screenshot({ path: join(where, `${name}.png`) });
}

/** A row that only production has, which a mirror would delete. */
async function addAuthor({ url, token }: Production): Promise<void> {
  const author = { id: 99_999, platform: "forum", platform_id: "only-here", username: "left" };
  const data = { authors: [{ ...author, first_seen: 1, last_seen: 2 }] };
  const post = async (body: object) => {
    const response = await fetch(`${url}/api/admin/r2-sync`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as { syncKey: string };
  };
  const { syncKey } = await post({ operation: "upload", version: 99, data });
  await post({ operation: "sync", syncKey });
}

const openRun = (page: Page) =>
  page.getByRole("link", { name: /waits|under way|staging|planned|pending/ }).first();

describe("a browser tab", () => {
  it("ends a sync that a killed command began: it shows the plan and applies it after a click", async () => {
    const production = await startProduction();
    try {
      const killed = await pushAndKill(production, "complete answering", "--yes");
      expect(killed.code).toBeNull();
      const page = await openAdmin(production);
      await page.getByRole("navigation").getByRole("link", { name: "Bring data in" }).click();
      await page.locator("main a[href^='?run=sync-']").click();
      await page.getByRole("button", { name: "Show the plan" }).click();
      const apply = page.getByRole("button", { name: "Apply" });
      await apply.waitFor();
      expect(history(production.state)).toEqual([]);
      await keepPicture(page, "plan");
      await apply.click();
      await page.getByRole("heading", { name: "What it did" }).waitFor();
      await page.getByText("Verified.").waitFor();
      await keepPicture(page, "completed");
      expectEqualTables(production.state);
      expect(history(production.state)).toEqual(completeHistory(1));
      await page.close();
    } finally {
      await production.server.stop();
    }
  });

  // In an app of its own the page's tests try the same.
  it.runIf(ALL_CASES)("deletes only what is confirmed by the host's name, as the command would", async () => {
    const production = await startProduction();
    try {
      await addAuthor(production);
      await pushAndKill(production, "sync answering", "--mode", "mirror", "--yes");
      const page = await openAdmin(production);
      await openRun(page).click();
      const apply = page.getByRole("button", { name: "Apply" });
      await apply.waitFor();
      await page.waitForLoadState();
      await keepPicture(page, "deletes");
      expect(await page.locator("main").textContent()).toContain("1 of 1");
      expect(await apply.isDisabled()).toBe(true);
      const field = page.getByLabel("This deletes 1 row");
      await field.fill("somewhere-else.example");
      expect(await apply.isDisabled()).toBe(true);
      await field.fill(new URL(production.url).host);
      await apply.click();
      await page.getByRole("heading", { name: "What it did" }).waitFor();
      expectEqualTables(production.state);
      await page.close();
    } finally {
      await production.server.stop();
    }
  });
});
