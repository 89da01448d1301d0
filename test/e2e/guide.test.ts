import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createFirstAccount } from "../../scripts/demo/account.ts";
import { LEASE_MS } from "../../src/sync/run/lease.ts";
import { oneOf } from "../support/cases.ts";
import { completeHistory, expectEqualTables, history, ROWS, TABLES } from "./support/expect-equal.ts";
import { type Production, startProduction } from "./support/production.ts";
import { bash, bashJson } from "./support/shell.ts";

const shared = inject("shared");
const LOCAL = shared.local.url;

/** How a person is known to production, and the local app, which knows its developer. */
const [TOKEN, LOGIN, AT_HOME] = ["a bearer token", "the cookie of a login", "nothing, at home"];
const CHOSEN = oneOf([TOKEN, LOGIN, AT_HOME]);
const WAYS = CHOSEN.filter((way) => way !== AT_HOME);
let productions: Production[];

beforeAll(async () => {
  // Strangers try one in any case.
  productions = await Promise.all((WAYS.length === 0 ? [TOKEN] : WAYS).map(() => startProduction()));
});
afterAll(async () => {
  await Promise.all(productions.map(({ server }) => server.stop()));
});

/** A folder to work in, with a .curlrc of its own: the lines stay as they are, whoever one is. */
async function createDesk(curlrc: string) {
  const cwd = await mkdtemp(join(shared.folder, "guide-"));
  await writeFile(join(cwd, ".curlrc"), `silent\nshow-error\n${curlrc}`);
  return { cwd, env: { CURL_HOME: cwd } };
}

type Desk = Awaited<ReturnType<typeof createDesk>>;

/** Sends the lines, and what goes on from their answer as often as there is more to do: a slow machine takes turns. */
async function untilDone(
  line: string,
  desk: Desk,
  next: (answer: Record<string, unknown>) => string = () => line,
): Promise<Record<string, unknown>> {
  let answer = await bashJson(line, desk);
  while (answer.status === "processing") answer = await bashJson(next(answer), desk);
  return answer;
}

/** Every call a person makes who follows the guide by hand, in its order. */
async function followGuide(prod: string, desk: Desk): Promise<void> {
  const exportWith = (fields: string) => `curl -X POST ${LOCAL}/api/admin/r2-sync \\
  -H "Content-Type: application/json" \\
  -d '{"operation": "export"${fields}}' \\
  | jq .`;
  const exported = await untilDone(exportWith(""), desk, ({ exportKey }) =>
    exportWith(`, "exportKey": "${exportKey}"`),
  );
  expect(exported).toMatchObject({ success: true, status: "completed", version: 1 });
  expect(exported.exportKey).toMatch(/^export-\d+-/);
  const stats = exported.stats as { table: string; count: number }[];
  expect(stats.map(({ table }) => table).sort()).toEqual(TABLES.toSorted());
  expect(stats.reduce((sum, { count }) => sum + count, 0)).toBe(ROWS);

  await bash(
    `curl "${LOCAL}/api/admin/r2-sync?operation=download&exportKey=${exported.exportKey}" \\
  -o local-export.json`,
    desk,
  );
  expect(await bash("jq -r '.version, (.data | map(length) | add)' local-export.json", desk)).toBe(
    `1\n${ROWS}\n`,
  );

  const small = await bashJson(
    `curl -X POST ${prod}/api/admin/r2-sync \\
  -H "Content-Type: application/json" \\
  -d @local-export.json`,
    desk,
  );
  expect(small).toMatchObject({ success: true, nextStep: expect.stringContaining("sync") });
  expect((small.uploadedTables as string[]).toSorted()).toEqual(TABLES.toSorted());
  await syncAndAsk(prod, desk, small.syncKey as string, 1);

  await refusedAsTooLarge(prod, desk);
  const large = await uploadInParts(prod, desk);
  await syncAndAsk(prod, desk, large, 2);
}

/** Another version, laid out by jq: twice the size, and more than one request may carry. */
async function refusedAsTooLarge(prod: string, desk: Desk): Promise<void> {
  await bash("jq '.version = 2' local-export.json > large-export.json", desk);
  const status = await bash(
    `curl -o answer.json -w '%{http_code}' -X POST ${prod}/api/admin/r2-sync \\
  -H "Content-Type: application/json" \\
  --data-binary @large-export.json`,
    desk,
  );
  expect(status).toBe("413");
  expect(await bashJson("cat answer.json", desk)).toMatchObject({
    error: "Content too large",
    code: "CONTENT_TOO_LARGE",
    hint: expect.stringContaining("multipart"),
  });
}

async function uploadInParts(prod: string, desk: Desk): Promise<string> {
  const started = await bashJson(
    `curl -X POST ${prod}/api/admin/multipart-upload \\
  -H "Content-Type: application/json" \\
  -d '{"action": "start"}' \\
  | jq .`,
    desk,
  );
  const { syncKey, uploadId } = started as { syncKey: string; uploadId: string };
  expect(started).toMatchObject({ success: true, chunkSize: 10 * 1024 * 1024 });
  expect(syncKey).toMatch(/^sync-\d+-/);

  await bash("split -b 10m large-export.json chunk-", desk);
  const chunks = (await readdir(desk.cwd)).filter((name) => name.startsWith("chunk-")).sort();
  expect(chunks.length).toBeGreaterThan(1);
  const parts: { partNumber: number; etag: string }[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const query = `key=${syncKey}&uploadId=${uploadId}&partNumber=${index + 1}`;
    const sent = await bashJson(
      `curl -T ${chunk} -H 'Content-Type: application/octet-stream' \\
  "${prod}/api/admin/multipart-upload?${query}"`,
      desk,
    );
    expect(sent).toMatchObject({ success: true, partNumber: index + 1 });
    parts.push({ partNumber: index + 1, etag: sent.etag as string });
  }

  const completed = await bashJson(
    `curl -X POST ${prod}/api/admin/multipart-upload \\
  -H "Content-Type: application/json" \\
  -d '{
    "action": "complete",
    "key": "${syncKey}",
    "uploadId": "${uploadId}",
    "parts": ${JSON.stringify(parts)}
  }'`,
    desk,
  );
  expect(completed).toMatchObject({ success: true, syncKey });
  return syncKey;
}

