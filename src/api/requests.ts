import * as v from "valibot";

/**
 * The bodies of POST requests. Unknown members are let through, so that newer clients can talk to
 * older apps. Messages go on from the field's name: `"version" has to be a whole number`.
 */
const text = v.string("has to be text");

const flag = v.boolean("has to be true or false");

const count = v.pipe(
  v.number("has to be a whole number"),
  v.safeInteger("has to be a whole number"),
  v.minValue(0, "has to be 0 or more"),
);

const tableNames = v.array(
  v.pipe(v.string("has to be a table's name"), v.nonEmpty("has to be a table's name")),
  "has to be a list of table names",
);

const key = v.pipe(text, v.description("A key as d1-ferry answered it."), v.examples([exampleKey("sync")]));

const uploadId = v.pipe(text, v.nonEmpty("has to be the uploadId that start answered"));

const selection = {
  tables: v.optional(v.pipe(tableNames, v.description("Only these tables."))),
  exclude: v.optional(v.pipe(tableNames, v.description("All tables but these."))),
};

export const exportRequest = v.object({
  operation: v.literal("export"),
  exportKey: v.optional(v.pipe(key, v.description('Goes on with an export that answered "processing".'))),
  newKey: v.optional(
    v.pipe(
      key,
      v.description("The key of a new export, made by the caller: the same call again goes on with it."),
      v.examples([exampleKey("export")]),
    ),
  ),
  version: v.optional(v.pipe(count, v.description("The version that a sync of this export records."))),
  frameBytes: v.optional(
    v.pipe(
      count,
      v.minValue(65_536, "has to be 65536 or more"),
      v.maxValue(1_000_000, "has to be 1000000 or less"),
      v.description(
        "Bytes of row text a frame is closed at. Default: 1,000,000, or what the platform handles at once.",
      ),
    ),
  ),
  ...selection,
});

export const uploadRequest = v.object({
  operation: v.optional(v.literal("upload")),
  version: v.optional(count),
  data: v.pipe(
    v.record(v.string(), v.unknown(), "has to be an object: a list of rows by table name"),
    v.description("A list of rows by table name; a row is an object by column name."),
  ),
});

export const syncRequest = v.object({
  operation: v.literal("sync"),
  syncKey: v.optional(v.pipe(key, v.description("What to import: a syncKey, or an exportKey."))),
  exportKey: v.optional(v.pipe(key, v.description("The same as syncKey."))),
  mode: v.optional(
    v.pipe(
      v.picklist(["merge", "insert", "mirror"], 'has to be one of "merge", "insert", "mirror"'),
      v.description(
        "merge inserts and updates, insert only adds what is missing, mirror also deletes. Default: merge.",
      ),
    ),
  ),
  onConflict: v.optional(
    v.pipe(
      v.picklist(["fail", "skip", "replace"], 'has to be one of "fail", "skip", "replace"'),
      v.description("What to do with a row whose unique value another row holds. Default: fail."),
    ),
  ),
  atomic: v.optional(
    v.pipe(
      v.picklist(["auto", "always", "never"], 'has to be one of "auto", "always", "never"'),
      v.description(
        "One transaction for everything: when it is small enough (the default), in any case, or never.",
      ),
    ),
  ),
  force: v.optional(v.pipe(flag, v.description("Syncs a version that the history has already."))),
  dryRun: v.optional(v.pipe(flag, v.description("Answers the plan and changes no table."))),
  create: v.optional(v.pipe(flag, v.description("Creates tables that this database lacks."))),
  version: v.optional(v.pipe(count, v.description("Recorded instead of the document's own version."))),
  expectDeletes: v.optional(
    v.pipe(count, v.description("The number of rows the plan may delete; another number refuses the sync.")),
  ),
  background: v.optional(
    v.pipe(
      flag,
      v.description(
        "Hands the run over to the app's workflow, which deletes no row unless expectDeletes says so.",
      ),
    ),
  ),
  ...selection,
});

export const dropRequest = v.object({
  operation: v.literal("drop"),
  syncKey: v.optional(v.pipe(key, v.description("What to forget: its run, its object, its parts."))),
  exportKey: v.optional(v.pipe(key, v.description("The same as syncKey."))),
  keepRecord: v.optional(
    v.pipe(flag, v.description("Keeps the run's record for the status, and forgets only what it staged.")),
  ),
});

export const pruneRequest = v.object({
  operation: v.literal("prune"),
  olderThanMs: v.optional(
    v.pipe(count, v.description("Milliseconds: what was worked on later stays. Default: 7 days.")),
  ),
  dryRun: v.optional(v.pipe(flag, v.description("Lists what would be removed, and removes nothing."))),
});

export const startRequest = v.object({
  action: v.literal("start"),
  chunkSize: v.optional(v.pipe(count, v.description("Bytes a part, 5 MiB to 95 MiB. Default: 10 MiB."))),
  partSize: v.optional(v.pipe(count, v.description("The same as chunkSize."))),
  newKey: v.optional(
    v.pipe(
      key,
      v.description("The upload's key, made by the caller: the same call again answers the same upload."),
    ),
  ),
});

export const completeRequest = v.object({
  action: v.literal("complete"),
  key,
  uploadId,
  parts: v.array(
    v.object(
      {
        partNumber: v.pipe(count, v.minValue(1, "has to be 1 or more")),
        etag: v.pipe(text, v.nonEmpty("has to be the part's etag")),
      },
      "has to be a part: {partNumber, etag}",
    ),
    "has to be a list of {partNumber, etag}",
  ),
});

export const abortRequest = v.object({ action: v.literal("abort"), key, uploadId });

export type ExportRequest = v.InferOutput<typeof exportRequest>;

export type SyncRequest = v.InferOutput<typeof syncRequest>;

export type DropRequest = v.InferOutput<typeof dropRequest>;

export type PruneRequest = v.InferOutput<typeof pruneRequest>;

export type StartRequest = v.InferOutput<typeof startRequest>;

export type CompleteRequest = v.InferOutput<typeof completeRequest>;

export type AbortRequest = v.InferOutput<typeof abortRequest>;

export function exampleKey(kind: "export" | "sync"): string {
  return `${kind}-1700000000000-k3v9x0a7b2qd`;
}
