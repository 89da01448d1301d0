import * as v from "valibot";
import { logEntry } from "../bucket/log.ts";
import { cell } from "./cell.ts";
import * as compared from "./compared.ts";

/** The bodies of answers. The OpenAPI description is made from these, and the tests parse answers with them. */
const milliseconds = v.pipe(v.number(), v.description("Milliseconds since 1970."));

const bytes = v.pipe(v.number(), v.description("Bytes."));

const notes = v.pipe(
  v.array(v.string()),
  v.description("What a person should know, such as tables left out."),
);

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

const tableCount = v.strictObject({ table: v.string(), count: v.number() });

const progress = v.strictObject({
  tablesProcessed: v.number(),
  totalTables: v.pipe(v.nullable(v.number()), v.description("Null while it is not known.")),
  currentTable: v.nullable(v.string()),
  recordsProcessed: v.number(),
  recordsApplied: v.optional(v.number()),
  recordsVerified: v.optional(v.number()),
  totalRecords: v.pipe(v.nullable(v.number()), v.description("Null while it is not known.")),
});

/** Of which moment an archive's rows are; null where it does not say. */
const moment = v.strictObject({
  is: v.picklist(["one", "unchanged", "several"]),
  from: v.number(),
  to: v.number(),
  moved: v.optional(v.array(v.string())),
});

export const exportAnswer = v.strictObject({
  success: v.literal(true),
  exportKey: v.string(),
  status: v.picklist(["completed", "processing"]),
  version: v.nullable(v.number()),
  stats: v.array(tableCount),
  bytes,
  downloadUrl: v.optional(v.string()),
  progress: v.optional(progress),
  message: v.string(),
  notes,
  moment: v.optional(v.nullable(moment)),
  usage,
});

export const uploadAnswer = v.strictObject({
  success: v.literal(true),
  syncKey: v.string(),
  version: v.nullable(v.number()),
  uploadedTables: v.array(v.string()),
  stats: v.array(tableCount),
  bytes,
  nextStep: v.string(),
  usage,
});

const tableResult = v.strictObject({
  attempted: v.number(),
  inserted: v.number(),
  updated: v.number(),
  unchanged: v.number(),
  deleted: v.number(),
  skipped: v.number(),
});

/** The beginning of a long one. */
const shortCell = v.strictObject({
  start: v.pipe(v.string(), v.description("The first 80 characters, of a blob in base64.")),
  of: v.picklist(["text", "blob"]),
  bytes: v.nullable(bytes),
});

/** A row of a plan, by what its cells are. */
function plannedRow<C extends v.GenericSchema>(one: C) {
  const cells = v.record(v.string(), one);
  const key = v.pipe(cells, v.description("Empty where a row gets its key when it is written."));
  const whole = { table: v.string(), key, row: cells };
  return v.variant("is", [
    v.strictObject({ ...whole, is: v.literal("insert") }),
    v.strictObject({ ...whole, is: v.literal("delete") }),
    v.strictObject({
      ...whole,
      is: v.pipe(v.literal("left"), v.description("An undo leaves it alone; the row is as it is now.")),
      why: v.pipe(
        v.picklist(["edited", "held"]),
        v.description("Changed since the run, or held as it is by a constraint."),
      ),
    }),
    v.strictObject({
      table: v.string(),
      key,
      is: v.literal("update"),
      cells: v.pipe(
        v.record(v.string(), v.tuple([one, one])),
        v.description("What changes: what each cell held, and what it is to hold."),
      ),
    }),
  ]);
}

const sampleRows = v.array(plannedRow(v.union([cell, shortCell])));

const leftRows = v.strictObject({
  edited: v.pipe(v.number(), v.description("Changed since the run.")),
  held: v.pipe(v.number(), v.description("Held as they are by a constraint.")),
});

const left = v.exactOptional(v.pipe(leftRows, v.description("Rows that an undo leaves alone.")));

