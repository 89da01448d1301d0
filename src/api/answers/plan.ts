import * as v from "valibot";
import { cell } from "../cell.ts";
import { bytes, usage } from "./common.ts";

const tableResult = v.strictObject({
  attempted: v.number(),
  inserted: v.number(),
  updated: v.number(),
  unchanged: v.number(),
  deleted: v.number(),
  skipped: v.number(),
});

/** The beginning of a long one. */
export const shortCell = v.strictObject({
  start: v.pipe(v.string(), v.description("The first 80 characters, of a blob in base64.")),
  of: v.picklist(["text", "blob"]),
  bytes: v.nullable(bytes),
});

/** A row of a plan, by what its cells are. */
export function plannedRow<C extends v.GenericSchema>(one: C) {
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

export const sampleRows = v.array(plannedRow(v.union([cell, shortCell])));

export const leftRows = v.strictObject({
  edited: v.pipe(v.number(), v.description("Changed since the run.")),
  held: v.pipe(v.number(), v.description("Held as they are by a constraint.")),
});

const left = v.exactOptional(v.pipe(leftRows, v.description("Rows that an undo leaves alone.")));

export const tablePlan = v.strictObject({
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

export const plan = v.strictObject({
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

export const results = v.nullable(v.record(v.string(), tableResult));

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
