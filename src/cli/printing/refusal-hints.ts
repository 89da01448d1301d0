import type { Refusal } from "../../refusals.ts";
import { shellWord } from "../../shell-word.ts";
import { commandLine } from "../options/command-line.ts";

export type Details = Readonly<Record<string, unknown>>;

const syncAnother = () =>
  "To go back all the same, push an earlier export with --mode mirror: d1-ferry import FILE --to PLACE";

const leaveOut = ({ table }: Details) => `leave the table out: --exclude ${shellWord(String(table))}`;

/** `app` names the app that refused, in words of a command line. */
type RefusalHint = (details: Details, app: readonly string[]) => string;

/** What to type after a sync or an export was refused, by `details.reason`. */
export const REFUSAL_HINTS: Readonly<Record<Refusal, RefusalHint>> = {
  "table-cannot-travel": ({ table }) => `Leave it out: --exclude ${shellWord(String(table))}`,
  "table-missing": ({ table }) => missingTablesHint([String(table)]),
  "table-of-rows-missing": (details) =>
    `Run the target's migrations first; or push an archive of all rows, which can create the table (--create); or ${leaveOut(details)}`,
  "parent-missing": (details) =>
    `Bring it along, from the export on (--include ${namesOf(details.parents)}), make it at the target by a migration, or ${leaveOut(details)}`,
  "parent-row-missing": ({ parent, inSync, kept }) => {
    if (kept === true)
      return "Where that row was deleted at the target since the last exchange, add --no-base, which writes over all edits there; else correct the row in the source, or add what it points to";
    return inSync === true
      ? "The source does not have that row either: correct the row there, or add what it points to"
      : `Bring that table along, from the export on (--include ${namesOf([parent])}), or correct the row in the source`;
  },
  "plan-stale": () => "Run the command again: it plans anew",
  "triggers-changed": () => "Run the command again when the target's migrations are through",
  "other-plan": () => "Run the command again: it plans anew",
  "delete-reaches-rows": ({ child, mode, inSync, kept }) => {
    if (mode !== "mirror") return "Use --on-conflict skip";
    if (kept === true)
      return "Rows that were edited at the target since the last exchange stay: delete these there, or point them to other rows; or use --mode merge; or add --no-base, which writes over all edits there";
    return inSync === true
      ? "Delete those rows at the target, or point them to others; or use --mode merge"
      : `Bring that table along, from the export on (--include ${namesOf([child])}), or use --mode merge`;
  },
  "update-reaches-rows": ({ child, inSync }) =>
    inSync === true
      ? "Point those rows at the target to another value, or keep the value in the source"
      : `Bring that table along, from the export on (--include ${namesOf([child])}), or keep the value in the source`,
  "column-missing": (details) =>
    `Run the target's migrations first, or there: ${details.addColumn} Or ${leaveOut(details)}. In a SQLite file or local, --migrate adds it`,
  "column-cannot-be-added": (details) =>
    `Run the target's migrations first, or make the table there anew with the column; or ${leaveOut(details)}`,
  "column-without-default": (details) =>
    `Give the column a default at the target, or add it in the source: ${details.addColumn} Or ${leaveOut(details)}`,
  "keys-differ": (details) => `Make the keys the same on both sides, or ${leaveOut(details)}`,
  "fulltext-tables-differ": (details) =>
    `Create the table at the target as the source has it, or ${leaveOut(details)}`,
  "fulltext-table-needs-archive": ({ table }) => `Leave it out: --exclude ${shellWord(String(table))}`,
  "fulltext-merge-loses-rows": ({ table }) =>
    `Add --mode mirror, or --exclude ${shellWord(String(table))}, or create the table with contentless_delete=1 on both sides`,
  "rows-without-key": (details) =>
    `Add --keyless append to add the rows that are not there; or make this table as the source has it, alone: --tables ${namesOf([details.table])} --mode mirror; or ${leaveOut(details)}`,
  "insert-cannot-replace": () => "Use --mode merge, or --on-conflict skip",
  "archive-of-parts": () => "Export the tables again, and sync that archive",
  "keyed-without-key": (details) => `Push an archive of all rows, or ${leaveOut(details)}`,
  "altered-mirror": () =>
    'Use --mode merge; or remove "frames" from the document, if its tables are meant to be whole',
  "schema-not-its-own": () =>
    "If you trust where the archive is from, make its schema at the target yourself, and go on without --create",
  "no-tables": () => 'The document needs {"data": {table: [rows]}}',
  "all-held-back": ({ tables }) => `To write them, name them: --include ${namesOf(tables)}`,
  "unique-values-taken": () =>
    "Correct the rows in the source, or add --on-conflict skip or --on-conflict replace",
  "already-completed": () => "Add --force to apply it again",
  "version-known": ({ nextVersion }) => nextVersionHint(Number(nextVersion)),
  "transaction-too-large": () => "Sync fewer tables at a time (--tables), or leave out --atomic=always",
  "step-too-large": () =>
    "If the app runs on a larger plan, set FERRY_PLATFORM=workers-paid there. Else sync fewer tables at a time (--tables), or drop triggers of a table that has many, and create them again afterwards",
  "unique-in-parts": () =>
    "Correct the row in the source. Where rows only exchange such values, one transaction can write them: add --atomic=always",
  "exchange-held": () => "Add --atomic=always: one transaction does it",
  "exchange-too-large": () =>
    "Add --atomic=always for one transaction all the same, or push in two steps: first with other unique values, then with these",
  "rows-in-no-order": () =>
    "Add --atomic=always, or push in two steps: first with those keys null, then with their values",
  "foreign-keys-in-a-cycle": () => "Add --atomic=always, or sync fewer tables at a time (--tables)",
  "too-many-columns": (details) => `Split the table, or ${leaveOut(details)}`,
  "no-room-to-stage": () =>
    "Make room, choose a larger plan of the platform, or sync some of the tables at a time (--tables)",
  "undo-of-no-run": ({ keptBy }, app) =>
    keptBy === undefined
      ? `The runs are in ${typed("history", app)}`
      : `It is what ${keptBy} kept: ${typed("undo", app, keptBy)}`,
  "undone-already": ({ undoneBy }, app) => `To undo the undo: ${typed("undo", app, undoneBy)}`,
  "undo-not-asked-for": syncAnother,
  "undo-changed-nothing": () => "There is nothing to do",
  "undo-not-kept": syncAnother,
  "undo-pruned": syncAnother,
  "undo-before-the-end": ({ syncKey }, app) =>
    `Complete it (${typed("sync", app, syncKey)}), or give it up (${typed("drop", app, syncKey)}): then what it has written can be undone`,
  "undo-later-first": ({ undoes }, app) => `Undo that first: ${typed("undo", app, undoes)}`,
  "undo-completed": ({ syncKey }, app) => `To undo the undo: ${typed("undo", app, syncKey)}`,
};

/** A command that asks the same app. */
function typed(command: string, app: readonly string[], key?: unknown): string {
  return commandLine([command, ...(key === undefined ? [] : [String(key)]), ...app]);
}

/** A list of tables as an option takes it. */
function namesOf(tables: unknown): string {
  return shellWord((Array.isArray(tables) ? tables : []).join(","));
}

export function missingTablesHint(tables: readonly string[]): string {
  const pronoun = tables.length === 1 ? "it" : "them";
  return `Run the target's migrations first, have ${pronoun} created (--create), or leave ${pronoun} out: --exclude ${shellWord(tables.join(","))}`;
}

export function nextVersionHint(nextVersion: number): string {
  return `Use --version ${nextVersion}, the next free one, or --force; a push without --version counts by itself`;
}
