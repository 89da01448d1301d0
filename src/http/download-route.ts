import { requireKey } from "../api/input.ts";
import type { Input } from "../api/routes.ts";
import { gunzip } from "../archive/gzip.ts";
import { hasGzipMagic } from "../archive/member.ts";
import { archiveToJson, isArchive, openArchive } from "../archive/reader.ts";
import { schemaTables } from "../archive/schema-tables.ts";
import { readPieces, toStream } from "../archive/source.ts";
import type { ByteSource } from "../archive/types.ts";
import { type FerryKey, isUndoKey, objectName } from "../bucket/keys.ts";
import type { ObjectBody, ObjectInfo } from "../bucket/port.ts";
import { bucketSource } from "../bucket/source.ts";
import { requireTables } from "../operations/caller.ts";
import { requireOwnObjects } from "../operations/ownership.ts";
import { unknownKey } from "../operations/unknown-key.ts";
import { answerStream } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { type ResolvedRange, resolveRange } from "./range.ts";

/**
 * Streams a document: as plain JSON, or with `format=archive` the object as it is stored, by range
 * where one is asked for.
 */
export async function downloadDocument(exchange: Exchange, input: Input<"download">): Promise<Response> {
  const key = requireKey(input, "exportKey", "syncKey");
  await requireOwnObjects(exchange.invocation, key);
  const source = await bucketSource(exchange.invocation.bucket, objectName(key));
  if (source === null) throw unknownKey(key);
  if (isUndoKey(key)) await requireImaged(exchange, source);
  return input.format === "archive" ? asStored(exchange, source, key) : asJson(source, key);
}

/** Rows as they were before a sync are what an export of their tables would have been. */
async function requireImaged({ invocation: { caller } }: Exchange, source: ByteSource): Promise<void> {
  const { header } = await openArchive(source);
  requireTables(
    caller,
    schemaTables(header.schema).map(({ name }) => name),
    "neverExport",
  );
}

const JSON_TYPE = "application/json; charset=utf-8";

async function asJson(source: ByteSource, key: FerryKey): Promise<Response> {
  return answerStream(await begun(await openJson(source)), {
    headers: {
      "content-type": JSON_TYPE,
      "content-disposition": `attachment; filename="${key}.json"`,
    },
  });
}

async function openJson(source: ByteSource): Promise<ReadableStream<Uint8Array>> {
  if (await isArchive(source)) return archiveToJson(source);
  return (await isGzip(source)) ? toStream(gunzip(readPieces(source, 0))) : source.stream(0);
}

/**
 * The stream, once its first bytes are there: what cannot be read at all is then still an error
 * with its code, and not an answer that breaks off.
 */
async function begun(stream: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const reader = stream.getReader();
  let next: ReadableStreamReadResult<Uint8Array> | null = await reader.read();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = next ?? (await reader.read());
        next = null;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

async function asStored(exchange: Exchange, source: ByteSource, key: FerryKey): Promise<Response> {
  const { request, invocation } = exchange;
  const { bucket } = invocation;
  const name = objectName(key);
  const info = await bucket.head(name);
  if (info === null) throw unknownKey(key);
  const range = isCurrent(request, info) ? resolveRange(request.headers.get("range"), info.size) : null;
  const gzip = await isGzip(source);
  const object = await bucket.get(name, range ?? undefined);
  if (object === null) throw unknownKey(key);
  return answerStream(object.body, {
    status: range === null ? 200 : 206,
    headers: { ...storedHeaders(key, gzip ? "application/gzip" : JSON_TYPE), ...rangeHeaders(object, range) },
  });
}

async function isGzip(source: ByteSource): Promise<boolean> {
  return hasGzipMagic(await source.read(0, Math.min(2, source.size)));
}

function storedHeaders(key: FerryKey, type: string): Record<string, string> {
  return {
    "content-type": type,
    "content-disposition": `attachment; filename="${key}.json${type === JSON_TYPE ? "" : ".gz"}"`,
    "accept-ranges": "bytes",
  };
}

function rangeHeaders({ info }: ObjectBody, range: ResolvedRange | null): Record<string, string> {
  const etag = quoted(info.etag);
  if (range === null) return { etag, "content-length": String(info.size) };
  const { offset, length } = range;
  return {
    etag,
    "content-length": String(length),
    "content-range": `bytes ${offset}-${offset + length - 1}/${info.size}`,
  };
}

/** A range of an object that was replaced since (`If-Range`) would join two files: all of it then. */
function isCurrent(request: Request, info: ObjectInfo): boolean {
  const expected = request.headers.get("if-range");
  return expected === null || expected === quoted(info.etag);
}

function quoted(etag: string): string {
  return `"${etag.replaceAll('"', "")}"`;
}
