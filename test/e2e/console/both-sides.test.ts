import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../../src/client/index.ts";
import { jsonOf, runCli } from "../../support/cli.ts";
import { runSql } from "../../support/sample.ts";
import { startBrowser } from "../support/browser.ts";
import { type ConsoleApp, startConsoleApp, TOKEN } from "./support/app.ts";
import { faultsOf } from "./support/axe.ts";
import { onPhone, picture, tooWide, type Visitor, visit, visitorNamed } from "./support/visitor.ts";

const SCHEMA = "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, body TEXT)";
const LONG = "x".repeat(5000);

/** Whoever may manage sees what others began; its rows, who may read. */
const planner = visitorNamed({ name: "planner", may: ["plan", "manage"] });
const reader = visitorNamed({ name: "reader", may: ["read", "manage"] });

let folder: string;
let browser: Browser;
let app: ConsoleApp;
/** Of a push that has been planned: both sides had edited rows since the one before. */
let syncKey: string;

async function run(...args: string[]): Promise<{ syncKey: string }> {
  const ran = await runCli([...args, "--json"], { cwd: folder });
  expect(ran.code, ran.stderr).toBe(0);
  return jsonOf(ran) as { syncKey: string };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "console-both-sides-"));
  [app, browser] = await Promise.all([
    startConsoleApp(folder, { tokens: [planner, reader].map(({ line }) => line).join("\n") }),
    startBrowser(folder),
  ]);
  await writeFile(join(folder, ".env"), `PROD_API=${app.url}\nFERRY_TOKEN=${TOKEN}\n`);
  await app.database.exec(SCHEMA);
  const rows = Array.from({ length: 8 }, (_, i) => `(${i + 1}, 'Post ${i + 1}', 'text')`);
  runSql(join(folder, "local.sqlite"), `${SCHEMA}; INSERT INTO posts VALUES ${rows.join(", ")}`);
  await run("push", "--from", "local.sqlite", "--yes");
  runSql(
    join(folder, "local.sqlite"),
    `UPDATE posts SET title = 'Of the source', body = 'new' WHERE id = 2; DELETE FROM posts WHERE id = 4;
     INSERT INTO posts VALUES (9, 'Nine', '${LONG}')`,
  );
  for (const sql of [
    "UPDATE posts SET title = '<b>Of the app</b> ' || char(0x202e) || 'abc' WHERE id = 2",
    "UPDATE posts SET body = 'edited' WHERE id = 4",
    "UPDATE posts SET body = 'edited here alone' WHERE id IN (5, 6)",
    "INSERT INTO posts VALUES (9, 'Neun', 'short')",
  ])
    await app.database.prepare(sql).run();
  const how = ["local.sqlite", "--mode", "mirror", "--on-edit", "ours"];
  ({ syncKey } = await run("plan", ...how, "-o", "plan.json"));
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const linesOf = (page: Page) =>
  page.getByRole("region", { name: "Rows edited on both sides" }).locator("tbody tr").allInnerTexts();

const TOLD = [
  ["posts 2", "title", '"Post 2"', '"Of the source"', '"<b>Of the app</b> '],
  ["posts 9", "title", "no row", '"Nine"', '"Neun"'],
  ["body", "no row", "5.0 kB", '"short"'],
  ["posts 4", "the row", "deleted", "edited"],
];

describe("Rows that both sides have edited", () => {
  it("are shown with what stood there and what either side made of it, before and after the run", async () => {
    const page = await visit(browser, app, { token: TOKEN });
    await page.goto(`${app.page}?run=${syncKey}`);
    await page.getByText("2 rows were edited only here, and stay: posts (2)").waitFor();
    await page.getByText("3 rows were edited on both sides: what the source has is taken.").waitFor();
    const lines = await linesOf(page);
    expect(lines).toHaveLength(TOLD.length);
    for (const [i, words] of TOLD.entries())
      for (const word of words) expect(lines[i]?.replaceAll(/\s+/g, " ")).toContain(word);
    expect(lines.join("\n")).not.toContain("\u202e");
    expect(await faultsOf(page)).toEqual([]);
    expect(await onPhone(page, () => faultsOf(page))).toEqual([]);
    expect(await tooWide(page)).toBeLessThanOrEqual(0);
    await picture(page, "run-both-sides");
    await run("apply", "plan.json", "--yes", "--confirm-delete", "1");
    await page.reload();
    await page.getByRole("heading", { name: "What it did" }).waitFor();
    expect(await linesOf(page)).toHaveLength(TOLD.length);
  });

  it("are counted for who may not read them, and named to who may", async () => {
    const seenBy = async ({ token }: Visitor) =>
      (await createClient({ baseUrl: app.url, token }).status(syncKey)).merged;
    expect(await seenBy(planner)).toMatchObject({
      kept: [{ table: "posts", rows: 2 }],
      conflicts: { rows: 3, taken: "ours", first: [] },
    });
    expect((await seenBy(reader))?.conflicts.first).toHaveLength(3);
  });
});