const tablePlan = v.strictObject({
  ...tableResult.entries,
  live: v.number(),
  left,
  cells: v.exactOptional(
    v.pipe(
      v.number(),
      v.description("How many cells the updates change; absent where there is too much to count."),
    ),
  ),
  samples: v.exactOptional(
    v.pipe(
      v.strictObject({
        insert: sampleRows,
        update: sampleRows,
        delete: sampleRows,
        left: v.exactOptional(sampleRows),
      }),
      v.description("The first rows of each kind, for who may read, of up to 20 tables."),
    ),
  ),
});

const plan = v.strictObject({
  hash: v.exactOptional(
    v.pipe(
      v.string(),
      v.description('Says which rows the plan is: a sync with "plan" applies exactly these.'),
    ),
  ),
  tables: v.record(v.string(), tablePlan),
  unchanged: v.exactOptional(
    v.pipe(
      v.literal(true),
      v.description(
        "There is nothing to write, and no version is given: the sync completes without taking one.",
      ),
    ),
  ),
  nextVersion: v.exactOptional(
    v.pipe(
      v.number(),
      v.description("The version that would be taken as the history is; absent where the version is given."),
    ),
  ),
  creates: v.exactOptional(
    v.pipe(
      v.array(
        v.strictObject({
          type: v.picklist(["table", "index", "trigger", "view", "virtual"]),
          name: v.string(),
          table: v.pipe(
            v.string(),
            v.description("What it belongs to; its own name where there is nothing."),
          ),
          sql: v.string(),
        }),
      ),
      v.description("What the run creates, with the SQL that it runs."),
    ),
  ),
  heldBack: v.exactOptional(
    v.pipe(
      v.array(v.strictObject({ table: v.string(), reason: v.string() })),
      v.description("What the document brings and the run does not write, for no request names it."),
    ),
  ),
  left,
  rowsWritten: v.pipe(v.number(), v.description("With indexes counted, as D1 bills them.")),
  stagedBytes: bytes,
  databaseBytes: v.nullable(bytes),
  transactions: v.picklist(["one", "many"]),
  reason: v.string(),
  conflicts: v.array(
    v.strictObject({ table: v.string(), index: v.string(), key: v.string(), takenBy: v.string() }),
  ),
  conflictCount: v.number(),
  expectedSeconds: v.number(),
});

const verified = v.pipe(
  v.boolean(),
  v.description("Each table was read back or compared, and holds what the document holds."),
);

const verification = v.pipe(
  v.nullable(
    v.strictObject({
      readBack: v.pipe(
        v.array(v.string()),
        v.description("Tables read again after the commit, and equal to the document's hashes."),
      ),
      compared: v.pipe(
        v.array(v.string()),
        v.description("Tables compared with the document's rows before the commit, in its transaction."),
      ),
      unchecked: v.pipe(
        v.array(v.string()),
        v.description("Tables of which neither was done: rows without a key, or left as they were."),
      ),
      changedSince: v.exactOptional(
        v.pipe(
          v.record(v.string(), v.number()),
          v.description("By table: rows that somebody has changed between the commit and the reading back."),
        ),
      ),
    }),
  ),
  v.description("What was done to find out; null until the run is completed."),
);

const results = v.nullable(v.record(v.string(), tableResult));

const STATUSES = ["pending", "staging", "planned", "applying", "verifying", "completed", "failed"] as const;

/** In the words that scripts branch on: a run that was refused has failed. */
const runStatus = v.picklist(STATUSES);

const phase = v.picklist([...STATUSES, "refused"]);

/** Absent in what an earlier version answers. */
const phaseBeside = v.optional(
  v.pipe(
    v.nullable(phase),
    v.description("As status, but refused where it may not be done as asked, and nothing was written."),
  ),
);

const unchanged = v.exactOptional(
  v.pipe(
    v.literal(true),
    v.description("It is completed and there was nothing to write: it has taken no version."),
  ),
);

/** Absent in what an earlier version answers. */
const undoes = v.optional(
  v.pipe(v.nullable(v.string()), v.description("The run whose changes this one takes back.")),
);

