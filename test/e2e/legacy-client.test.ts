import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { completeHistory, countRows, expectEqualTables, history } from "./support/expect-equal.ts";
import { logInto, type Production, startProduction } from "./support/production.ts";

/** A client that knows no more than what the guide says of the answers. */
interface Answer {
  exportKey?: string;
  stats?: { table: string; count: number }[];
  syncKey?: string;
  uploadId?: string;
  etag?: string;
  results?: Record<string, unknown>;
  status?: string | { status: string; results: Record<string, unknown>; error: string | null };
  error?: string;
}

interface Document {
  version: number;
  data: Record<string, Record<string, unknown>[]>;
}

const CHUNK = 10 * 1024 * 1024;
const LOCAL = inject("shared").local.url;

let production: Production;
let cookie: string;
let document: Document;

beforeAll(async () => {
  production = await startProduction();
  cookie = await logInto(production);
  const { exportKey } = await post(`${LOCAL}/api/admin/r2-sync`, { operation: "export" });
  const response = await fetch(`${LOCAL}/api/admin/r2-sync?operation=download&exportKey=${exportKey}`);
  document = (await response.json()) as Document;
});
afterAll(() => production.server.stop());

async function post(url: string, body: object): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Cookie: url.startsWith(LOCAL) ? "" : cookie },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Answer;
}

/** Sends text in parts and imports it. Answers how many parts it took, and what the status says in the end. */
async function upload(text: string) {
  const multipart = `${production.url}/api/admin/multipart-upload`;
  const { syncKey, uploadId } = await post(multipart, { action: "start" });
  const bytes = new TextEncoder().encode(text);
  const parts: { partNumber: number; etag: string | undefined }[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const partNumber = parts.length + 1;
    const query = `key=${syncKey}&uploadId=${encodeURIComponent(uploadId ?? "")}&partNumber=${partNumber}`;
    const response = await fetch(`${multipart}?${query}`, {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream", Cookie: cookie },
      body: bytes.subarray(start, start + CHUNK),
    });
    const { etag } = (await response.json()) as Answer;
    parts.push({ partNumber, etag });
  }
  await post(multipart, { action: "complete", key: syncKey, uploadId, parts });
  return { syncKey: syncKey as string, parts: parts.length };
}

async function importAndPoll(syncKey: string) {
  const sync = `${production.url}/api/admin/r2-sync`;
  let synced = await post(sync, { operation: "sync", syncKey });
  // A slow machine takes turns, as the guide says.
  while (synced.status === "processing") synced = await post(sync, { operation: "sync", syncKey });
  for (;;) {
    const response = await fetch(`${sync}?syncKey=${syncKey}`, { headers: { Cookie: cookie } });
    const { status } = (await response.json()) as Answer;
    if (typeof status !== "object") throw new Error(`no status: ${JSON.stringify(synced)}`);
    if (status.status === "completed" || status.status === "failed") return { synced, status };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe("a client that takes the answers as the guide describes them", () => {
  it("exports, and reads the download as JSON with a version and data", () => {
    expect(document.version).toBe(1);
    expect(document.data.authors).toHaveLength(7014);
    expect(document.data.content_items?.[0]).toMatchObject({ id: 1, platform: expect.any(String) });
  });

  it("filters data to one table and sends it back, with all else that the download had", async () => {
    const filtered = { ...document, version: 10, data: { authors: document.data.authors } };
    const { syncKey } = await upload(JSON.stringify(filtered));
    const { synced, status } = await importAndPoll(syncKey);
    expect(synced).toMatchObject({ success: true, syncKey, results: { authors: { inserted: 7014 } } });
    expect(status).toMatchObject({ status: "completed", error: null, results: synced.results });
    expectEqualTables(production.state, ["authors"]);
    expect(history(production.state)).toEqual([["authors", 10, 7014]]);
  });

  it("slices rows, with nothing around them but a version", async () => {
    const rows = (document.data.content_items ?? []).slice(0, 100);
    const { syncKey } = await upload(JSON.stringify({ version: 11, data: { content_items: rows } }));
    const { status } = await importAndPoll(syncKey);
    expect(status).toMatchObject({ status: "completed", results: { content_items: { inserted: 100 } } });
    expect(countRows(production.state)).toMatchObject({ authors: 7014, content_items: 100, insights: 0 });
  });

  it("sends everything in parts of 10 MB, laid out over many lines", async () => {
    const text = JSON.stringify({ ...document, version: 12 }, null, 2);
    const { syncKey, parts } = await upload(text);
    expect(parts).toBe(2);
    const { status } = await importAndPoll(syncKey);
    expect(status).toMatchObject({
      status: "completed",
      results: {
        authors: { inserted: 0, unchanged: 7014 },
        content_items: { inserted: 9152, unchanged: 100 },
        roundup_items: { inserted: 17 },
      },
    });
    expectEqualTables(production.state);
    expect(history(production.state).slice(2)).toEqual(completeHistory(12));
  });

  it("is told when a version is there already", async () => {
    const { syncKey } = await upload(JSON.stringify({ ...document, version: 12 }));
    const sync = await post(`${production.url}/api/admin/r2-sync`, { operation: "sync", syncKey });
    expect(sync.error).toContain("Already synced");
    expect(history(production.state).slice(2)).toEqual(completeHistory(12));
  });
});
