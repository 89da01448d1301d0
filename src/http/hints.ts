import type { Refusal } from "../bucket/refusals.ts";
import type { FerryError } from "../errors.ts";
import type { AccessRefusal } from "../operations/caller.ts";
import type { Refusal as SyncRefusal } from "../refusals.ts";

type Details = Readonly<Record<string, unknown>>;
type Hinted = Pick<FerryError, "code" | "hint" | "details">;
/** What to do, or how to say it from an error's details. */
type Hint = string | ((details: Details) => string);

const PART_RULE = "Parts are at least 5 MiB each and all of one size; only the last may be smaller.";

const UPLOADS: Readonly<Record<Refusal, Hint>> = {
  "key-malformed":
    'Use the exportKey or syncKey as it was answered, such as "sync-1700000000000-k3v9x0a7b2qd".',
  "key-of-undo": "No upload goes there. Start without a key to be given one.",
  "key-in-use": "Start without a key to be given a new one.",
  "part-size-out-of-range": "Choose a part size between 5 MiB and 95 MiB, or leave it out for 10 MiB.",
  "part-number-out-of-range":
    "Number the parts from 1; for a larger file, start an upload with larger parts.",
  "part-listed-twice": "List each part once.",
  "part-length-unknown": "Send a Content-Length header (curl: -T part or --data-binary @part, not a pipe).",
  "part-empty": "Send the part's bytes as the request body.",
  "part-below-minimum": PART_RULE,
  "part-above-part-size": ({ partSize }) =>
    `Send parts of at most ${partSize} bytes, or start again with a larger chunkSize.`,
  "part-size-differs": PART_RULE,
  "part-etag-differs": "Send the part again and list the etag of that answer.",
  "no-parts": "Send the parts first, each with PUT and its partNumber.",
  "parts-not-received": ({ arrived, highest }) =>
    `${arrived} of ${highest} parts are safe: send the missing ones, then complete again.`,
  "parts-not-listed": "List every part that was sent; to leave one out, abort and start a new upload.",
  "upload-not-open":
    'Start a new upload with {"action":"start"}: an unfinished one is forgotten after 7 days.',
  "upload-completed": ({ key }) => `Sync it with {"operation":"sync","syncKey":"${key}"}, or drop it.`,
  "joined-size-differs": "Drop the key and upload again.",
};

const undoOf = (key: unknown) => `{"operation":"undo","syncKey":"${key}"}`;

const SYNC_ANOTHER = 'To go back all the same, sync an earlier export, with "mode": "mirror".';

const leaveOut = ({ table }: Details) => `leave the table out: "exclude": [${JSON.stringify(table)}]`;

