import * as v from "valibot";
import { FILE_FORMATS } from "../../bucket/uploaded-file.ts";

export const milliseconds = v.pipe(v.number(), v.description("Milliseconds since 1970."));

export const bytes = v.pipe(v.number(), v.description("Bytes."));

export const notes = v.pipe(
  v.array(v.string()),
  v.description("What a person should know, such as tables left out."),
);

/** What a request used; in every answer. */
export const usage = v.strictObject({
  statements: v.pipe(v.number(), v.description("Database statements; each one of a batch counts.")),
  bucketOperations: v.number(),
  ms: v.pipe(v.number(), v.description("Milliseconds the request took.")),
});

export const errorAnswer = v.strictObject({
  error: v.pipe(v.string(), v.description("What went wrong, for a person.")),
  code: v.pipe(v.string(), v.description("What went wrong, for a program. Never renamed.")),
  hint: v.optional(v.pipe(v.string(), v.description("What to do next."))),
  details: v.optional(v.record(v.string(), v.unknown())),
  usage: v.optional(usage),
});

export const tableCount = v.strictObject({ table: v.string(), count: v.number() });

/** Of which moment an archive's rows are; null where it does not say. */
export const moment = v.strictObject({
  is: v.picklist(["one", "unchanged", "several"]),
  from: v.number(),
  to: v.number(),
  moved: v.optional(v.array(v.string())),
});

const STATUSES = ["pending", "staging", "planned", "applying", "verifying", "completed", "failed"] as const;

/** In the words that scripts branch on: a run that was refused has failed. */
export const runStatus = v.picklist(STATUSES);

export const phase = v.picklist([...STATUSES, "refused"]);

/** Absent in what an earlier version answers. */
export const phaseBeside = v.optional(
  v.pipe(
    v.nullable(phase),
    v.description("As status, but refused where it may not be done as asked, and nothing was written."),
  ),
);

export const unchanged = v.exactOptional(
  v.pipe(
    v.literal(true),
    v.description("It is completed and there was nothing to write: it has taken no version."),
  ),
);

/** Absent in what an earlier version answers. */
export const undoes = v.optional(
  v.pipe(v.nullable(v.string()), v.description("The run whose changes this one takes back.")),
);

/** Absent in what an earlier version answers. */
export const uploadedFile = {
  name: v.optional(
    v.pipe(v.nullable(v.string()), v.description("The file that it was uploaded from, as the upload said.")),
  ),
  format: v.optional(
    v.pipe(
      v.nullable(v.picklist(FILE_FORMATS)),
      v.description(
        "An archive, one of a part of its tables' rows, or a plain JSON document, as the upload said. Null: nobody said.",
      ),
    ),
  ),
};

export const keptRows = v.strictObject({
  key: v.pipe(v.string(), v.description("The key of the undo, and of the archive.")),
  bytes,
  rows: v.pipe(v.number(), v.description("Rows that it can take back.")),
});

export const progress = v.strictObject({
  tablesProcessed: v.number(),
  totalTables: v.pipe(v.nullable(v.number()), v.description("Null while it is not known.")),
  currentTable: v.nullable(v.string()),
  recordsProcessed: v.number(),
  recordsApplied: v.optional(v.number()),
  recordsVerified: v.optional(v.number()),
  totalRecords: v.pipe(v.nullable(v.number()), v.description("Null while it is not known.")),
  bytesProcessed: v.optional(
    v.pipe(v.number(), v.description("Of a run: bytes of the document that are read and staged.")),
  ),
  totalBytes: v.optional(
    v.pipe(
      v.nullable(v.number()),
      v.description(
        "Of a run: the document's size; null where the bytes are those of a packed document's text.",
      ),
    ),
  ),
});

export const mode = v.picklist(["merge", "insert", "mirror"]);
