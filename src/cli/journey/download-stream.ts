import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DownloadOptions } from "../../client/download.ts";
import { bytes } from "../../numbers.ts";
import type { App } from "../places/app.ts";
import type { Session } from "./session.ts";

export interface DownloadStreamOptions {
  exportKey: string;
  /** Bytes of the archive, as the export said. */
  bytes: number;
  /** Called when the answer has come. */
  open(archive: Awaited<ReturnType<App["client"]["downloadArchive"]>>): Promise<Writable> | Writable;
  /** End the stream with the download. @default true */
  end?: boolean;
  /** Which byte to start at, and of which object. @default the first */
  from?: Pick<DownloadOptions, "offset" | "etag">;
}

/** Downloads an app's archive into a stream, with a bar. */
export async function downloadStream(
  { client }: App,
  { exportKey, bytes: announced, open, end = true, from = {} }: DownloadStreamOptions,
  { world, printer }: Pick<Session, "world" | "printer">,
): Promise<void> {
  const bar = printer.progress("Downloading");
  let received = from.offset ?? 0;
  let size: number | null = null;
  async function* counted(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      received += chunk.length;
      bar.update(size ? received / size : null, bytes(received));
      yield chunk;
    }
  }
  try {
    const archive = await client.downloadArchive(exportKey, {
      signal: world.signal,
      bytes: announced,
      ...from,
    });
    size = archive.size;
    const output = await open(archive);
    const body = Readable.fromWeb(archive.stream as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(body, counted, output, { end, signal: world.signal });
  } finally {
    bar.end();
  }
}
