import type { OnEdit } from "../../diff/index.ts";
import type { RunRequest } from "../../sync/run/index.ts";
import type { CommandOption } from "./command-option.ts";
import { dataVersion, tableNames, whatToCreate, wholeNumber } from "./values.ts";

/** One option for each field of a run's request, under the field's name. A new field needs an entry here, and no more. */
const requestOptions = {
  tables: { flags: "--tables <names>", description: "only these tables, comma-separated", parse: tableNames },
  exclude: {
    flags: "--exclude <names>",
    description: "all tables but these, comma-separated",
    parse: tableNames,
  },
  include: {
    flags: "--include <names>",
    description: "also these tables, which are left out by default: logins, tokens, keys",
    parse: tableNames,
  },
  all: { flags: "--all", description: "everything that is left out by default" },
  mode: {
    flags: "--mode <mode>",
    description: "merge never deletes, insert only adds, mirror also deletes what the source does not have",
    choices: ["merge", "insert", "mirror"],
    default: "merge",
  },
  onConflict: {
    flags: "--on-conflict <what>",
    description: "what to do with a row whose unique value another row already has",
    choices: ["fail", "skip", "replace"],
    default: "fail",
  },
  keyless: {
    flags: "--keyless <what>",
    description:
      "rows of a table without a primary key: refuse to put one in another's place, or append those that are not there",
    choices: ["refuse", "append"],
    default: "refuse",
  },
  atomic: {
    flags: "--atomic <when>",
    description: "write everything in one transaction: auto decides by size; or always, or never",
    choices: ["auto", "always", "never"],
    default: "auto",
  },
  version: {
    flags: "--version <n>",
    description: "the version to record in the history (default: the highest that is in it, and 1)",
    parse: dataVersion,
  },
  force: { flags: "--force", description: "sync a version that is already in the history" },
  create: {
    flags: "--create [what]",
    description:
      "create the tables that the target lacks, with their indexes; --create=all: triggers and views, too",
    parse: whatToCreate,
  },
  undo: { flags: "--no-undo", description: "keep no rows as they were: the run cannot be undone" },
} as const satisfies Record<keyof RunRequest, CommandOption>;

/** What an export takes of a run's request. */
const EXPORT_FIELDS = [
  "tables",
  "exclude",
  "include",
  "all",
  "version",
] as const satisfies (keyof RunRequest)[];

/** The same without what is undefined. */
export type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** A version that the target's history counts is none of the export's. */
export type ExportRequest = Omit<Pick<RunRequest, (typeof EXPORT_FIELDS)[number]>, "version"> & {
  version?: number | undefined;
};

/** What the flags ask of a run. A field that was not given is absent: a run that exists keeps its own. */
export function runRequest(flags: RunRequest): Given<RunRequest> {
  return givenOf(flags, Object.keys(requestOptions) as (keyof RunRequest)[]);
}

/** Which tables. */
export function choiceOf({ tables, exclude, include, all }: RunRequest) {
  return { tables, exclude, include, all };
}

export function exportRequest({ version, ...flags }: ExportRequest | RunRequest): Given<ExportRequest> {
  return givenOf({ ...flags, ...(version === null ? {} : { version }) }, EXPORT_FIELDS);
}

/** The same flags where a version that was not given is the next one of the target's history. */
export function countingVersions<T extends RunRequest>(flags: T): T {
  return { ...flags, version: flags.version ?? null };
}

