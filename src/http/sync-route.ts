import { checkInput, unknownOperation } from "../api/input.ts";
import { describeApi } from "../api/openapi.ts";
import { dropRequest, exportRequest, pruneRequest, syncRequest, uploadRequest } from "../api/requests.ts";
import { readDocumentOutline } from "../archive/document.ts";
import { hasGzipMagic } from "../archive/member.ts";
import { bytesSource } from "../archive/source.ts";
import type { Bytes } from "../bytes.ts";
import { dropKey } from "../operations/drop.ts";
import { exportToBucket } from "../operations/export.ts";
import { listHistory } from "../operations/history.ts";
import type { Exchange } from "../operations/invocation.ts";
import { listObjects } from "../operations/list.ts";
import { pruneStale } from "../operations/prune.ts";
import { readStatus } from "../operations/status.ts";
import { syncFromBucket } from "../operations/sync.ts";
import { uploadDocument } from "../operations/upload.ts";
import { answerJson } from "./answer.ts";
import { parseObject, readBody } from "./body.ts";
import { downloadDocument } from "./download-route.ts";
import { explain } from "./explain.ts";
import { withHints } from "./hints.ts";

const POST_OPERATIONS = ["export", "upload", "sync", "drop", "prune"] as const;
const GET_OPERATIONS = ["download", "status", "list", "history", "openapi"] as const;

/** A command is far smaller than this, bytes; a larger body is a document, and is not parsed whole. */
const MAX_COMMAND_BYTES = 64 * 1024;

/** `GET`: reads. Without parameters it explains itself; `?syncKey=` alone asks for a run's status. */
export async function answerSyncGet(exchange: Exchange): Promise<Response> {
  const { base, url } = exchange;
  const answer = async (body: object | Promise<object>) =>
    answerJson(withHints(await body), { usage: exchange.meter.read() });
  const operation = url.searchParams.get("operation");
  switch (operation) {
    case "download":
      return downloadDocument(exchange);
    case "status":
      return answer(readStatus(exchange));
    case "list":
      return answer(listObjects(exchange));
    case "history":
      return answer(listHistory(exchange));
    case "openapi":
      return answerJson(describeApi(base));
    case null:
      if (url.searchParams.has("syncKey") || url.searchParams.has("exportKey")) {
        return answer(readStatus(exchange));
      }
      return answerJson(explain(base, exchange.platform));
    default:
      throw unknownOperation("operation", operation, GET_OPERATIONS);
  }
}

/** `POST {"operation": …}`, or a document as the body itself, whatever its content type says. */
export async function answerSyncPost(exchange: Exchange): Promise<Response> {
  const bytes = await readBody(exchange.request);
  const body = await act(exchange, bytes);
  const processing = "status" in body && body.status === "processing";
  return answerJson(body, { status: processing ? 202 : 200, usage: exchange.meter.read() });
}

async function act(exchange: Exchange, bytes: Bytes): Promise<object> {
  if (await isDocument(bytes)) return uploadDocument(exchange, bytes);
  const body = parseObject(bytes);
  const hasRows = typeof body.data === "object" && body.data !== null;
  switch (body.operation) {
    case "export":
      // A document may say of itself that it came from an export.
      if (hasRows) return uploadDocument(exchange, bytes);
      return exportToBucket(exchange, checkInput(exportRequest, body));
    case "upload":
      checkInput(uploadRequest, body);
      return uploadDocument(exchange, bytes);
    case "sync":
      return syncFromBucket(exchange, checkInput(syncRequest, body));
    case "drop":
      return dropKey(exchange, checkInput(dropRequest, body));
    case "prune":
      return pruneStale(exchange, checkInput(pruneRequest, body));
    case undefined:
      if (hasRows) return uploadDocument(exchange, bytes);
      throw unknownOperation("operation", undefined, POST_OPERATIONS);
    default:
      throw unknownOperation("operation", body.operation, POST_OPERATIONS);
  }
}

/** Whether the body is surely a document to upload, found without holding its rows in memory. */
async function isDocument(bytes: Bytes): Promise<boolean> {
  if (hasGzipMagic(bytes)) return true;
  if (bytes.byteLength <= MAX_COMMAND_BYTES) return false;
  try {
    const { operation } = await readDocumentOutline(bytesSource(bytes));
    return operation === undefined || operation === "upload" || operation === "export";
  } catch (error) {
    // What is no JSON at all is told so, the same for small and large bodies.
    parseObject(bytes);
    throw error;
  }
}
