import type { StartRequest } from "../api/requests.ts";
import { newKey } from "../bucket/keys.ts";
import type { UploadedPart } from "../bucket/port.ts";
import type { Bytes } from "../bytes.ts";
import type { AbortAnswer, CompleteAnswer, PartAnswer, PartsAnswer, StartAnswer } from "./answers.ts";
import { ANSWERS, type AnswerSchema } from "./check-answer.ts";
import type { About, Transport } from "./transport.ts";

export interface CallOptions {
  signal?: AbortSignal;
}

export interface UploadReference {
  key: string;
  uploadId: string;
}

export interface MultipartClient {
  /**
   * `chunkSize` in bytes, 5 MiB to 95 MiB, @default 10 MiB. `newKey`, made by `newKey("sync")`, begins an upload
   * once, however often it is called. @default a new key for each call
   */
  startUpload(input?: StartRequest, options?: CallOptions): Promise<StartAnswer>;
  sendPart(
    input: UploadReference & { partNumber: number; body: Bytes },
    options?: CallOptions,
  ): Promise<PartAnswer>;
  completeUpload(
    input: UploadReference & { parts: readonly UploadedPart[] },
    options?: CallOptions,
  ): Promise<CompleteAnswer>;
  abortUpload(input: UploadReference, options?: CallOptions): Promise<AbortAnswer>;
  /** Which parts the bucket holds; rejects with `UPLOAD_NOT_FOUND` once it has forgotten the upload. */
  readUpload(input: UploadReference, options?: CallOptions): Promise<PartsAnswer>;
}

/** The calls of `/api/admin/multipart-upload`. All may be repeated. */
export function multipartCalls(transport: Transport): MultipartClient {
  const route = "multipart-upload";
  const post = <T>(
    body: object,
    schema: AnswerSchema<T>,
    { about, ...options }: CallOptions & { about: About<T> },
  ) => transport.json({ method: "POST", route, body, repeatable: true, ...options }, schema, about);

  return {
    startUpload: (input, options) => {
      const asked = { newKey: newKey("sync"), ...input };
      const about = ({ key }: StartAnswer) => [[key, asked.newKey]] as const;
      return post({ action: "start", ...asked }, ANSWERS.start, { about, ...options });
    },
    sendPart: ({ key, uploadId, partNumber, body }, options) =>
      transport.json(
        {
          method: "PUT",
          route,
          query: { key, uploadId, partNumber },
          body,
          repeatable: true,
          ...options,
        },
        ANSWERS.part,
        (part) => [[part.partNumber, partNumber]],
      ),
    completeUpload: ({ key, uploadId, parts }, options) =>
      post({ action: "complete", key, uploadId, parts }, ANSWERS.complete, { about: ofKey(key), ...options }),
    abortUpload: ({ key, uploadId }, options) =>
      post({ action: "abort", key, uploadId }, ANSWERS.abort, { about: ofKey(key), ...options }),
    readUpload: ({ key, uploadId }, options) =>
      transport.json(
        { method: "GET", route, query: { key, uploadId }, repeatable: true, ...options },
        ANSWERS.parts,
        (upload) => [
          [upload.key, key],
          [upload.uploadId, uploadId],
        ],
      ),
  };
}

const ofKey =
  (asked: string): About<{ key: string }> =>
  ({ key }) => [[key, asked]];