const keptRows = v.strictObject({
  key: v.pipe(v.string(), v.description("The key of the undo, and of the archive.")),
  bytes,
  rows: v.pipe(v.number(), v.description("Rows that it can take back.")),
});

export const syncAnswer = v.strictObject({
  success: v.literal(true),
  syncKey: v.string(),
  status: v.pipe(
    v.picklist(["completed", "planned", "processing"]),
    v.description("processing: run the same call again. planned: the end of a dry run."),
  ),
  phase,
  version: v.nullable(v.number()),
  results,
  plan: v.optional(plan),
  unchanged,
  verified,
  verification: v.optional(verification),
  progress,
  driver: v.optional(
    v.pipe(v.literal("workflow"), v.description("The app's workflow drives it: ask for its status.")),
  ),
  duration: v.pipe(v.number(), v.description("Milliseconds since the run began.")),
  undo: v.optional(
    v.pipe(
      v.nullable(v.string()),
      v.description("The key of the undo of a completed run; null where there is nothing to undo."),
    ),
  ),
  undoes,
  message: v.string(),
  notes,
  usage,
});

export const undoAnswer = v.strictObject({
  ...syncAnswer.entries,
  syncKey: v.pipe(v.string(), v.description("The key of the undo: a sync of it goes on.")),
  undoes: v.pipe(v.string(), v.description("The run whose changes it takes back.")),
});

export const statusAnswer = v.strictObject({
  status: v.strictObject({
    syncKey: v.string(),
    status: v.union([runStatus, v.picklist(["uploading", "exporting"])]),
    phase: phaseBeside,
    version: v.nullable(v.number()),
    mode: v.nullable(v.picklist(["merge", "insert", "mirror"])),
    progress,
    plan: v.optional(v.pipe(plan, v.description("What the run goes by, once it is made."))),
    results,
    unchanged,
    verified,
    verification: v.optional(verification),
    error: v.pipe(v.nullable(v.string()), v.description("Why a run failed or was refused.")),
    code: v.optional(v.string()),
    hint: v.optional(v.string()),
    details: v.optional(v.record(v.string(), v.unknown())),
    startedAt: v.nullable(milliseconds),
    completedAt: v.nullable(milliseconds),
    bytes: v.nullable(bytes),
    moment: v.optional(
      v.pipe(
        v.nullable(moment),
        v.description(
          "Of an archive that was not synced: of which moment its rows are; null: it does not say.",
        ),
      ),
    ),
    undo: v.optional(
      v.pipe(
        v.array(keptRows),
        v.description("Of a run: what was kept to undo it and is not undone yet, the oldest first."),
      ),
    ),
    undoes,
    undoneBy: v.optional(
      v.pipe(v.nullable(v.string()), v.description("The run that took this one's changes back.")),
    ),
    message: v.string(),
    notes,
  }),
  usage,
});

export const rowsAnswer = v.strictObject({
  syncKey: v.string(),
  plan: v.pipe(v.string(), v.description("The hash of the plan whose rows these are.")),
  rows: v.pipe(
    v.array(plannedRow(cell)),
    v.description("Of each table those that are written, in key order, then those that are deleted."),
  ),
  cursor: v.optional(v.pipe(v.string(), v.description("Where the next page begins; absent on the last."))),
  usage,
});

export const compareAnswer = v.strictObject({
  description: v.optional(v.pipe(compared.description, v.description("The tables that can be compared."))),
  answers: v.optional(
    v.pipe(
      v.array(
        v.union([
          compared.cutAnswer,
          compared.hashAnswer,
          compared.marksAnswer,
          compared.rowsAnswer,
          compared.schemaAnswer,
        ]),
      ),
      v.description("To the first of the questions, as many as could be answered at once."),
    ),
  ),
  usage,
});

const rowCount = (which: string) =>
  v.pipe(v.nullable(v.number()), v.description(`Rows of the ${which}; null while they are not counted.`));

