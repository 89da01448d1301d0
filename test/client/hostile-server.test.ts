import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type ClientOptions, createClient, type FerryClient } from "../../src/client/index.ts";
import { exportAnswer, statusAnswer, syncAnswer, USAGE } from "../support/answers.ts";
import {
  flood,
  type HostileServer,
  sendJson,
  startHostileServer,
  trickle,
} from "../support/hostile-server.ts";

const MiB = 1024 * 1024;
const QUICK = { retry: { retries: 1, minDelay: 1, maxDelay: 2 }, timeout: 1500, idleTimeout: 300 };

let server: HostileServer;
afterEach(() => server.close());

async function against(
  answer: Parameters<typeof startHostileServer>[0],
  options: Partial<ClientOptions> = {},
): Promise<FerryClient> {
  server = await startHostileServer(answer);
  return createClient({ baseUrl: server.url, ...QUICK, ...options });
}

const read = async (stream: ReadableStream<Uint8Array>) =>
  Buffer.from(await new Response(stream).arrayBuffer());

describe("An answer that is too long", () => {
  it("is not read where it says so itself", async () => {
    let written = 0;
    const client = await against(async (_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": 2 ** 40 });
      written += await flood(response, Buffer.alloc(64 * 1024, 0x20));
    });
    await expect(client.history()).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringMatching(/more than 8 MiB, .* the rest was not read/),
      transient: false,
    });
    expect(server.requests).toBe(1);
    // What the sockets' own buffers take.
    expect(written * 64 * 1024).toBeLessThan(32 * MiB);
  });

  it("is read as far as it may go where it does not", async () => {
    let written = 0;
    const answer = async (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { "content-type": "application/json" });
      written += await flood(response, Buffer.alloc(64 * 1024, 0x20));
    };
    const client = await against(answer, { timeout: 20_000 });
    await expect(client.openapi()).rejects.toMatchObject({
      code: "UNREACHABLE",
      details: { maxBytes: 8 * MiB },
    });
    await expect(client.startUpload()).rejects.toMatchObject({ details: { maxBytes: 4 * MiB } });
    expect(written * 64 * 1024).toBeLessThan(64 * MiB);
  });

  it("is not unpacked either", async () => {
    const bomb = gzipSync(Buffer.alloc(256 * MiB, 0x20));
    const client = await against(
      (_request, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
        response.end(bomb);
      },
      { timeout: 20_000 },
    );
    await expect(client.history()).rejects.toMatchObject({
      code: "UNREACHABLE",
      details: { maxBytes: 8 * MiB },
    });
  });

  it("is cut where it is an error's page, and so are an error's words", async () => {
    let client = await against(async (_request, response) => {
      response.writeHead(500, { "content-type": "text/html" });
      await flood(response, Buffer.alloc(64 * 1024, 0x41));
    });
    await expect(client.history()).rejects.toMatchObject({ code: "UNREACHABLE", details: { status: 500 } });
    await server.close();
    client = await against((_request, response) => {
      sendJson(
        response,
        { error: "e".repeat(900_000), code: "INVALID_REQUEST", hint: "h".repeat(9000) },
        400,
      );
    });
    const error = await client.history().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "INVALID_REQUEST" });
    expect((error as Error).message).toHaveLength(4001);
    expect((error as { hint: string }).hint).toHaveLength(4001);
  });
});

describe("A server that makes no progress", () => {
  it("is given up when its answer trickles", async () => {
    const client = await against((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      return trickle(response, Buffer.from(" "), 20);
    });
    await expect(client.history()).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("did not answer in time"),
    });
    expect(server.requests).toBe(2);
  });

  const processing = (progress: object, more: object = {}) =>
    syncAnswer({ status: "processing", progress, ...more });

  it("is given up when it goes on answering that it is at work, in ever other words", async () => {
    let message = 0;
    const client = await against((_request, response) =>
      sendJson(
        response,
        processing({ recordsProcessed: 7, currentTable: `t${message}` }, { message: `${message++}` }),
        202,
      ),
    );
    await expect(client.sync({ syncKey: "sync-1" })).rejects.toMatchObject({
      code: "NO_PROGRESS",
      message: expect.stringMatching(/answered "processing" 60 times and got no further/),
      hint: expect.stringContaining("What was done is kept"),
      details: { progress: { recordsProcessed: 7 } },
    });
    expect(server.requests).toBe(61);
  });

  it("is given up when its counts go to and fro", async () => {
    let turn = 0;
    const client = await against((_request, response) =>
      sendJson(
        response,
        exportAnswer({ status: "processing", progress: { recordsProcessed: turn++ % 2 } }),
        202,
      ),
    );
    await expect(client.export({ newKey: "export-1" })).rejects.toMatchObject({ code: "NO_PROGRESS" });
    expect(server.requests).toBeLessThan(200);
  });

  it("is followed for as long as it gets on, also after new beginnings", async () => {
    let turn = 0;
    const client = await against((_request, response) => {
      turn++;
      const status = turn === 300 ? "completed" : "processing";
      sendJson(response, { ...processing({ recordsProcessed: turn % 100 }), status }, 202);
    });
    await expect(client.sync({ syncKey: "sync-1" })).resolves.toMatchObject({ status: "completed" });
  });

  it("is given up when every request fails and its status goes to and fro", async () => {
    let turn = 0;
    const client = await against((request, response) => {
      if (request.method === "POST") {
        response.writeHead(503, { "content-type": "application/json", "retry-after": "0" });
        response.end(JSON.stringify({ error: "D1 is busy", code: "DATABASE_ERROR" }));
        return;
      }
      sendJson(response, statusAnswer({ progress: { recordsProcessed: turn++ % 2 } }));
    });
    await expect(client.sync({ syncKey: "sync-1" })).rejects.toMatchObject({ code: "DATABASE_ERROR" });
    expect(server.requests).toBeLessThan(200);
  });

  it("is given up when it says for ever that there is more to prune", async () => {
    const client = await against((_request, response) =>
      sendJson(response, {
        success: true,
        dryRun: false,
        pruned: [{ key: "sync-1", kind: "sync", bytes: 1, ageMs: 1, reason: "r".repeat(MiB) }],
        more: true,
        message: "",
        usage: USAGE,
      }),
    );
    await expect(client.prune()).resolves.toMatchObject({ more: true });
    expect(server.requests).toBeLessThan(40);
  });
});

