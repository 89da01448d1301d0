import * as v from "valibot";
import { bytes, notes, tableCount } from "../api/answers/common.ts";
import { pastRun } from "../api/answers/history.ts";
import {
  dropAnswer,
  errorAnswer,
  historyAnswer,
  listAnswer,
  logAnswer,
  pruneAnswer,
  statusAnswer,
} from "../api/answers/index.ts";
import { plan, plannedRow, results } from "../api/answers/plan.ts";
import { verification, verified } from "../api/answers/run.ts";
import { cell } from "../api/cell.ts";
import { finding } from "../api/findings.ts";
import { PERMISSIONS } from "../grants.ts";

/*
 * What each command prints with --json. The build makes a JSON Schema of it, docs/cli.md has a line for each field,
 * and the tests hold every command that they run to it.
 */

const described = <S extends v.GenericSchema>(schema: S, text: string) => v.pipe(schema, v.description(text));

const succeeded = v.literal(true);
const place = described(v.string(), "A place: an app's address, or a file.");
const key = described(v.record(v.string(), cell), "The cells of the key, by column.");
const next = v.array(v.strictObject({ command: v.string(), why: v.string() }));

const difference = v.strictObject({
  table: v.string(),
  left: described(v.number(), "Rows of the first place."),
  right: described(v.number(), "Rows of the second place."),
  added: described(v.number(), "Rows that only the second has."),
  deleted: described(v.number(), "Rows that only the first has."),
  changed: described(v.number(), "Rows that both have, with other cells."),
  unchanged: v.number(),
  cells: described(v.number(), "Cells of the changed rows that differ."),
});

const chosenDifference = v.strictObject({
  ...difference.entries,
  unchanged: described(v.nullable(v.number()), "Null where --where chooses among the rows."),
  others: v.exactOptional(described(v.number(), "Rows that differ and do not meet --where.")),
});

const row = v.nullable(v.union([cell, v.record(v.string(), cell)]));

const merge = v.strictObject({
  since: described(v.nullable(v.string()), "When the places last exchanged rows; null: it is not known."),
  kept: v.strictObject({
    rows: v.number(),
    samples: v.array(
      v.strictObject({
        table: v.string(),
        key,
        columns: described(v.nullable(v.array(v.string())), "Null: the row as a whole."),
      }),
    ),
  }),
  conflicts: v.strictObject({
    rows: v.number(),
    samples: v.array(
      v.strictObject({
        table: v.string(),
        key,
        conflicts: v.array(
          v.strictObject({
            column: described(v.nullable(v.string()), "Null: the row as a whole."),
            base: v.exactOptional(described(row, "Absent where nobody knows it.")),
            ours: row,
            theirs: row,
          }),
        ),
      }),
    ),
  }),
  unknown: v.strictObject({ rows: v.number() }),
});

const usageSum = v.strictObject({
  invocations: v.number(),
  statements: v.number(),
  maxStatementsPerInvocation: v.number(),
  bucketOperations: v.number(),
  ms: v.number(),
});

const appUsage = v.strictObject({
  compare: usageSum,
  export: usageSum,
  upload: usageSum,
  sync: usageSum,
});

const undo = described(
  v.nullable(v.strictObject({ key: v.string(), command: v.string() })),
  "How to undo it; null where there is nothing to undo, or nothing is kept.",
);

const addedColumns = v.array(v.strictObject({ table: v.string(), column: v.string(), sql: v.string() }));

/** Of push, pull, import, sync, plan, apply and undo. */
const transfer = v.strictObject({
  success: described(v.boolean(), "False when declined."),
  status: v.picklist(["completed", "planned", "declined", "processing"]),
  driver: v.exactOptional(described(v.literal("workflow"), "The app's workflow finishes it.")),
  from: v.exactOptional(place),
  to: place,
  syncKey: v.exactOptional(described(v.string(), "The run; absent where nothing had to be sent.")),
  version: v.nullable(v.number()),
  plan: v.nullable(
    v.strictObject({
      ...plan.entries,
      adds: v.exactOptional(described(addedColumns, "Columns and tables that --migrate adds.")),
    }),
  ),
  results,
  unchanged: v.exactOptional(described(succeeded, "There was nothing to do.")),
  verified: v.exactOptional(verified),
  verification: v.exactOptional(verification),
  skipped: v.exactOptional(described(v.number(), "Rows left out because of a conflict.")),
  undoes: v.exactOptional(described(v.string(), "Of an undo: the run whose changes it took back.")),
  undo,
  compared: v.exactOptional(v.strictObject({ tables: v.array(difference) })),
  merge: v.exactOptional(described(merge, "What the last exchange decided.")),
  notes,
  bytes: v.exactOptional(described(v.number(), "Of the archive that was sent.")),
  seconds: v.number(),
  usage: described(
    v.strictObject({ source: v.exactOptional(appUsage), target: v.exactOptional(appUsage) }),
    "Of the apps, what their answers say they used.",
  ),
});

