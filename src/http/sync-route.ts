import { unknownOperation } from "../api/input.ts";
import { describeApi } from "../api/openapi.ts";
import { namesPackedType } from "../api/paths.ts";
import { NAME_FIELDS, type NamesOf, ROUTES, type RouteName } from "../api/routes.ts";
import { readDocumentOutline } from "../archive/document.ts";
import { hasGzipMagic } from "../archive/member.ts";
import { bytesSource } from "../archive/source.ts";
import { isUndoKey } from "../bucket/keys.ts";
import type { Bytes } from "../bytes.ts";
import { FerryError } from "../errors.ts";
import { requireCall, requirePermissions } from "../operations/caller.ts";
import { compareRows } from "../operations/compare.ts";
import { dropKey } from "../operations/drop.ts";
import { exportToBucket } from "../operations/export.ts";
import { readHealth } from "../operations/health.ts";
import { listHistory } from "../operations/history.ts";
import { listObjects } from "../operations/list.ts";
import { listPlannedRows } from "../operations/planned-rows.ts";
import { pruneStale } from "../operations/prune.ts";
import { listLog, recordAnswer } from "../operations/record.ts";
import { readStatus } from "../operations/status.ts";
import { syncFromBucket } from "../operations/sync.ts";
import { undoRun } from "../operations/undo.ts";
import { uploadDocument } from "../operations/upload.ts";
import { answerJson } from "./answer.ts";
import { MAX_COMMAND_BYTES, openBody, parseObject, unpackBody } from "./body.ts";
import { answerBody, answerCall, type Handlers, routeNamed, unnamedRoute } from "./call.ts";
import { downloadDocument } from "./download-route.ts";
import type { Exchange } from "./exchange.ts";
import { explain, explainBriefly } from "./explain.ts";
import { downloadPath, exportStep, statusStep, syncStep } from "./next-step.ts";

export const READS: Handlers<NamesOf<"r2-sync", "GET">> = {
  download: downloadDocument,
  async status({ invocation }, input) {
    const { status } = await readStatus(invocation, input);
    if (status.status !== "exporting") return { status };
    return { status: { ...status, message: `${status.message} ${exportStep(status.syncKey)}` } };
  },
  rows: ({ invocation }, input) => listPlannedRows(invocation, input),
  list: ({ invocation }, input) => listObjects(invocation, input),
  history: ({ invocation }, input) => listHistory(invocation, input),
  log: ({ invocation }, input) => listLog(invocation, input),
  health: ({ invocation }) => readHealth(invocation),
  openapi: async ({ base }) => answerJson(describeApi(base)),
};

/** `document` is the body as it came. */
export const writes = (document: Bytes): Handlers<NamesOf<"r2-sync", "POST">> => ({
  async export({ invocation, base, url }, input) {
    const exported = await exportToBucket(invocation, { ...input, name: url.host });
    const { exportKey, status, message } = exported;
    return status === "completed"
      ? { ...exported, downloadUrl: downloadPath(base, exportKey) }
      : { ...exported, message: `${message} ${exportStep(exportKey)}` };
  },
  upload: (exchange) => upload(exchange, document),
  async sync(exchange, input) {
    const { syncKey = "", exportKey = syncKey } = input;
    if (isUndoKey(exportKey)) exchange.asked = { name: "undo", input };
    const synced = await syncFromBucket(exchange.invocation, input);
    if (synced.driver === undefined) return synced;
    return { ...synced, message: `${synced.message} ${statusStep(synced.syncKey)}` };
  },
  async undo({ invocation }, input) {
    const undone = await undoRun(invocation, input);
    if (undone.driver === undefined) return undone;
    return { ...undone, message: `${undone.message} ${statusStep(undone.syncKey)}` };
  },
  compare: ({ invocation }, input) => compareRows(invocation, input),
  drop: ({ invocation }, input) => dropKey(invocation, input),
  prune: ({ invocation }, input) => pruneStale(invocation, input),
});

async function upload(exchange: Exchange, document: Bytes) {
  requireUpload(exchange);
  const { invocation, base } = exchange;
  const uploaded = await uploadDocument(invocation, document, exchange.url.searchParams.get("newKey"));
  return { ...uploaded, nextStep: syncStep(base, uploaded.syncKey) };
}

