import { archiveToJson, isArchive } from "../../archive/reader.ts";
import type { ByteSource } from "../../archive/types.ts";
import { type FerryKey, objectName } from "../../bucket/keys.ts";
import type { ObjectBody, ObjectInfo } from "../../bucket/port.ts";
import { bucketSource } from "../../bucket/source.ts";
import { FerryError } from "../../errors.ts";
import { answerStream } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import { requireKey } from "../input.ts";
import { type ResolvedRange, resolveRange } from "../range.ts";
import { unknownKey } from "./sync.ts";

/**
 * Streams a document: as plain JSON, or with `format=archive` the object as it is stored, by range
 * where one is asked for.
 */
export async function downloadDocument(exchange: Exchange): Promise<Response> {
  const { bucket, url } = exchange;
  const key = requireKey(Object.fromEntries(url.searchParams), "exportKey", "syncKey");
  const source = await bucketSource(bucket, objectName(key));
  if (source === null) throw unknownKey(key);
  const compressed = await isArchive(source);
  switch (url.searchParams.get("format") ?? "json") {
    case "json":
      return asJson(source, key, compressed);
    case "archive":
      return asStored(exchange, key, compressed);
    default:
      throw new FerryError("INVALID_REQUEST", '"format" has to be "json" or "archive"', {
        details: { field: "format" },
      });
  }
}

async function asJson(source: ByteSource, key: string, compressed: boolean): Promise<Response> {
  const stream = compressed ? archiveToJson(source) : await source.stream(0);
  return answerStream(stream, {
    headers: {
      "content-type": "application/json; charset=utf-8",
      "content-disposition": `attachment; filename="${key}.json"`,
    },
  });
}

async function asStored(
  { bucket, request }: Exchange,
  key: FerryKey,
  compressed: boolean,
): Promise<Response> {
  const name = objectName(key);
  const info = await bucket.head(name);
  if (info === null) throw unknownKey(key);
  const range = isCurrent(request, info) ? resolveRange(request.headers.get("range"), info.size) : null;
  const object = await bucket.get(name, range ?? undefined);
  if (object === null) throw unknownKey(key);
  return answerStream(object.body, {
    status: range === null ? 200 : 206,
    headers: { ...storedHeaders(key, compressed), ...rangeHeaders(object, range) },
  });
}

function storedHeaders(key: string, compressed: boolean): Record<string, string> {
  return {
    "content-type": compressed ? "application/gzip" : "application/json; charset=utf-8",
    "content-disposition": `attachment; filename="${key}.json${compressed ? ".gz" : ""}"`,
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
