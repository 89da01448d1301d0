import { type ArchiveDownload, type DownloadOptions, downloadArchive, downloadDocument } from "./download.ts";
import { type CallOptions, type MultipartClient, multipartCalls } from "./multipart.ts";
import { type OperationsClient, operationCalls } from "./operations.ts";
import { createTransport, type TransportOptions } from "./transport.ts";

export interface ClientOptions extends TransportOptions {
  /** Milliseconds a download may be silent before it is reopened. @default 60000 */
  idleTimeout?: number;
}

export interface FerryClient extends OperationsClient, MultipartClient {
  readonly baseUrl: string;
  /** The plain JSON document, streamed. */
  download(key: string, options?: CallOptions): Promise<ReadableStream<Uint8Array>>;
  /** The archive as it is stored, streamed, from any byte on; resumes by itself. */
  downloadArchive(key: string, options?: DownloadOptions): Promise<ArchiveDownload>;
}

/**
 * Speaks to an app that carries d1-ferry. Refusals reject with the app's own FerryError; whatever
 * else stands in its place (a login page, a platform's error, no connection) with `UNREACHABLE`.
 */
export function createClient(options: ClientOptions): FerryClient {
  const transport = createTransport(options);
  const downloads = { transport, limits: { ...options.retry, idle: options.idleTimeout ?? 60_000 } };
  return {
    baseUrl: transport.baseUrl,
    ...operationCalls(transport),
    ...multipartCalls(transport),
    download: (key, call) => downloadDocument(downloads, key, call),
    downloadArchive: (key, call) => downloadArchive(downloads, key, call),
  };
}