const differences = v.strictObject({
  success: v.boolean(),
  equal: v.boolean(),
  schema: v.array(v.strictObject({ table: v.string(), difference: v.string() })),
  tables: v.array(chosenDifference),
  compared: described(
    v.array(v.strictObject({ table: v.string(), key: v.array(v.string()), columns: v.array(v.string()) })),
    "By which key, and which columns, rows were compared.",
  ),
  whole: described(
    v.array(v.strictObject({ table: v.string(), left: v.number(), right: v.number(), equal: v.boolean() })),
    "Tables without a key that tells their rows apart, compared as a whole; rows of each place.",
  ),
  unmatched: described(
    v.array(
      v.strictObject({
        table: v.string(),
        column: described(v.nullable(v.string()), "Null: the table as a whole."),
        place: v.picklist(["first", "second"]),
      }),
    ),
    "Tables with rows, and columns of such tables, that only one place has.",
  ),
  notCompared: v.array(v.strictObject({ table: v.string(), why: v.string() })),
  notes,
});

const { usage: _list, ...listed } = listAnswer.entries;
const { usage: _log, ...logged } = logAnswer.entries;
const { usage: _history, ...past } = historyAnswer.entries;
const { usage: _error, ...failed } = errorAnswer.entries;
const { pruned } = pruneAnswer.entries;

/** By the command's name; "" is `d1-ferry` alone. */
export const RESULTS = {
  "": v.strictObject({
    success: succeeded,
    local: v.nullable(place),
    production: v.nullable(place),
    error: v.exactOptional(described(v.string(), "Why production did not answer.")),
    live: past.live,
    run: v.exactOptional(described(v.nullable(pastRun), "The last one.")),
    next,
  }),
  apply: transfer,
  completion: v.strictObject({ success: succeeded, shell: v.string(), script: v.string() }),
  diff: differences,
  doctor: v.strictObject({
    success: described(v.boolean(), "False where there is a problem."),
    findings: v.array(finding),
  }),
  drop: v.variant("dropped", [
    v.strictObject({
      success: described(v.literal(false), "Nobody confirmed."),
      syncKey: v.string(),
      dropped: v.literal(false),
    }),
    v.strictObject({
      success: succeeded,
      syncKey: v.string(),
      dropped: v.literal(true),
      leaves: dropAnswer.entries.leaves.wrapped,
      undo,
    }),
  ]),
  export: v.strictObject({
    success: succeeded,
    from: place,
    file: v.string(),
    bytes,
    version: v.nullable(v.number()),
    stats: v.array(tableCount),
    notes,
  }),
  history: v.strictObject({ success: succeeded, ...past, live: past.live.wrapped }),
  import: transfer,
  init: v.strictObject({
    success: v.boolean(),
    status: v.picklist(["written", "dry run", "nothing to do", "declined"]),
    framework: v.string(),
    changes: v.array(
      v.strictObject({ path: v.string(), kind: v.picklist(["new", "edit"]), diff: v.string() }),
    ),
    snippets: described(
      v.array(v.strictObject({ path: v.string(), where: v.string(), code: v.string() })),
      "What is left to a person.",
    ),
    notes,
    next,
  }),
  list: v.strictObject({ success: succeeded, objects: listed.objects, runs: listed.runs.wrapped }),
  log: v.strictObject({ success: succeeded, ...logged }),
  plan: transfer,
  prune: v.strictObject({
    success: described(v.boolean(), "False when nobody confirmed."),
    dryRun: v.boolean(),
    pruned,
    local: described(
      v.array(v.strictObject({ path: v.string(), bytes, ageMs: v.number(), reason: v.string() })),
      "Of the working directory.",
    ),
  }),
  pull: transfer,
  push: transfer,
  status: v.strictObject({ success: succeeded, status: statusAnswer.entries.status }),
  sync: transfer,
  token: v.strictObject({
    success: succeeded,
    token: v.string(),
    line: v.string(),
    name: v.string(),
    may: v.array(v.picklist(PERMISSIONS)),
    tables: v.exactOptional(v.array(v.string())),
    expires: v.nullable(v.string()),
  }),
  undo: transfer,
  verify: differences,
} satisfies Record<string, v.GenericSchema>;

/** A line that `--rows` prints before the result; of `diff`, instead of it. */
export const ROW_LINE = plannedRow(cell);

/** What any command prints that did not come to its end. */
export const FAILURE = v.strictObject({ success: v.literal(false), ...failed });
