import type * as v from "valibot";
import * as answers from "./answers.ts";
import { type JsonSchema, toJsonSchema } from "./json-schema.ts";
import * as requests from "./requests.ts";

const ERRORS = "#/components/schemas/Error";

/** The OpenAPI 3.1 description of the API below `base`, made from the schemas that check requests. */
export function describeApi(base: string) {
  return {
    openapi: "3.1.0",
    info: {
      title: "d1-ferry",
      version: "1",
      description: "Moves an app's database through its bucket. Every call needs the app's authorisation.",
    },
    servers: [{ url: base === "" ? "/" : base }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths: {
      "/api/admin/r2-sync": { get: readPath(), post: writePath() },
      "/api/admin/multipart-upload": { get: partsPath(), post: multipartPath(), put: partPath() },
    },
    components: {
      schemas: { Error: toJsonSchema(answers.errorAnswer) },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The app's FERRY_TOKEN." },
        cookie: { type: "apiKey", in: "cookie", name: "session", description: "The app's own login." },
      },
    },
  };
}

function readPath() {
  return {
    operationId: "read",
    summary: "Downloads, status, list, history; without parameters, an explanation with examples.",
    parameters: [
      query("operation", { type: "string", enum: ["download", "status", "list", "history", "openapi"] }),
      query("exportKey", keySchema(), "What to download; for status, the same as syncKey."),
      query("syncKey", keySchema(), "Alone: where this key stands."),
      query("format", { type: "string", enum: ["json", "archive"] }, "Of a download."),
      query("limit", { type: "integer", minimum: 1, maximum: 1000 }, "Of a list."),
      query("cursor", { type: "string" }, "Where the next page of a list begins."),
      {
        name: "Range",
        in: "header",
        schema: { type: "string" },
        description: "With format=archive: one range of bytes.",
      },
    ],
    responses: {
      200: {
        description: "What was asked for.",
        content: {
          "application/json": {
            schema: {
              anyOf: [
                { ...toJsonSchema(answers.statusAnswer), title: "status" },
                { ...toJsonSchema(answers.listAnswer), title: "list" },
                { ...toJsonSchema(answers.historyAnswer), title: "history" },
                { type: "object", title: "document", description: "A download: {version, data, …}." },
              ],
            },
          },
          "application/gzip": { schema: { type: "string", format: "binary" } },
        },
      },
      206: { description: "A range of an archive." },
      ...refusals(400, 401, 404, 416, 422),
    },
  };
}

function writePath() {
  return {
    operationId: "write",
    summary: "Export, upload, sync, drop, prune. The body may also be a document itself, plain or gzipped.",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: {
            anyOf: [
              { ...toJsonSchema(requests.exportRequest), title: "export" },
              { ...toJsonSchema(requests.uploadRequest), title: "upload" },
              { ...toJsonSchema(requests.syncRequest), title: "sync" },
              { ...toJsonSchema(requests.dropRequest), title: "drop" },
              { ...toJsonSchema(requests.pruneRequest), title: "prune" },
            ],
          },
        },
        "application/gzip": { schema: { type: "string", format: "binary" } },
      },
    },
    responses: {
      200: json(
        "Done.",
        answers.exportAnswer,
        answers.uploadAnswer,
        answers.syncAnswer,
        answers.dropAnswer,
        answers.pruneAnswer,
      ),
      202: json(
        "Not finished: run the same call again, with its key.",
        answers.exportAnswer,
        answers.syncAnswer,
      ),
      ...refusals(400, 401, 403, 404, 409, 413, 422, 500, 502),
    },
  };
}

function multipartPath() {
  return {
    operationId: "multipart",
    summary: "Begins, completes or aborts an upload in parts.",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: {
            anyOf: [
              { ...toJsonSchema(requests.startRequest), title: "start" },
              { ...toJsonSchema(requests.completeRequest), title: "complete" },
              { ...toJsonSchema(requests.abortRequest), title: "abort" },
            ],
          },
        },
      },
    },
    responses: {
      200: json("Done.", answers.startAnswer, answers.completeAnswer, answers.abortAnswer),
      ...refusals(400, 401, 403, 404, 413, 502),
    },
  };
}

function partPath() {
  return {
    operationId: "putPart",
    summary: "Sends or replaces one part. All but the last have one size, at least 5 MiB.",
    parameters: [
      ...uploadReference(),
      { ...query("partNumber", { type: "integer", minimum: 1, maximum: 10_000 }), required: true },
      { name: "Content-Length", in: "header", required: true, schema: { type: "integer", minimum: 1 } },
    ],
    requestBody: {
      required: true,
      content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
    },
    responses: {
      200: json("The part arrived.", answers.partAnswer),
      ...refusals(400, 401, 403, 404, 411, 413, 502),
    },
  };
}

function partsPath() {
  return {
    operationId: "getParts",
    summary: "The parts that arrived, for going on after a break.",
    parameters: uploadReference(),
    responses: { 200: json("The parts.", answers.partsAnswer), ...refusals(400, 401, 404, 502) },
  };
}

function uploadReference() {
  return [
    { ...query("key", keySchema()), required: true },
    { ...query("uploadId", { type: "string" }), required: true },
  ];
}

function query(name: string, schema: JsonSchema, description?: string) {
  return { name, in: "query", schema, ...(description === undefined ? {} : { description }) };
}

function keySchema(): JsonSchema {
  return { type: "string", examples: [requests.exampleKey("export")] };
}

function json(description: string, ...schemas: [v.GenericSchema, ...v.GenericSchema[]]) {
  const converted = schemas.map(toJsonSchema);
  const schema = converted.length === 1 ? converted[0] : { anyOf: converted };
  return { description, content: { "application/json": { schema } } };
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: "The request is not well formed.",
  401: "Nobody is logged in, and no valid token was sent.",
  403: "A page of another origin used somebody's login.",
  404: "Nothing has this key.",
  409: "Already synced, taken, locked, in conflict, or to be confirmed.",
  411: "A part needs its length.",
  413: "Content too large: upload it in parts.",
  416: "The range lies behind the end.",
  422: "The document cannot be read, or does not fit the database.",
  500: "Something failed that should not.",
  502: "The bucket failed.",
};

function refusals(...statuses: number[]) {
  const content = { "application/json": { schema: { $ref: ERRORS } } };
  return Object.fromEntries(statuses.map((status) => [status, { description: REFUSALS[status], content }]));
}