function givenOf<T, K extends keyof T>(flags: T, names: readonly K[]): Given<Pick<T, K>> {
  const entries = names.map((name) => [name, flags[name]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<Pick<T, K>>;
}

/** How a plan is confirmed without a terminal. */
export interface ConfirmationFlags {
  yes?: boolean | undefined;
  confirmDelete?: number | undefined;
}

/** What a run is asked for, how it is confirmed, and how far it goes. */
export interface RunFlags extends RunRequest, ConfirmationFlags {
  dryRun?: boolean;
  background?: boolean;
  /** Plan again by itself where rows have moved. */
  replan?: boolean;
  /** What becomes of a plan that is only made: of a dry run, it is forgotten. */
  keep?: KeepFlags;
}

export interface KeepFlags {
  /** The file that names it. */
  output?: string | undefined;
  /** Print its rows. */
  rows?: boolean | undefined;
  json?: boolean | undefined;
  /** The plan waits at the app to be applied. @default true */
  waits?: boolean | undefined;
}

export interface TransferFlags extends RunFlags {
  fresh?: boolean;
  /** Make what a SQLite file lacks: tables, and columns. */
  migrate?: boolean;
  /** What to do with rows that were edited on both sides. */
  onEdit?: OnEdit;
  /** False where the last exchange is not looked at. */
  base?: boolean;
  /** Send all rows, and do not look first which of them differ. */
  full?: boolean;
}

const runOptions: CommandOption[] = [
  ...Object.values(requestOptions),
  { flags: "--dry-run", description: "print the plan and change nothing" },
  { flags: "-y, --yes", description: "confirm a plan that deletes nothing" },
  {
    flags: "--confirm-delete <n>",
    description: "confirm a plan that deletes exactly n rows",
    parse: wholeNumber,
  },
  {
    flags: "--replan",
    description: "plan again by itself where rows have moved since the plan, 5 times at the most",
  },
  { flags: "--background", description: "once confirmed, let the app's workflow do the rest" },
];

const mergeOptions: CommandOption[] = [
  {
    flags: "--on-edit <what>",
    description:
      "rows edited on both sides since the last exchange: stop, or take the source's cells (ours), or keep the target's (theirs)",
    choices: ["stop", "ours", "theirs"],
    default: "stop",
  },
  {
    flags: "--no-base",
    description: "do not look at what was last exchanged: what the target has otherwise is overwritten",
  },
];

const migrateOption: CommandOption = {
  flags: "--migrate",
  description: "make the tables, and columns, that a SQLite file or local lacks",
};

export const transferOptions: CommandOption[] = [
  ...runOptions,
  migrateOption,
  ...mergeOptions,
  { flags: "--full", description: "send all rows, without looking first which of them differ" },
  { flags: "--fresh", description: "start over instead of resuming an interrupted run" },
];

/** Of a file that is imported, which may be of any time: nothing was exchanged with it. */
export const importOptions: CommandOption[] = transferOptions.filter(
  (option) => !mergeOptions.includes(option),
);

/** The same options for a run that exists already: what is not given stays as it was first asked for. */
export const takeOverOptions: CommandOption[] = runOptions.map(({ default: usual, ...option }) =>
  usual === undefined
    ? option
    : { ...option, description: `${option.description} (default: as when the run started, or ${usual})` },
);

/** How a plan is confirmed, and how it is carried out. */
const CONFIRMING = /^(-y|--confirm-delete|--replan|--background|--dry-run)\b/;

/** Of a plan that is made to be applied later. */
export const planOptions: CommandOption[] = [
  ...takeOverOptions.filter(({ flags }) => !CONFIRMING.test(flags)),
  ...mergeOptions,
  ...transferOptions.filter(({ flags }) => /^--(fresh|full|migrate)$/.test(flags)),
];

/** Of an undo, which takes back all that its run has changed. */
export const undoOptions: CommandOption[] = [
  { flags: "--force", description: "also take back rows that somebody has changed since the run" },
  ...runOptions.filter(({ flags }) => /^--atomic\b/.test(flags) || CONFIRMING.test(flags)),
];

/** How a plan that was made before is confirmed. */
export const confirmationOptions: CommandOption[] = runOptions.filter(({ flags }) =>
  /^(-y|--confirm-delete)\b/.test(flags),
);

export const exportOptions: CommandOption[] = [
  ...EXPORT_FIELDS.map((name) => requestOptions[name]),
  { flags: "--fresh", description: "start over instead of resuming an interrupted export" },
];
