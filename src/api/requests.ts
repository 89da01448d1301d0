import * as v from "valibot";
import { MULTIPART_LIMITS } from "../bucket/port.ts";
import { FILE_FORMATS, LONGEST_NAME } from "../bucket/uploaded-file.ts";
import { questions } from "./compared.ts";
import { count, countParameter, exampleKey, flag, key, parameter, text, uploadId } from "./fields.ts";
import { callOptions, runOptions, tableChoice } from "./run-options.ts";

/**
 * What a request holds beside the operation's name: members of the body, or parameters of the query.
 * Unknown ones are let through, so that newer clients can talk to older apps.
 */

/** The largest body of an operation, bytes: an upload in one piece. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Documents on a page of the list. */
export const LIST_LIMIT = { default: 100, max: 1000 } as const;

/** Runs that the history tells at the most. */
export const HISTORY_LIMIT = 100;

/** Differing rows of a table that a comparison tells at once. */
export const MAX_SAMPLES = 100;

export const exportRequest = v.object({
  exportKey: v.optional(v.pipe(key, v.description('Goes on with an export that answered "processing".'))),
  newKey: v.optional(
    v.pipe(
      text,
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
  ...tableChoice,
});

export const uploadRequest = v.object({
  version: v.optional(count),
  data: v.pipe(
    v.record(v.string(), v.unknown(), "has to be an object: a list of rows by table name"),
    v.description("A list of rows by table name; a row is an object by column name."),
  ),
});

export const syncRequest = v.object({
  syncKey: v.optional(v.pipe(key, v.description("What to import: a syncKey, or an exportKey."))),
  exportKey: v.optional(v.pipe(key, v.description("The same as syncKey."))),
  ...runOptions,
  ...callOptions,
  background: v.optional(
    v.pipe(
      flag,
      v.description(
        "Hands the run over to the app's workflow, which deletes no row unless expectDeletes says so.",
      ),
    ),
  ),
});

const { atomic } = runOptions;

export const undoRequest = v.object({
  syncKey: v.optional(
    v.pipe(key, v.description("The run whose changes are taken back: a sync, or an undo.")),
  ),
  exportKey: v.optional(v.pipe(key, v.description("The same as syncKey."))),
  ...callOptions,
  force: v.optional(
    v.pipe(flag, v.description("Also takes back rows that somebody has changed since the run.")),
  ),
  atomic,
  background: v.optional(
    v.pipe(
      flag,
      v.description(
        "Hands the undo over to the app's workflow, which deletes no row unless expectDeletes says so.",
      ),
    ),
  ),
});

export const compareRequest = v.object({
  ...tableChoice,
  schemas: v.optional(
    v.pipe(flag, v.description("Describes also how tables, indexes, triggers and views are made.")),
  ),
  leaves: v.optional(
    v.pipe(flag, v.description("Tells also the leaves of tables, as a question for them would.")),
  ),
  salt: v.optional(
    v.pipe(text, v.maxLength(100, "has to be short"), v.description("Part of every hash, the caller's own.")),
  ),
  questions: v.optional(
    v.pipe(questions, v.description("About rows of single tables. Without any, the tables are described.")),
  ),
  describes: v.optional(v.pipe(flag, v.description("Describes the tables also where there are questions."))),
});

const side = (which: string, example: "export" | "sync") =>
  v.optional(
    v.pipe(
      text,
      v.description(`The ${which} archive, by its key. Default: the database as it is.`),
      v.examples([exampleKey(example)]),
    ),
  );

export const diffRequest = v.object({
  left: side("first", "export"),
  right: side("second", "export"),
  ...tableChoice,
  everyRow: v.optional(
    v.pipe(
      flag,
      v.description("Reads also rows of tables that are the same by the hashes that both archives have."),
    ),
  ),
  samples: v.optional(
    v.pipe(
      count,
      v.maxValue(MAX_SAMPLES, `has to be ${MAX_SAMPLES} or less`),
      v.description("Differing rows of each table that are told at the most. Default: 3."),
    ),
  ),
  cursor: v.optional(
    v.pipe(text, v.maxLength(20_000, "has to be one that was answered"), v.description("Where it goes on.")),
  ),
});

export const dropRequest = v.object({
  syncKey: v.optional(v.pipe(key, v.description("What to forget: its run, its object, its parts."))),
  exportKey: v.optional(v.pipe(key, v.description("The same as syncKey."))),
  keepRecord: v.optional(
    v.pipe(flag, v.description("Keeps the run's record for the status, and forgets only what it staged.")),
  ),
  keptRows: v.optional(
    v.pipe(
      flag,
      v.description(
        "By the key of an undo: removes the rows that were kept for it, too. It cannot be made then.",
      ),
    ),
  ),
});

export const pruneRequest = v.object({
  olderThanMs: v.optional(
    v.pipe(
      count,
      v.description(
        "Milliseconds: what was worked on later stays. Default: 7 days; what syncs are undone from stays for 30 in any case.",
      ),
    ),
  ),
  dryRun: v.optional(v.pipe(flag, v.description("Lists what would be removed, and removes nothing."))),
});

export const startRequest = v.object({
  chunkSize: v.optional(v.pipe(count, v.description("Bytes a part, 5 MiB to 95 MiB. Default: 10 MiB."))),
  newKey: v.optional(
    v.pipe(
      key,
      v.description("The upload's key, made by the caller: the same call again answers the same upload."),
    ),
  ),
  name: v.optional(
    v.pipe(
      text,
      v.nonEmpty("has to be a file's name"),
      v.maxLength(LONGEST_NAME, `has to have ${LONGEST_NAME} characters or less`),
      v.description("The file's name, by which people find it again in lists."),
    ),
  ),
  format: v.optional(
    v.pipe(
      v.picklist(FILE_FORMATS, 'has to be "archive", "part" or "document"'),
      v.description(
        "What the file is, for lists: an archive, one of a part of its tables' rows, or a plain JSON document.",
      ),
    ),
  ),
});

export const completeRequest = v.object({
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

export const abortRequest = v.object({ key, uploadId });

const readKeys = {
  exportKey: v.optional(
    v.pipe(
      text,
      v.description("What to download; for status, the same as syncKey."),
      v.examples([exampleKey("export")]),
    ),
  ),
  syncKey: v.optional(
    v.pipe(text, v.description("Alone: where this key stands."), v.examples([exampleKey("export")])),
  ),
};

export const downloadRequest = v.object({
  ...readKeys,
  format: v.optional(
    v.pipe(v.picklist(["json", "archive"], 'has to be "json" or "archive"'), v.description("Of a download.")),
  ),
});

export const statusRequest = v.object(readKeys);

const runKey = (which: string) => v.pipe(parameter, v.description(which), v.examples([exampleKey("sync")]));

export const rowsRequest = v.object({
  syncKey: runKey("The run whose plan it is."),
  plan: v.optional(
    v.pipe(text, v.description("The hash of the plan: refused where it is no longer the run's.")),
  ),
  table: v.optional(v.pipe(text, v.description("Only this table. Default: all, one after the other."))),
  cursor: v.optional(v.pipe(text, v.description("Where the next page begins."))),
});

export const listRequest = v.object({
  limit: v.optional(v.pipe(countParameter(LIST_LIMIT.max), v.description("Of a list."))),
  cursor: v.optional(v.pipe(text, v.description("Where the next page of a list begins."))),
});

export const historyRequest = v.object({
  limit: v.optional(v.pipe(countParameter(HISTORY_LIMIT), v.description("How many runs of the history."))),
  before: v.optional(runKey("The last run of a page: the runs behind it are told.")),
  syncKey: v.optional(runKey("Only this run is told.")),
});

export const logRequest = v.object({
  limit: v.optional(v.pipe(countParameter(LIST_LIMIT.max), v.description("Entries on a page."))),
  cursor: v.optional(v.pipe(text, v.description("Where the next page of a list begins."))),
});

/** Of what is asked for by its name alone. */
export const emptyRequest = v.object({});

const uploadReference = {
  key: v.pipe(parameter, v.examples([exampleKey("sync")])),
  uploadId: parameter,
};

export const partsRequest = v.object(uploadReference);

export const partRequest = v.object({
  ...uploadReference,
  partNumber: countParameter(MULTIPART_LIMITS.maxParts),
});

export type ExportRequest = v.InferOutput<typeof exportRequest>;

export type SyncRequest = v.InferOutput<typeof syncRequest>;

export type CompareRequest = v.InferOutput<typeof compareRequest>;

export type DiffRequest = v.InferOutput<typeof diffRequest>;

export type UndoRequest = v.InferOutput<typeof undoRequest>;

export type DropRequest = v.InferOutput<typeof dropRequest>;

export type PruneRequest = v.InferOutput<typeof pruneRequest>;

export type StatusRequest = v.InferOutput<typeof statusRequest>;

export type RowsRequest = v.InferOutput<typeof rowsRequest>;

export type ListRequest = v.InferOutput<typeof listRequest>;

export type HistoryRequest = v.InferOutput<typeof historyRequest>;

export type LogRequest = v.InferOutput<typeof logRequest>;

export type StartRequest = v.InferOutput<typeof startRequest>;
