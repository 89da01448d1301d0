import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { type ConsoleApp, TOKEN } from "./app.ts";

/** A tab in a browser profile of its own. */
export interface Tab {
  page: Page;
  /** Another tab of the same profile. */
  another(): Promise<Page>;
  /** What no page may ever do: dialogs, errors of scripts, and what the policy of the page has kept from happening. */
  troubles: string[];
  close(): Promise<void>;
}

/** A tab in which somebody has signed in, at the page's first view. */
export async function openTab(
  browser: Browser,
  app: ConsoleApp,
  { token = TOKEN, ...options }: BrowserContextOptions & { token?: string } = {},
): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
  // The test's own time limit is the only one.
  context.setDefaultTimeout(0);
  const troubles: string[] = [];
  const open = async () => {
    const page = await context.newPage();
    page.on("dialog", (dialog) => {
      troubles.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("pageerror", (error) => troubles.push(`script: ${error.message}`));
    page.on("console", (said) => {
      if (said.type() === "error" && !isOfTheNetwork(said.text())) troubles.push(`console: ${said.text()}`);
    });
    return page;
  };
  const page = await open();
  await page.goto(app.page);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Now" }).waitFor();
  return { page, another: open, troubles, close: () => context.close() };
}

/** That a request failed is told by Chromium itself; what the page makes of it is tested where it is. */
const isOfTheNetwork = (text: string): boolean => text.startsWith("Failed to load resource");

export function expectNoTroubles({ troubles }: Tab): void {
  expect(troubles).toEqual([]);
}

/** For a person to look at: as it is, and as on a phone and in the dark, where FERRY_PICTURES names a folder. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const where = process.env.FERRY_PICTURES;
  if (!where) return;
  const keep = (as: string) => page.screenshot({ path: join(where, `${name}${as}.png`), fullPage: true });
  const size = page.viewportSize() ?? { width: 1100, height: 800 };
  await keep("");
  await page.emulateMedia({ colorScheme: "dark" });
  await keep("-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 360, height: 700 });
  await keep("-phone");
  await page.setViewportSize(size);
}
