import { exampleKey } from "../api/requests.ts";
import { DEFAULT_PLATFORM, frameBytesFor, type Platform } from "../operations/platforms.ts";
import { MAX_BODY_BYTES } from "./body.ts";

/**
 * What `GET` alone answers: every call with an example, for a person at a terminal; and, for a
 * program that is about to make an archive for this app, how large its frames should be.
 */
export function explain(base: string, platform: Platform = DEFAULT_PLATFORM) {
  const sync = `${base}/api/admin/r2-sync`;
  const multipart = `${base}/api/admin/multipart-upload`;
  const key = exampleKey("export");
  const get = (query: string) => `GET ${sync}?${query}`;
  const post = (path: string, body: object) => `POST ${path} ${JSON.stringify(body)}`;
  return {
    name: "d1-ferry",
    description: "Moves this app's database through its bucket.",
    openapi: `${sync}?operation=openapi`,
    platform,
    frameBytes: frameBytesFor(platform),
    operations: {
      export: { does: "Writes the database into the bucket.", example: post(sync, { operation: "export" }) },
      download: {
        does: "The document as plain JSON; with &format=archive the gzip as it is stored.",
        example: get(`operation=download&exportKey=${key}`),
      },
      upload: {
        does: `Stores a document of up to ${MAX_BODY_BYTES / 1024 / 1024} MiB. The document itself may be the body.`,
        example: post(sync, { operation: "upload", data: { authors: [{ id: 1, name: "Ada" }] } }),
      },
      sync: {
        does: "Imports a document from the bucket. Status 202 means: run the same call again.",
        example: post(sync, { operation: "sync", syncKey: key, mode: "merge", dryRun: true }),
      },
      status: { does: "Where a key stands.", example: get(`syncKey=${key}`) },
      list: { does: "The documents in the bucket.", example: get("operation=list") },
      history: { does: "What was synced into this database.", example: get("operation=history") },
      drop: {
        does: "Forgets a key: its run and its object. The tables stay as they are.",
        example: post(sync, { operation: "drop", syncKey: key }),
      },
      prune: {
        does: "Removes what nobody goes on with: documents, exports, uploads and staged rows older than 7 days.",
        example: post(sync, { operation: "prune", dryRun: true }),
      },
    },
    multipartUpload: {
      start: { does: "Begins an upload in parts.", example: post(multipart, { action: "start" }) },
      part: {
        does: "Sends one part as the raw body; all but the last are of one size, at least 5 MiB.",
        example: `PUT ${multipart}?key=sync-…&uploadId=…&partNumber=1`,
      },
      parts: { does: "The parts that arrived.", example: `GET ${multipart}?key=sync-…&uploadId=…` },
      complete: {
        does: "Joins the parts.",
        example: post(multipart, {
          action: "complete",
          key: "sync-…",
          uploadId: "…",
          parts: [{ partNumber: 1, etag: "…" }],
        }),
      },
      abort: {
        does: "Forgets the parts.",
        example: post(multipart, { action: "abort", key: "sync-…", uploadId: "…" }),
      },
    },
  };
}