const SYNCS: Readonly<Record<SyncRefusal, Hint>> = {
  "table-cannot-travel": ({ table }) => `Leave it out: "exclude": [${JSON.stringify(table)}].`,
  "table-missing": (details) =>
    `Run the target's migrations first, have the table made ("create": true), or ${leaveOut(details)}.`,
  "table-of-rows-missing": (details) =>
    `Run the target's migrations first; or sync an archive of all rows, and have the table made ("create": true); or ${leaveOut(details)}.`,
  "parent-missing": (details) =>
    `Bring it along, from the export on ("include": ${JSON.stringify(details.parents)}), make it here by a migration, or ${leaveOut(details)}.`,
  "parent-row-missing": ({ parent, inSync }) =>
    inSync === true
      ? "The source does not have that row either: correct the row there, or add what it points to."
      : `Bring "${parent}" along, from the export on ("include": [${JSON.stringify(parent)}]), or correct the row in the source.`,
  "plan-stale": 'Send the same call again: it plans anew. With "dryRun": true it only plans.',
  "triggers-changed": "Send the same call again when the migrations are through.",
  "other-plan": 'Plan again with "dryRun": true, look at the plan, and name it by its hash.',
  "delete-reaches-rows": ({ child, mode, inSync }) => {
    if (mode !== "mirror") return 'Choose "onConflict": "skip".';
    return inSync === true
      ? 'Delete those rows here, or point them to others; or choose "mode": "merge".'
      : `Bring "${child}" along, from the export on ("include": [${JSON.stringify(child)}]), or choose "mode": "merge".`;
  },
  "update-reaches-rows": ({ child, inSync }) =>
    inSync === true
      ? "Point those rows here to another value, or keep the value in the source."
      : `Bring "${child}" along, from the export on ("include": [${JSON.stringify(child)}]), or keep the value in the source.`,
  "column-missing": (details) =>
    `Run the target's migrations first, or there: ${details.addColumn} Or ${leaveOut(details)}.`,
  "column-cannot-be-added": (details) => `Run the target's migrations first, or ${leaveOut(details)}.`,
  "column-without-default": (details) =>
    `Give the column a default at the target, or add it in the source: ${details.addColumn} Or ${leaveOut(details)}.`,
  "keys-differ": (details) => `Make the keys the same on both sides, or ${leaveOut(details)}.`,
  "fulltext-tables-differ": (details) =>
    `Make the table at the target as the source has it, or ${leaveOut(details)}.`,
  "fulltext-table-needs-archive": ({ table }) => `Leave it out: "exclude": [${JSON.stringify(table)}].`,
  "fulltext-merge-loses-rows": (details) =>
    `Mirror it ("mode": "mirror"), ${leaveOut(details)}, or make it with contentless_delete=1 on both sides.`,
  "rows-without-key": (details) =>
    `To add the rows that are not there, use "keyless": "append". To make the table as the source has it, mirror it ("mode": "mirror"). Or ${leaveOut(details)}.`,
  "insert-cannot-replace": 'Choose "mode": "merge", or "onConflict": "skip".',
  "archive-of-parts": "Export the tables again, and sync that archive.",
  "keyed-without-key": (details) => `Sync an archive of all rows, or ${leaveOut(details)}.`,
  "altered-mirror":
    'Use "mode": "merge"; or remove "frames" from the document, if its tables are meant to be whole.',
  "schema-not-its-own":
    'If you trust where the archive is from, make its schema there by migrations, and sync without "create".',
  "no-tables": 'It needs {"data": {table: [rows]}}.',
  "all-held-back": ({ tables }) => `To write them, name them: "include": ${JSON.stringify(tables)}.`,
  "unique-values-taken": 'Choose "onConflict": "skip" or "replace", or correct the source.',
  "already-completed": 'To apply it again, use "force": true.',
  "version-known": ({ nextVersion }) =>
    `To sync again, use "version": ${nextVersion}, or null for whichever is next; or "force": true.`,
  "transaction-too-large": 'Sync fewer tables at a time, or leave out "atomic": "always".',
  "step-too-large":
    "If the app runs on a larger plan, say so: FERRY_PLATFORM=workers-paid. Else sync fewer tables at a time, or drop triggers of a table that has many, and make them again afterwards.",
  "exchange-held": 'Sync with "atomic": "always": one transaction does it.',
  "unique-in-parts":
    'Correct the row in the source. Where rows only exchange such values, one transaction can write them: drop this run, and sync with "atomic": "always".',
  "exchange-too-large":
    'Sync in one transaction all the same ("atomic": "always"), or give the unique values back in two syncs: first other values, then these.',
  "rows-in-no-order":
    'Sync in one transaction ("atomic": "always"), or in two syncs: first with those keys null, then with their values.',
  "foreign-keys-in-a-cycle": 'Sync in one transaction ("atomic": "always"), or fewer tables at a time.',
  "too-many-columns": (details) => `Split the table, or ${leaveOut(details)}.`,
  "no-room-to-stage":
    'Make room, choose a larger plan of the platform, or sync some of the tables at a time ("tables").',
  "undo-of-no-run": ({ keptBy }) =>
    keptBy === undefined
      ? "GET ?operation=history shows the runs."
      : `It is what ${keptBy} kept: ${undoOf(keptBy)} takes that run back.`,
  "undone-already": ({ undoneBy }) => `To undo the undo, send ${undoOf(undoneBy)}.`,
  "undo-not-asked-for": SYNC_ANOTHER,
  "undo-changed-nothing": "There is nothing to do.",
  "undo-not-kept": SYNC_ANOTHER,
  "undo-pruned": SYNC_ANOTHER,
  "undo-before-the-end": ({ syncKey }) =>
    `Complete it with {"operation":"sync","syncKey":"${syncKey}"}, or give it up with {"operation":"drop","syncKey":"${syncKey}"}: then what it has written can be undone.`,
  "undo-later-first": ({ undoes }) => `To undo that first, send ${undoOf(undoes)}.`,
  "undo-completed": ({ syncKey }) => `To undo the undo, send ${undoOf(syncKey)}.`,
};

const listed = (names: unknown) =>
  Array.isArray(names) ? names.map((name) => JSON.stringify(name)).join(", ") : "";

const ACCESS: Readonly<Record<AccessRefusal, Hint>> = {
  "grant-lacks": ({ allowedBy, missing }) =>
    `What they may do is said by ${allowedBy}: its "may" needs ${listed(missing)}.`,
  "table-not-granted": ({ allowedBy, tables }) =>
    `Their tables are said by ${allowedBy}: ${listed(tables)}. Name those with "tables", or have others added there.`,
  "not-their-own": ({ allowedBy }) =>
    `For what others began "may" needs "manage", which is said by ${allowedBy}. Or begin one of your own.`,
  "policy-forbids": ({ policy, table }) =>
    `The app's option policy says so (${policy}), and no request changes it.${table === undefined ? "" : ` Leave the table out: "exclude": [${JSON.stringify(table)}].`}`,
};

/** By `details.reason`, which is unique in the whole code base; by code where a code has one meaning. */
const HINTS: Readonly<Record<string, Hint>> = { ...UPLOADS, ...SYNCS, ...ACCESS };

/** What to do about an error, for somebody who calls by HTTP: its own hint, or the one of its reason. */
export function hintFor({ code, hint, details = {} }: Hinted): string | undefined {
  const entry = [details.reason, code].find((name): name is string => {
    return typeof name === "string" && Object.hasOwn(HINTS, name);
  });
  if (hint !== undefined || entry === undefined) return hint;
  const worded = HINTS[entry];
  return typeof worded === "function" ? worded(details) : worded;
}

/** An error, or the reason why a run failed, with its hint, and one for each difference between two schemas. */
export function withHints<T extends object>(body: T): T {
  const { code, hint, details } = body as Partial<Hinted>;
  if (code === undefined) return body;
  const worded = hintFor({ code, hint, details });
  const { differences } = details ?? {};
  return {
    ...body,
    ...(worded === undefined ? {} : { hint: worded }),
    ...(Array.isArray(differences)
      ? { details: { ...details, differences: differences.map(eachWithHint) } }
      : {}),
  };
}

function eachWithHint(difference: unknown): unknown {
  const details = difference as Details & { code?: FerryError["code"] };
  if (details.code === undefined) return difference;
  return { ...details, hint: hintFor({ code: details.code, hint: undefined, details }) };
}
