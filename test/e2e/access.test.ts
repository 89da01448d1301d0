import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logIn } from "../../scripts/demo/account.ts";
import { openD1 } from "../../scripts/demo/databases.ts";
import { CALLS, EVERY, requestOf } from "../attack/access/grants.ts";
import { ACCOUNT, logInto, type Production, startProduction } from "./support/production.ts";

let production: Production;
let editor: string;
let reader: string;

beforeAll(async () => {
  production = await startProduction();
  editor = await logInto(production);
  addReader(production.state);
  reader = await logIn(production.url, { ...ACCOUNT, username: "bob" });
});
afterAll(() => production?.server.stop());

/** An ordinary user, with the editor's password: the example has no page that makes one. */
function addReader(state: string): void {
  const found = openD1(state);
  const file = found.location() as string;
  found.close();
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec(`INSERT INTO users (username, email, password_hash, created_at)
    SELECT 'bob', 'bob@pulse.example', password_hash, created_at FROM users`);
  database.close();
}

const everything = () => {
  const database = openD1(production.state);
  try {
    return database.prepare("SELECT * FROM users ORDER BY id").all();
  } finally {
    database.close();
  }
};

async function ask(cookie: string, path: string, init: RequestInit = {}) {
  const origin = new URL(production.url).origin;
  const response = await fetch(production.url + path, {
    ...init,
    headers: { ...init.headers, cookie, origin },
  });
  return { status: response.status, text: await response.text() };
}

describe("the login of an ordinary user of the example app", () => {
  it.each(EVERY)("gets 403 to %s, %s, and the line that would allow it", async (name, _, call, attempt) => {
    const request = requestOf(name, call, { attempt, headers: { "content-type": "application/json" } });
    const url = new URL(request.url);
    const body = request.method === "GET" ? null : await request.arrayBuffer();
    const answer = await ask(reader, url.pathname + url.search, {
      method: request.method,
      body,
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({
      code: "FORBIDDEN",
      hint: expect.stringMatching(/users of d1Ferry in astro\.config.*ferry-users\.ts/),
    });
  });

  it("changes nothing, and is told so by the page", async () => {
    expect(everything()).toHaveLength(2);
    const { status, text } = await ask(reader, "/api/admin/ferry");
    expect(status).toBe(403);
    expect(text).toContain("bob may not do this");
    expect(text).toContain("ferry-users.ts");
  });
});

it("The first account's login may do everything", async () => {
  const { path } = CALLS.export;
  const headers = { "content-type": "application/json" };
  const exported = await ask(editor, `/api/admin/${path}`, {
    method: "POST",
    headers,
    body: '{"operation":"export"}',
  });
  expect(exported.status).toBe(200);
  const pruned = await ask(editor, `/api/admin/${path}`, {
    method: "POST",
    headers,
    body: '{"operation":"prune","dryRun":true}',
  });
  expect(pruned.status).toBe(200);
});
