import * as v from "valibot";
import { count, flag, tableNames } from "./fields.ts";

/** With what the name of a plan begins that is named by its rows. */
export const ROWS_NAME = "rows-";

/** True for the name of a plan's rows, false for its hash. */
export const namesRows = (plan: string): boolean => plan.startsWith(ROWS_NAME);

/** Which tables. */
export const tableChoice = {
  tables: v.optional(v.pipe(tableNames, v.description("Only these tables."))),
  exclude: v.optional(v.pipe(tableNames, v.description("All tables but these."))),
  include: v.optional(
    v.pipe(tableNames, v.description("Also these, which are left out by default: logins, tokens, keys.")),
  ),
  all: v.optional(
    v.pipe(flag, v.description("Everything that is left out by default, but for the history of syncs.")),
  ),
};

/**
 * What may be asked of a run. The run keeps it; a later call may change it until the rows are applied. A
 * new option is declared here, and nowhere else on its way from the request to the run.
 */
export const runOptions = {
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
  keyless: v.optional(
    v.pipe(
      v.picklist(["refuse", "append"], 'has to be one of "refuse", "append"'),
      v.description(
        "Rows of a table without a primary key: refuse to put one in another's place, or append those that are not there. Default: refuse.",
      ),
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
  create: v.optional(
    v.pipe(
      v.union([v.boolean(), v.literal("all")], 'has to be true, false or "all"'),
      v.description(
        'Creates tables that this database lacks, with their indexes; "all": also their triggers, and views.',
      ),
    ),
  ),
  undo: v.optional(
    v.pipe(
      flag,
      v.description("Keeps the rows as they were, so that the sync can be undone. Default: true."),
    ),
  ),
  version: v.optional(
    v.pipe(
      v.nullable(count),
      v.description(
        "Recorded instead of the document's own version; null: the highest in the history and 1, taken as the rows are written.",
      ),
    ),
  ),
  ...tableChoice,
};

/** What may be asked of one call that drives a run. The run does not keep it. */
export const callOptions = {
  dryRun: v.optional(v.pipe(flag, v.description("Answers the plan and changes no table."))),
  plan: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(rows-)?[0-9a-f]{64}$/, "has to be the hash of a plan, or the name of its rows"),
      v.description(
        "The plan that may be applied: its hash, refused where it is no longer the run's, or the name of its rows, by which it is made and applied in one call.",
      ),
    ),
  ),
  expectDeletes: v.optional(
    v.pipe(count, v.description("The number of rows the plan may delete; another number refuses the sync.")),
  ),
  expectUpdates: v.optional(
    v.pipe(count, v.description("The number of rows the plan may update; another number refuses the sync.")),
  ),
};

const runOptionsSchema = v.object(runOptions);
const callOptionsSchema = v.object(callOptions);

export type RunOptions = v.InferOutput<typeof runOptionsSchema>;

export type CallOptions = v.InferOutput<typeof callOptionsSchema>;

export const RUN_OPTION_NAMES = Object.keys(runOptions) as readonly (keyof RunOptions)[];

/** The run options among others, those that are given. */
export function pickRunOptions(options: RunOptions): {
  [Name in keyof RunOptions]?: Exclude<RunOptions[Name], undefined>;
} {
  const given = RUN_OPTION_NAMES.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}
