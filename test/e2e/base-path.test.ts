import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { spawnCli } from "../support/cli.ts";
import { completeHistory, expectEqualTables, history } from "./support/expect-equal.ts";
import { logInto, type Production, startProduction } from "./support/production.ts";

const { folder, local } = inject("shared");

let production: Production;
beforeAll(async () => {
  production = await startProduction({ base: "/app" });
});
afterAll(() => production.server.stop());

describe('an app built with base "/app"', () => {
  it("answers below its base, and names its own addresses so", async () => {
    expect(production.url).toMatch(/\/app$/);
    const bare = await fetch(`${production.url}/api/admin/r2-sync`);
    expect([bare.status, await bare.json()]).toMatchObject([401, { code: "AUTHENTICATION_REQUIRED" }]);
    const headers = { Authorization: `Bearer ${production.token}` };
    const explained = await fetch(`${production.url}/api/admin/r2-sync`, { headers });
    expect(JSON.stringify(await explained.json())).toContain("POST /app/api/admin/multipart-upload");
  });

  it("is pushed to by its address with the base", async () => {
    const cwd = await mkdtemp(join(folder, "based-"));
    const env = { LOCAL_API: local.url, PROD_API: production.url, FERRY_TOKEN: production.token };
    const { code, stderr } = await spawnCli(["push", "--yes"], { cwd, env });
    expect(code, stderr).toBe(0);
    expectEqualTables(production.state);
    expect(history(production.state)).toEqual(completeHistory(1));
  });

  it("has a login that holds below the base, and a page that shows the data", async () => {
    const cookie = await logInto(production);
    const headers = { Cookie: cookie };
    const listed = await fetch(`${production.url}/api/admin/r2-sync?operation=history`, { headers });
    expect(listed.status).toBe(200);
    expect(await (await fetch(`${production.url}/`)).text()).toContain("25,537 rows");
  });
});
