import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { jsonOf, spawnCli } from "../support/cli.ts";
import { query } from "./support/expect-equal.ts";
import { logInto, type Production, startProduction } from "./support/production.ts";

const { folder, local } = inject("shared");

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production.server.stop());

async function page(path: string, cookie = ""): Promise<{ status: number; text: string }> {
  const response = await fetch(production.url + path, { headers: { Cookie: cookie }, redirect: "manual" });
  return { status: response.status, text: decode(await response.text()) };
}

/** The page's text as a reader sees it. */
function decode(html: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return html.replace(/&(amp|lt|gt|quot|#39);/g, (_all, name: string) => entities[name] ?? "");
}

describe("the production app's pages", () => {
  it("are empty before a push", async () => {
    expect((await page("/")).text).toContain("No data has arrived yet");
    expect(await page("/items/1")).toMatchObject({ status: 404 });
  });

  it("show what was pushed", async () => {
    const cwd = await mkdtemp(join(folder, "pages-"));
    const env = { LOCAL_API: local.url, PROD_API: production.url, FERRY_TOKEN: production.token };
    const pushed = await spawnCli(["push", "--yes", "--json"], { cwd, env });
    expect(pushed.code, pushed.stderr).toBe(0);

    const home = await page("/");
    expect(home.text).toContain("25,537 rows in 7 tables");
    for (const count of ["7,014", "9,252", "9,098", "148"]) expect(home.text).toContain(`<dd>${count}</dd>`);

    const [[id, title] = []] = query(
      local.state,
      "SELECT id, title FROM content_items WHERE title IS NOT NULL ORDER BY engagement_score DESC, id LIMIT 1",
    );
    const item = await page(`/items/${id}`);
    expect(item.status).toBe(200);
    expect(item.text).toContain(String(title).replace(/\s+/g, " ").slice(0, 40));

    const [[author] = []] = query(
      local.state,
      "SELECT coalesce(display_name, username) FROM authors ORDER BY contributor_score DESC, id LIMIT 1",
    );
    expect((await page("/authors")).text).toContain(String(author));
    const [[roundup] = []] = query(local.state, "SELECT title FROM roundups");
    expect((await page("/roundup")).text).toContain(String(roundup));

    const key = String(jsonOf(pushed).syncKey);
    expect((await page("/admin")).status).toBe(303);
    expect((await page("/api/admin/ferry?view=runs")).status).toBe(401);
    const runs = await page("/api/admin/ferry?view=runs", await logInto(production));
    expect(runs.text).toContain(key);
    expect(runs.text).toContain("completed");
  });

  it.each(["/nowhere", "/items/1/nowhere", "/favicon.ico"])("know nothing of %s", async (path) => {
    const { status, text } = await page(path);
    expect(status).toBe(404);
    expect(text).toContain("There is nothing here");
  });

  it("come with their style sheet", async () => {
    const [, href = ""] = /<link rel="stylesheet" href="([^"]+)"/.exec((await page("/")).text) ?? [];
    const sheet = await page(href);
    expect(sheet.status).toBe(200);
    expect(sheet.text.length).toBeGreaterThan(500);
  });
});
