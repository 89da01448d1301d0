import type {
  abortAnswer,
  Body,
  completeAnswer,
  partAnswer,
  partsAnswer,
  startAnswer,
} from "../api/answers.ts";
import { checkInput, requireCount, requireParameter, unknownOperation } from "../api/input.ts";
import { syncStep } from "../api/paths.ts";
import {
  type AbortRequest,
  abortRequest,
  type CompleteRequest,
  completeRequest,
  type StartRequest,
  startRequest,
} from "../api/requests.ts";
import { parseKey } from "../bucket/keys.ts";
import { createUploads } from "../bucket/uploads.ts";
import { FerryError } from "../errors.ts";
import type { Exchange } from "../operations/invocation.ts";
import { answerJson } from "./answer.ts";
import { MAX_BODY_BYTES, parseObject, readBody } from "./body.ts";

const ACTIONS = ["start", "complete", "abort"] as const;

/** `POST {"action": …}`: begins, completes or aborts an upload in parts. */
export async function answerMultipartPost(exchange: Exchange): Promise<Response> {
  const body = parseObject(await readBody(exchange.request, MAX_BODY_BYTES));
  const answered = await act(exchange, body);
  return answerJson(answered, { usage: exchange.meter.read() });
}

function act(exchange: Exchange, body: Record<string, unknown>): Promise<object> {
  switch (body.action) {
    case "start":
      return start(exchange, checkInput(startRequest, body));
    case "complete":
      return complete(exchange, checkInput(completeRequest, body));
    case "abort":
      return abort(exchange, checkInput(abortRequest, body));
    default:
      throw unknownOperation("action", body.action, ACTIONS);
  }
}

async function start(exchange: Exchange, input: StartRequest): Promise<Body<typeof startAnswer>> {
  const wanted = input.chunkSize ?? input.partSize;
  const { key, uploadId, partSize, expiresAt } = await createUploads(exchange.bucket).start({
    ...(wanted === undefined ? {} : { partSize: wanted }),
    ...(input.newKey === undefined ? {} : { key: input.newKey }),
  });
  return { success: true, syncKey: key, key, uploadId, chunkSize: partSize, expiresAt };
}

async function complete(exchange: Exchange, input: CompleteRequest): Promise<Body<typeof completeAnswer>> {
  const { uploadId, parts } = input;
  const { key, size, etag } = await createUploads(exchange.bucket).complete({
    key: parseKey(input.key),
    uploadId,
    parts,
  });
  return { success: true, syncKey: key, key, bytes: size, etag, nextStep: syncStep(exchange.base, key) };
}

async function abort(exchange: Exchange, input: AbortRequest): Promise<Body<typeof abortAnswer>> {
  const key = parseKey(input.key);
  const { aborted } = await createUploads(exchange.bucket).abort({ key, uploadId: input.uploadId });
  const message = aborted ? "The upload and its parts are gone." : "There was nothing left to abort.";
  return { success: true, key, aborted, message };
}

/** `PUT ?key&uploadId&partNumber`: one part; the body goes to the bucket as it comes. */
export async function answerMultipartPut(exchange: Exchange): Promise<Response> {
  const { request, url } = exchange;
  const reference = readReference(url);
  const partNumber = requireCount(url, "partNumber");
  const { etag, size } = await createUploads(exchange.bucket).part({
    ...reference,
    partNumber,
    body: request.body,
    length: readLength(request),
  });
  const answered: Body<typeof partAnswer> = { success: true, partNumber, etag, size };
  return answerJson(answered, { usage: exchange.meter.read() });
}

/** `GET ?key&uploadId`: which parts the bucket holds, for going on after a break. */
export async function answerMultipartGet(exchange: Exchange): Promise<Response> {
  const { key, uploadId } = readReference(exchange.url);
  const status = await createUploads(exchange.bucket).status(key);
  if (status.uploadId !== uploadId) {
    throw new FerryError("UPLOAD_NOT_FOUND", `${key} has no upload of this uploadId`, {
      hint: "Use the key and the uploadId of one and the same start.",
    });
  }
  const answered: Body<typeof partsAnswer> = {
    key,
    uploadId,
    chunkSize: status.partSize,
    createdAt: status.createdAt,
    expiresAt: status.expiresAt,
    parts: status.parts.map(({ partNumber, etag, size }) => ({ partNumber, etag, size })),
    completed:
      status.completed === null ? null : { bytes: status.completed.size, etag: status.completed.etag },
  };
  return answerJson(answered, { usage: exchange.meter.read() });
}

function readReference(url: URL): { key: string; uploadId: string } {
  const key = parseKey(requireParameter(url, "key"));
  return { key, uploadId: requireParameter(url, "uploadId") };
}

/** Bytes the sender announced; null when it announced none. */
function readLength(request: Request): number | null {
  const header = request.headers.get("content-length");
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
