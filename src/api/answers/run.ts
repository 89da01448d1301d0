import * as v from "valibot";
import {
  bytes,
  keptRows,
  milliseconds,
  mode,
  moment,
  notes,
  phase,
  phaseBeside,
  progress,
  runStatus,
  unchanged,
  undoes,
  uploadedFile,
  usage,
} from "./common.ts";
import { merged } from "./merged.ts";
import { plan, results } from "./plan.ts";

export const verified = v.pipe(
  v.boolean(),
  v.description("Each table was read back or compared, and holds what the document holds."),
);

export const verification = v.pipe(
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
    mode: v.nullable(mode),
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
    ...uploadedFile,
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
    merged: v.exactOptional(
      v.pipe(
        merged,
        v.description(
          "Of a run of changes: what became of rows that the target's side had edited, as the command that sent them says.",
        ),
      ),
    ),
  }),
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