const bothCounts = { left: rowCount("first"), right: rowCount("second") };

export const diffAnswer = v.strictObject({
  left: v.pipe(v.nullable(v.string()), v.description("The first archive; null: the database as it is.")),
  right: v.pipe(v.nullable(v.string()), v.description("The second one; null: the database as it is.")),
  status: v.pipe(
    v.picklist(["completed", "processing"]),
    v.description("processing: the same call with the cursor goes on."),
  ),
  tables: v.pipe(
    v.array(
      v.strictObject({
        table: v.string(),
        by: v.pipe(
          v.picklist(["hash", "rows"]),
          v.description("hash: both archives say that it is the same, and no row was read."),
        ),
        ...bothCounts,
        added: v.pipe(v.number(), v.description("Rows that only the second has.")),
        changed: v.pipe(v.number(), v.description("Rows that both have, with other cells.")),
        deleted: v.pipe(v.number(), v.description("Rows that only the first has.")),
        unchanged: v.number(),
        cells: v.pipe(v.number(), v.description("Cells of the changed rows that differ.")),
        unfinished: v.exactOptional(
          v.pipe(v.literal(true), v.description("There is more to read: it is told again, as a whole.")),
        ),
        samples: v.pipe(
          sampleRows,
          v.description("Some rows that differ: what became of the first one's in the second."),
        ),
      }),
    ),
    v.description("Those that were compared by this call, and those that the one before left unfinished."),
  ),
  notCompared: v.array(v.strictObject({ table: v.string(), why: v.string(), ...bothCounts })),
  schema: v.pipe(
    v.array(v.strictObject({ table: v.string(), difference: v.string() })),
    v.description("How the schemas differ; of the first call."),
  ),
  cursor: v.optional(v.pipe(v.string(), v.description("Where it goes on; absent at the end."))),
  notes,
  usage,
});

export const listAnswer = v.strictObject({
  objects: v.array(
    v.strictObject({
      key: v.string(),
      kind: v.pipe(
        v.picklist(["export", "sync", "undo"]),
        v.description("undo: rows as they were before a sync, which it can be undone from."),
      ),
      version: v.pipe(v.nullable(v.number()), v.description("Null where only the document itself knows it.")),
      bytes,
      uploadedAt: milliseconds,
      status: v.pipe(v.nullable(runStatus), v.description("Of its run here; null when it was never synced.")),
      phase: phaseBeside,
    }),
  ),
  runs: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          key: v.string(),
          status: runStatus,
          phase: phaseBeside,
          version: v.nullable(v.number()),
          mode: v.picklist(["merge", "insert", "mirror"]),
          startedAt: milliseconds,
          completedAt: v.nullable(milliseconds),
          error: v.pipe(v.nullable(v.string()), v.description("Why it failed or was refused.")),
        }),
      ),
      v.description(
        "On the first page: the runs that this database remembers, 100 at the most, newest first, whether their objects are still there or not.",
      ),
    ),
  ),
  cursor: v.optional(v.pipe(v.string(), v.description("Where the next page begins; absent on the last."))),
  usage,
});

const pastRun = v.strictObject({
  key: v.string(),
  phase,
  dropped: v.pipe(v.boolean(), v.description("What it had staged was removed before it came to an end.")),
  partly: v.pipe(
    v.boolean(),
    v.description("It did not come to its end, and a part of its rows is in the tables."),
  ),
  owner: v.pipe(v.nullable(v.string()), v.description("Whose it is: token:ci, app:ada. Null: nobody said.")),
  source: v.pipe(
    v.nullable(v.strictObject({ engine: v.string(), name: v.optional(v.string()) })),
    v.description("Where its rows are from, as the archive itself says."),
  ),
  mode: v.picklist(["merge", "insert", "mirror"]),
  version: v.nullable(v.number()),
  results: v.pipe(results, v.description("By table; null where its rows are not all committed.")),
  unchanged,
  code: v.pipe(v.nullable(v.string()), v.description("Why it failed or was refused.")),
  error: v.nullable(v.string()),
  startedAt: milliseconds,
  completedAt: v.nullable(milliseconds),
  undoes: v.pipe(v.nullable(v.string()), v.description("The run whose changes this one took back.")),
  undoneBy: v.pipe(v.nullable(v.string()), v.description("The run that took this one's changes back.")),
});