describe("A download", () => {
  const archive = (response: ServerResponse, headers: object, status = 200) =>
    response.writeHead(status, { "content-type": "application/gzip", etag: '"one"', ...headers });

  /** The rest of so many bytes, from where it was asked for. */
  const rest = (request: IncomingMessage, response: ServerResponse, size: number) => {
    const from = Number(/bytes=(\d+)/.exec(request.headers.range ?? "")?.[1] ?? 0);
    archive(response, { "content-range": `bytes ${from}-${size - 1}/${size}` }, 206);
  };

  it("ends where its server falls silent", async () => {
    const client = await against((request, response) => {
      rest(request, response, 1000);
      response.write("begin");
    });
    const { stream } = await client.downloadArchive("k");
    await expect(read(stream)).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("fell silent: no byte in 1 s"),
    });
    expect(server.requests).toBeLessThanOrEqual(4);
  });

  it("ends where its server trickles", async () => {
    const client = await against((request, response) => {
      rest(request, response, 10 * MiB);
      return trickle(response, Buffer.from("."), 20);
    });
    const { stream } = await client.downloadArchive("k");
    await expect(read(stream)).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("sends less than 16 KiB"),
    });
  });

  it("ends where its server sends a byte a request", async () => {
    const client = await against((request, response) => {
      const from = Number(/bytes=(\d+)/.exec(request.headers.range ?? "")?.[1] ?? 0);
      archive(response, { "content-range": `bytes ${from}-${from}/${10 * MiB}` }, 206);
      response.end(".");
    });
    const { stream } = await client.downloadArchive("k");
    await expect(read(stream)).rejects.toMatchObject({ code: "UNREACHABLE" });
    expect(server.requests).toBeLessThan(10);
  });

  it("takes no byte more than was announced", async () => {
    const client = await against(async (_request, response) => {
      archive(response, { "content-range": `bytes 0-99/100` }, 206);
      await flood(response, Buffer.alloc(1024));
    });
    const { stream, size } = await client.downloadArchive("k");
    expect(size).toBe(100);
    await expect(read(stream)).rejects.toMatchObject({
      code: "BUCKET_ERROR",
      message: expect.stringContaining("sent more than it announced"),
    });
  });

  it("takes no byte more than the export announced, where the answer itself announces none", async () => {
    const client = await against(async (_request, response) => {
      archive(response, {});
      await flood(response, Buffer.alloc(1024));
    });
    const { stream } = await client.downloadArchive("k", { bytes: 5000 });
    await expect(read(stream)).rejects.toMatchObject({ code: "BUCKET_ERROR" });
  });

  it("is refused where the answer announces another size than the export did", async () => {
    const client = await against((_request, response) => {
      archive(response, { "content-length": 2 ** 40 });
      response.write("x");
    });
    await expect(client.downloadArchive("k", { bytes: 5000 })).rejects.toMatchObject({
      code: "BUCKET_ERROR",
    });
  });

  it.each([
    "bytes 0-9999999999999999999/10000000000000000000",
    "bytes 0-4999/100",
    "bytes 5-4/10",
    "bytes 7-9/10",
    "bytes -1-5/10",
    "nonsense",
    "bytes 0-33554432/33554433",
  ])("is refused where the answer's range is %s", async (range) => {
    const client = await against((_request, response) => {
      archive(response, { "content-range": range }, 206);
      response.write("x");
    });
    await expect(client.downloadArchive("k")).rejects.toMatchObject({ code: "BUCKET_ERROR" });
  });

  it("may be read as slowly as its reader likes", async () => {
    const bytes = Buffer.alloc(300_000, 7);
    const client = await against((_request, response) => {
      archive(response, { "content-length": bytes.length });
      response.end(bytes);
    });
    const { stream } = await client.downloadArchive("k");
    let length = 0;
    for await (const chunk of stream) {
      length += chunk.length;
      if (length < 200_000) await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(length).toBe(bytes.length);
  });
});
