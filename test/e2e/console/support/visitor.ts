import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import type { Grant } from "../../../../src/grants.ts";
import type { ConsoleApp } from "./app.ts";

/** Somebody who has a token of their own, and what it allows. */
export interface Visitor {
  token: string;
  /** Their line of FERRY_TOKENS. */
  line: string;
}

export function visitorNamed({ name, ...grant }: Grant): Visitor {
  const token = `${name}-token-0123456789abcdef0123456789abcdef`;
  const sha256 = createHash("sha256").update(token).digest("hex");
  return { token, line: JSON.stringify({ name, ...grant, sha256 }) };
}

/** A page of somebody who has signed in, closed after the test. Nothing may go wrong in it unnoticed. */
export async function visit(
  browser: Browser,
  { page: address }: Pick<ConsoleApp, "page">,
  { token, scheme = "light" }: { token: string; scheme?: "light" | "dark" },
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1100, height: 800 },
    colorScheme: scheme,
    acceptDownloads: true,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.goto(address);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  return page;
}

/** Clicks what leads to another page, and waits until all of that page is there. */
export async function follow(link: Locator): Promise<void> {
  await Promise.all([link.page().waitForEvent("load"), link.click()]);
}

/** Keeps what the page looks like where `FERRY_PICTURES` names a folder, also on a phone. */
export async function picture(page: Page, name: string): Promise<void> {
  const where = process.env.FERRY_PICTURES;
  if (!where) return;
  const keep = (suffix: string) =>
    page.screenshot({ path: join(where, `${name}${suffix}.png`), fullPage: true });
  await keep("");
  await onPhone(page, () => keep("-phone"));
}

/** The same page on a screen of 320 points. */
export async function onPhone<T>(page: Page, look: () => Promise<T>): Promise<T> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 700 });
  const seen = await look();
  if (before !== null) await page.setViewportSize(before);
  return seen;
}

/** By how much the page is wider than a phone. */
export function tooWide(page: Page): Promise<number> {
  return onPhone(page, () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth));
}
