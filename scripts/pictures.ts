/**
 * Makes the pictures of the docs anew: the page and the command, with a music shop's database (Chinook) on the way into an
 * app in workerd. `npm run pictures`.
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Page } from "playwright-core";
import { startConsoleApp, TOKEN } from "../test/e2e/console/support/app.ts";
import { startBrowser } from "../test/e2e/support/browser.ts";
import { drawTerminal } from "./pictures/terminal-svg.ts";
import { type Terminal, typeIn } from "./pictures/type-in.ts";

const IMAGES = resolve("docs/images");
const SIZE = { width: 1000, height: 720 };

const folder = await mkdtemp(join(tmpdir(), "d1-ferry-pictures-"));
await mkdir(IMAGES, { recursive: true });
const app = await startConsoleApp(folder);
const browser = await startBrowser(await mkdtemp(join(folder, "chromium-")));
try {
  const local = join(folder, "shop.sqlite");
  await copyFile("test/fixtures/chinook.sqlite", local);
  const type = (words: string[]): Promise<Terminal> =>
    typeIn({ cwd: folder, words, env: { PROD_API: app.url, FERRY_TOKEN: TOKEN }, columns: 92 });

  await type(["push", "--from", "shop.sqlite", "--create", "--yes", "--no-progress"]);
  edit(local, [
    "UPDATE Customer SET Phone = '+49 30 1234567' WHERE CustomerId IN (2, 36, 37, 38)",
    "UPDATE Track SET UnitPrice = 1.29 WHERE AlbumId BETWEEN 1 AND 40",
    "INSERT INTO Genre VALUES (26, 'Ambient'), (27, 'Chamber')",
    "DELETE FROM PlaylistTrack WHERE PlaylistId = 8 AND TrackId < 60",
  ]);
  const plan = await type([
    "push",
    "--from",
    "shop.sqlite",
    "--mode",
    "mirror",
    "--dry-run",
    "--no-progress",
  ]);
  await type(["push", "--from", "shop.sqlite", "--yes", "--no-progress"]);
  edit(local, [
    "UPDATE Artist SET Name = 'AC⁄DC' WHERE ArtistId = 1",
    "UPDATE Customer SET City = 'Stuttgart-West' WHERE CustomerId = 2",
    "INSERT INTO Playlist VALUES (19, 'Rainy mornings')",
  ]);
  await type(["push", "--from", "shop.sqlite", "--yes", "--no-progress"]);

  await writeFile(join(IMAGES, "terminal.svg"), drawTerminal(plan));
  console.log("docs/images/terminal.svg");

  const page = await browser.newPage({ viewport: SIZE });
  await page.goto(app.page);
  await page.getByLabel("Token").fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Now" }).waitFor();
  await keep(page, "console-now");
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await page.getByRole("heading", { name: "Runs" }).waitFor();
  await keep(page, "console-runs");

  edit(local, [
    "UPDATE Album SET Title = Title || ' (Remastered)' WHERE AlbumId IN (4, 9, 120)",
    "DELETE FROM PlaylistTrack WHERE PlaylistId = 8 AND TrackId < 80",
    "UPDATE Employee SET Title = 'Head of Sales' WHERE EmployeeId = 2",
  ]);
  await type([
    "plan",
    "shop.sqlite",
    "--to",
    app.url,
    "--mode",
    "mirror",
    "-o",
    "plan.json",
    "--no-progress",
  ]);
  await page.getByRole("link", { name: "Now" }).click();
  await page.getByRole("link", { name: "waits to be applied" }).click();
  await page.getByRole("heading", { name: "What it will do" }).waitFor();
  await keep(page, "console-plan");
} finally {
  await browser.close();
  await app.close();
  await rm(folder, { recursive: true, force: true });
}

async function keep(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
}

function edit(path: string, statements: readonly string[]): void {
  const database = new DatabaseSync(path);
  try {
    for (const sql of statements) database.exec(sql);
  } finally {
    database.close();
  }
}