/** What a document may have as its operation: some say of themselves that they came from an export. */
const OF_DOCUMENTS: ReadonlySet<unknown> = new Set<RouteName | undefined>([undefined, "export"]);

/** `GET`: reads. Without parameters it explains itself, with `?brief` to a program; `?syncKey=` alone asks for a run's status. */
export async function answerSyncGet(exchange: Exchange): Promise<Response> {
  const sent = Object.fromEntries(exchange.url.searchParams);
  if (sent.operation !== undefined) {
    return answerCall(exchange, READS, { name: routeNamed("r2-sync", "GET", sent.operation), sent });
  }
  const name = unnamedRoute("r2-sync", "GET");
  const asked = Object.keys(ROUTES[name].request.entries).some((parameter) => parameter in sent);
  if (asked) return answerCall(exchange, READS, { name, sent });
  requirePermissions(exchange.invocation.caller, []);
  return answerJson(
    "brief" in sent ? explainBriefly(exchange.invocation) : explain(exchange.base, exchange.invocation),
  );
}

/** `POST {"operation": …}`, or a document as the body itself, whatever its content type says but that it is packed. */
export async function answerSyncPost(exchange: Exchange): Promise<Response> {
  if (namesPackedType(exchange.request.headers.get("content-type"))) return answerPacked(exchange);
  const body = await openBody(exchange.request, MAX_COMMAND_BYTES);
  // Only documents are that large, and who may not upload one need not send it.
  if (body.isLarger) requireUpload(exchange);
  const bytes = await body.read();
  if (body.isLarger || hasGzipMagic(bytes)) {
    await refuseOthers(bytes);
    return answerDocument(exchange, bytes);
  }
  const sent = parseObject(bytes);
  if (hasRows(sent) && OF_DOCUMENTS.has(sent.operation)) {
    return answerDocument(exchange, bytes);
  }
  const name = routeNamed("r2-sync", "POST", sent.operation);
  if ("data" in sent && name !== "upload" && name !== "export") throw ambiguous(name);
  return answerCall(exchange, writes(bytes), { name, sent });
}

/** Questions of a comparison. Who may not ask them need not send them, and nothing else is packed. */
async function answerPacked(exchange: Exchange): Promise<Response> {
  const name = "compare";
  exchange.asked = { name };
  requireCall(exchange.invocation.caller, name, {});
  const body = await openBody(exchange.request, MAX_COMMAND_BYTES);
  const bytes = await unpackBody(await body.read(MAX_COMMAND_BYTES), MAX_COMMAND_BYTES);
  const sent = parseObject(bytes);
  if (sent.operation !== name) throw unknownOperation(NAME_FIELDS["r2-sync"], sent.operation, [name]);
  return answerCall(exchange, writes(bytes), { name, sent });
}

/** Stores a document that came as the body itself. */
async function answerDocument(exchange: Exchange, document: Bytes): Promise<Response> {
  const uploaded = await upload(exchange, document);
  await recordAnswer(exchange.invocation, "upload", uploaded);
  return answerBody(exchange, uploaded);
}

function requireUpload(exchange: Exchange): void {
  exchange.asked = { name: "upload" };
  requireCall(exchange.invocation.caller, "upload", { data: {} });
}

/** A document that was uploaded by mistake with another's operation must not prune the bucket. */
function ambiguous(operation: unknown): FerryError {
  const asked = JSON.stringify(operation)?.slice(0, 60);
  return new FerryError(
    "INVALID_REQUEST",
    `The body is a document, with "data", and asks for ${asked} as well; nothing was done`,
    {
      hint: `To upload the document, remove its "operation"; for ${asked}, remove "data".`,
      details: { field: "operation" },
    },
  );
}

function hasRows({ data }: Record<string, unknown>): boolean {
  return typeof data === "object" && data !== null;
}

/** Refuses a large body that asks for something else as well, without holding its rows in memory. */
async function refuseOthers(bytes: Bytes): Promise<void> {
  if (hasGzipMagic(bytes)) return;
  try {
    const { operation } = await readDocumentOutline(bytesSource(bytes));
    if (!OF_DOCUMENTS.has(operation) && operation !== ("upload" satisfies RouteName))
      throw ambiguous(operation);
  } catch (error) {
    // What is no JSON at all is told so, the same for small and large bodies.
    parseObject(bytes);
    throw error;
  }
}