async function syncAndAsk(prod: string, desk: Desk, syncKey: string, version: number): Promise<void> {
  const sync = `curl -X POST ${prod}/api/admin/r2-sync \\
  -H "Content-Type: application/json" \\
  -d '{
    "operation": "sync",
    "syncKey": "${syncKey}"
  }' \\
  | jq .`;
  const synced = await untilDone(sync, desk);
  expect(synced).toMatchObject({ success: true, syncKey, status: "completed", verified: true, version });
  expect(Object.keys(synced.results as object).sort()).toEqual(TABLES.toSorted());
  const { statements, ms } = synced.usage as { statements: number; ms: number };
  // A slow machine renews its lock, once in half a lease at the most.
  expect(statements - Math.floor(ms / (LEASE_MS / 2))).toBeLessThanOrEqual(50);

  const { status } = await bashJson(
    `curl "${prod}/api/admin/r2-sync?syncKey=${syncKey}" \\
  | jq .`,
    desk,
  );
  expect(status).toMatchObject({
    syncKey,
    status: "completed",
    error: null,
    results: synced.results,
    progress: { tablesProcessed: 7, totalTables: 7, recordsProcessed: ROWS, totalRecords: ROWS },
  });
  expect(await bashJson(sync, desk)).toMatchObject({
    error: expect.stringContaining("Already synced"),
    code: "ALREADY_SYNCED",
  });
}

const deskWithToken = ({ token }: Production) => createDesk(`header = "Authorization: Bearer ${token}"\n`);

async function deskWithLogin({ url, token }: Production): Promise<Desk> {
  const account = await createFirstAccount(url, token);
  const desk = await createDesk('cookie = "cookies.txt"\n');
  const status = await bash(
    `curl -o page.html -w '%{http_code}' -c cookies.txt ${url}/login \\
  -H 'Origin: ${url}' \\
  --data-urlencode 'username=${account.username}' --data-urlencode 'password=${account.password}'`,
    desk,
  );
  expect(status).toBe("303");
  return desk;
}

describe.concurrent("the guide's lines, by curl, in order", () => {
  it.each(WAYS.map((way, i) => [way, i] as const))("work in production with %s", async (way, i) => {
    const production = productions[i]!;
    await followGuide(production.url, await (way === TOKEN ? deskWithToken : deskWithLogin)(production));
    expectEqualTables(production.state);
    expect(history(production.state)).toEqual(completeHistory(1, 2));
  });

  it.runIf(CHOSEN.includes(AT_HOME))(
    "work against the local app itself, where a development user is signed in",
    async () => {
      await followGuide(LOCAL, await createDesk(""));
      // Other files push versions of their own into the local app.
      const own = history(shared.local.state).filter(([, version]) => Number(version) <= 2);
      expect(own).toEqual(completeHistory(1, 2));
    },
  );
});

describe("without credentials", () => {
  const KEY = "sync-1700000000000-k3v9x0a7b2qd";
  const JSON_BODY = "-H 'Content-Type: application/json' -d";

  it.each([
    ["the explanation", "r2-sync"],
    ["an export", `-X POST ${JSON_BODY} '{"operation":"export"}' r2-sync`],
    ["an upload", `-X POST ${JSON_BODY} '{"data":{"authors":[]}}' r2-sync`],
    ["a sync", `-X POST ${JSON_BODY} '{"operation":"sync","syncKey":"${KEY}"}' r2-sync`],
    ["a drop", `-X POST ${JSON_BODY} '{"operation":"drop","syncKey":"${KEY}"}' r2-sync`],
    ["a download", `r2-sync?operation=download&exportKey=${KEY}`],
    ["a status", `r2-sync?syncKey=${KEY}`],
    ["the list", "r2-sync?operation=list"],
    ["the history", "r2-sync?operation=history"],
    ["a method that there is not", "-X DELETE -H 'Content-Type: application/json' r2-sync"],
    ["the start of an upload", `-X POST ${JSON_BODY} '{"action":"start"}' multipart-upload`],
    ["a part", `-X PUT ${JSON_BODY} 'bytes' multipart-upload?key=${KEY}&uploadId=u&partNumber=1`],
    ["a completion", `-X POST ${JSON_BODY} '{"action":"complete","key":"${KEY}"}' multipart-upload`],
    ["an abortion", `-X POST ${JSON_BODY} '{"action":"abort","key":"${KEY}"}' multipart-upload`],
    ["a wrong token", `-H 'Authorization: Bearer ${"x".repeat(48)}' r2-sync`],
    ["a cookie of nobody", `-H 'Cookie: pulse_session=${"0".repeat(64)}' r2-sync`],
  ])("production answers 401 to %s", async (_name, line) => {
    const cut = line.lastIndexOf(" ") + 1;
    const request = `${line.slice(0, cut)}"${productions[0]?.url}/api/admin/${line.slice(cut)}"`;
    const desk = await createDesk("");
    expect(await bash(`curl -o answer.json -w '%{http_code}' ${request}`, desk)).toBe("401");
    expect(await bashJson("cat answer.json", desk)).toMatchObject({
      error: "Authentication required",
      code: "AUTHENTICATION_REQUIRED",
    });
  });
});
