import * as v from "valibot";
import { logEntry } from "../../bucket/log.ts";
import { milliseconds, mode, phase, unchanged, usage } from "./common.ts";
import { leftRows, results } from "./plan.ts";

export const pastRun = v.strictObject({
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
  mode,
  version: v.nullable(v.number()),
  results: v.pipe(results, v.description("By table; null where its rows are not all committed.")),
  unchanged,
  code: v.pipe(v.nullable(v.string()), v.description("Why it failed or was refused.")),
  error: v.nullable(v.string()),
  startedAt: milliseconds,
  completedAt: v.nullable(milliseconds),
  undoes: v.pipe(v.nullable(v.string()), v.description("The run whose changes this one took back.")),
  left: v.exactOptional(
    v.pipe(
      leftRows,
      v.description("Rows that an undo left as they were: this run, or the one that took it back."),
    ),
  ),
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