const appliedAt = v.union([v.number(), v.string()]);

export const historyAnswer = v.strictObject({
  live: v.optional(
    v.pipe(
      v.array(v.strictObject({ table: v.string(), version: v.number(), appliedAt })),
      v.description("Each table at its highest version."),
    ),
  ),
  runs: v.optional(v.pipe(v.array(pastRun), v.description("The newest first, 100 at the most."))),
  history: v.array(
    v.strictObject({
      seedName: v.string(),
      seedVersion: v.number(),
      recordCount: v.number(),
      appliedAt,
    }),
  ),
  usage,
});

export const logAnswer = v.strictObject({
  entries: v.pipe(v.array(logEntry), v.description("The newest first.")),
  cursor: v.optional(v.pipe(v.string(), v.description("Where the next page begins; absent on the last."))),
  usage,
});

export const dropAnswer = v.strictObject({
  success: v.literal(true),
  syncKey: v.string(),
  leaves: v.optional(
    v.pipe(
      v.record(
        v.string(),
        v.strictObject({ inserted: v.number(), updated: v.number(), deleted: v.number() }),
      ),
      v.description("By table: what a run that did not come to its end has written, which stays."),
    ),
  ),
  undo: v.optional(
    v.pipe(v.array(keptRows), v.description("What was kept to undo it and is not undone yet.")),
  ),
  message: v.string(),
  usage,
});

export const pruneAnswer = v.strictObject({
  success: v.literal(true),
  dryRun: v.boolean(),
  pruned: v.array(
    v.strictObject({
      key: v.string(),
      kind: v.pipe(
        v.picklist(["export", "sync", "undo", "upload", "run"]),
        v.description("run: staged rows, or an old record, in the database. Else: in the bucket."),
      ),
      bytes,
      ageMs: v.pipe(v.number(), v.description("Milliseconds since it was last worked on.")),
      reason: v.string(),
    }),
  ),
  more: v.pipe(v.boolean(), v.description("There is more than one request may remove: call again.")),
  message: v.string(),
  usage,
});

export const startAnswer = v.strictObject({
  success: v.literal(true),
  syncKey: v.string(),
  key: v.pipe(v.string(), v.description("The same as syncKey, as the other calls name it.")),
  uploadId: v.string(),
  chunkSize: v.pipe(v.number(), v.description("Bytes a part: all but the last have this size.")),
  expiresAt: milliseconds,
  usage,
});

const part = v.strictObject({ partNumber: v.number(), etag: v.string(), size: bytes });

export const partAnswer = v.strictObject({ success: v.literal(true), ...part.entries, usage });

export const completeAnswer = v.strictObject({
  success: v.literal(true),
  syncKey: v.string(),
  key: v.string(),
  bytes,
  etag: v.string(),
  nextStep: v.string(),
  usage,
});

export const abortAnswer = v.strictObject({
  success: v.literal(true),
  key: v.string(),
  aborted: v.pipe(v.boolean(), v.description("False when there was nothing left to abort.")),
  message: v.string(),
  usage,
});

export const partsAnswer = v.strictObject({
  key: v.string(),
  uploadId: v.string(),
  chunkSize: v.number(),
  createdAt: milliseconds,
  expiresAt: milliseconds,
  parts: v.pipe(v.array(part), v.description("What the bucket holds; empty once completed.")),
  completed: v.nullable(v.strictObject({ bytes, etag: v.string() })),
  usage,
});

/** What an operation answers, before its usage is added. */
export type Body<S extends v.GenericSchema> = Omit<v.InferOutput<S>, "usage">;
