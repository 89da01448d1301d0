import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Bytes } from "../../src/bytes.ts";

export interface HostileApp {
  readonly url: string;
  /** What it hands out as its export. */
  serve(archive: Bytes): void;
  close(): void;
}

/** An app on a real port that speaks d1-ferry's HTTP and hands out whatever it likes. */
export async function startHostileApp(): Promise<HostileApp> {
  let archive: Bytes = new Uint8Array();
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://app");
    if (searchParams.get("operation") === "download") {
      response.writeHead(200, {
        "content-type": "application/gzip",
        "content-length": archive.byteLength,
        etag: '"one"',
      });
      response.end(archive);
      return;
    }
    const asked = request.method === "POST" ? JSON.parse(await text(request)) : {};
    const exportKey = asked.newKey ?? "export-1700000000000-aaaaaaaaaaaa";
    const answer = {
      success: true,
      exportKey,
      status: "completed",
      version: 1,
      stats: [{ table: "notes", count: 2 }],
      bytes: archive.byteLength,
      downloadUrl: `/api/admin/r2-sync?operation=download&exportKey=${exportKey}`,
      message: "Exported.",
      notes: [],
      usage: { statements: 1, bucketOperations: 1, ms: 1 },
    };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve(bytes) {
      archive = bytes;
    },
    close: () => server.close(),
  };
}
