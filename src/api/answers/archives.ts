import * as v from "valibot";
import {
  bytes,
  milliseconds,
  mode,
  moment,
  notes,
  phaseBeside,
  progress,
  runStatus,
  tableCount,
  uploadedFile,
  usage,
} from "./common.ts";

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

export const listAnswer = v.strictObject({
  objects: v.array(
    v.strictObject({
      key: v.string(),
      kind: v.pipe(
        v.picklist(["export", "sync", "undo"]),
        v.description("undo: rows as they were before a sync, which it can be undone from."),
      ),
      version: v.pipe(v.nullable(v.number()), v.description("Null where only the document itself knows it.")),
      ...uploadedFile,
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
          mode,
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
