import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES } from "../../src/api/requests.ts";
import { drainRefused, openBody, parseObject } from "../../src/http/body.ts";

const readBody = async (request: Request, limit?: number) => (await openBody(request, 100)).read(limit);

function post(body: BodyInit, headers: Record<string, string> = {}) {
  return new Request("https://app.example/", {
    method: "POST",
    body,
    headers,
    duplex: "half",
  } as RequestInit);
}

/** Yields until it is cancelled, and counts what was asked for. */
function endless(chunkBytes: number) {
  const seen = { chunks: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.chunks += 1;
        controller.enqueue(new Uint8Array(chunkBytes));
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { seen, stream };
}

describe("a body", () => {
  it("is read whole up to the limit", async () => {
    const bytes = await readBody(post(new Uint8Array(1000).fill(7)), 1000);
    expect(bytes).toEqual(new Uint8Array(1000).fill(7));
  });

  it("that breaks off is the sender's fault, not the app's", async () => {
    const chunks = [new TextEncoder().encode('{"operation":')].values();
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const { done, value } = chunks.next();
        if (done) controller.error(new Error("aborted"));
        else controller.enqueue(value);
      },
    });
    await expect(readBody(post(stream))).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      status: 400,
      message: expect.stringContaining("ended before it was complete"),
    });
  });

  it("above the limit is refused, and no more of it is read", async () => {
    const { seen, stream } = endless(1000 * 1000);
    const refused = readBody(post(stream), 1000 * 1000);
    await expect(refused).rejects.toMatchObject({ code: "CONTENT_TOO_LARGE", status: 413 });
    expect(seen).toEqual({ chunks: 2, cancelled: false });
  });

  it("that announces more than what is read first is not read at all until it is wanted", async () => {
    const { seen, stream } = endless(1000);
    const request = post(stream, { "content-length": "5000" });
    const body = await openBody(request, 1000);
    expect(body.isLarger).toBe(true);
    expect(seen.chunks).toBe(0);
  });

  it("is read on from where its beginning ended", async () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i);
    const chunks = [bytes.slice(0, 600), bytes.slice(600, 1800), bytes.slice(1800)].values();
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const { done, value } = chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
    const body = await openBody(post(stream), 1000);
    expect(body.isLarger).toBe(true);
    expect(await body.read()).toEqual(bytes);
  });

  it("that announces more than the limit is refused unread", async () => {
    const { seen, stream } = endless(1000 * 1000);
    const request = post(stream, { "content-length": String(MAX_BODY_BYTES + 1) });
    await expect(readBody(request)).rejects.toMatchObject({ code: "CONTENT_TOO_LARGE" });
    expect(seen).toEqual({ chunks: 0, cancelled: false });
  });

  it.each([
    ["may not be sent, as far as a megabyte", 403, 1],
    ["is too large, as far as 100 megabytes", 413, 100],
  ])("that %s is thrown away, so that its sender sees why", async (_, status, megabytes) => {
    const { seen, stream } = endless(100 * 1000);
    const request = post(stream);
    await expect(readBody(request, 1000)).rejects.toMatchObject({ code: "CONTENT_TOO_LARGE" });
    const before = seen.chunks;
    await drainRefused(request, status);
    expect(seen).toEqual({ chunks: before + megabytes * 10, cancelled: true });
  });

  it("that is refused and does not come is waited for a second", async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => {}),
      cancel() {
        cancelled = true;
      },
    });
    const before = performance.now();
    await drainRefused(post(stream), 403);
    expect(performance.now() - before).toBeLessThan(3000);
    expect(cancelled).toBe(true);
  });

  it("that announces less than it has is counted all the same", async () => {
    const { stream } = endless(64 * 1024);
    const request = post(stream, { "content-length": "10" });
    await expect(readBody(request, 1024 * 1024)).rejects.toMatchObject({ code: "CONTENT_TOO_LARGE" });
  });

  it("says in its refusal how to upload in parts", async () => {
    await expect(readBody(post("xx"), 1)).rejects.toMatchObject({
      message: "Content too large",
      hint: expect.stringContaining("multipart-upload"),
      details: { limitBytes: 1 },
    });
  });
});

describe("a command", () => {
  const parse = (text: string) => parseObject(new TextEncoder().encode(text));

  it("is a JSON object, with or without a byte order mark", () => {
    expect(parse('{"operation":"export"}')).toEqual({ operation: "export" });
    expect(parse('\uFEFF{"operation":"export"}')).toEqual({ operation: "export" });
  });

  it.each(["", "{", "operation=export", "{'operation':'export'}", '{"operation":"export"} x'])(
    "is not %j",
    (text) => expect(() => parse(text)).toThrow(expect.objectContaining({ code: "INVALID_JSON" })),
  );

  it("is not text in another encoding than UTF-8", () => {
    const latin1 = new Uint8Array([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]);
    expect(() => parseObject(latin1)).toThrow(expect.objectContaining({ code: "INVALID_JSON" }));
  });

  it.each(["[]", "1", "null", '"export"', "true"])("is not %s, which is JSON but no object", (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
  });
});
