import type { NamesOf } from "../api/routes.ts";
import { parseKey, parseUploadKey } from "../bucket/keys.ts";
import { createUploads, type Uploads } from "../bucket/uploads.ts";
import { FerryError } from "../errors.ts";
import { requireCall, requireOwner } from "../operations/caller.ts";
import { MAX_COMMAND_BYTES, openBody, parseObject } from "./body.ts";
import { answerCall, type Handlers, routeNamed, unnamedRoute } from "./call.ts";
import type { Exchange } from "./exchange.ts";
import { syncStep } from "./next-step.ts";

const uploadsOf = ({ invocation: { bucket, caller } }: Exchange): Uploads =>
  createUploads(bucket, { owner: caller.id, permit: (key, owner) => requireOwner(caller, key, owner) });

const POSTS: Handlers<NamesOf<"multipart-upload", "POST">> = {
  async start(exchange, { chunkSize, newKey, name, format }) {
    const { key, uploadId, partSize, expiresAt } = await uploadsOf(exchange).start({
      ...(chunkSize === undefined ? {} : { partSize: chunkSize }),
      ...(newKey === undefined ? {} : { key: newKey }),
      file: { name: name ?? null, format: format ?? null },
    });
    return { success: true, syncKey: key, key, uploadId, chunkSize: partSize, expiresAt };
  },

  async complete(exchange, { uploadId, parts, ...input }) {
    const reference = { key: parseUploadKey(input.key), uploadId };
    const { key, size, etag } = await uploadsOf(exchange).complete({ ...reference, parts });
    return { success: true, syncKey: key, key, bytes: size, etag, nextStep: syncStep(exchange.base, key) };
  },

  async abort(exchange, { uploadId, ...input }) {
    const key = parseKey(input.key);
    const { aborted } = await uploadsOf(exchange).abort({ key, uploadId });
    const message = aborted ? "The upload and its parts are gone." : "There was nothing left to abort.";
    return { success: true, key, aborted, message };
  },
};

const PUTS: Handlers<NamesOf<"multipart-upload", "PUT">> = {
  /** The body goes to the bucket as it comes. */
  async part(exchange, input) {
    const { request } = exchange;
    const { partNumber, etag, size } = await uploadsOf(exchange).part({
      ...input,
      key: parseUploadKey(input.key),
      body: request.body,
      length: readLength(request),
    });
    return { success: true, partNumber, etag, size };
  },
};

const GETS: Handlers<NamesOf<"multipart-upload", "GET">> = {
  async parts(exchange, { uploadId, ...input }) {
    const key = parseKey(input.key);
    const { partSize, createdAt, expiresAt, parts, completed, ...held } =
      await uploadsOf(exchange).status(key);
    if (held.uploadId !== uploadId) {
      throw new FerryError("UPLOAD_NOT_FOUND", `${key} has no upload of this uploadId`, {
        hint: "Use the key and the uploadId of one and the same start.",
      });
    }
    return {
      key,
      uploadId,
      chunkSize: partSize,
      createdAt,
      expiresAt,
      parts: parts.map(({ partNumber, etag, size }) => ({ partNumber, etag, size })),
      completed: completed === null ? null : { bytes: completed.size, etag: completed.etag },
    };
  },
};

/** `POST {"action": …}`: begins, completes or aborts an upload in parts. */
export async function answerMultipartPost(exchange: Exchange): Promise<Response> {
  const body = await openBody(exchange.request, MAX_COMMAND_BYTES);
  // What is that large can only be the list of parts of a large upload.
  if (body.isLarger) {
    exchange.asked = { name: "complete" };
    requireCall(exchange.invocation.caller, "complete", { key: "", uploadId: "", parts: [] });
  }
  const sent = parseObject(await body.read());
  return answerCall(exchange, POSTS, { name: routeNamed("multipart-upload", "POST", sent.action), sent });
}

/** `PUT ?key&uploadId&partNumber`: one part. */
export function answerMultipartPut(exchange: Exchange): Promise<Response> {
  const sent = Object.fromEntries(exchange.url.searchParams);
  return answerCall(exchange, PUTS, { name: unnamedRoute("multipart-upload", "PUT"), sent });
}

/** `GET ?key&uploadId`: which parts the bucket holds, for going on after a break. */
export function answerMultipartGet(exchange: Exchange): Promise<Response> {
  const sent = Object.fromEntries(exchange.url.searchParams);
  return answerCall(exchange, GETS, { name: unnamedRoute("multipart-upload", "GET"), sent });
}

/** Bytes the sender announced; null when it announced none. */
function readLength(request: Request): number | null {
  const header = request.headers.get("content-length");
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
