import type { Atomic, Mode, OnConflict } from "../../sync/run/index.ts";
import type { CommandOption } from "./command-option.ts";
import { tableNames, wholeNumber } from "./values.ts";

export interface SelectionFlags {
  tables?: string[];
  exclude?: string[];
}

/** What a run is asked for and how it is confirmed. What is absent stays as the run was begun. */
export interface RunFlags extends SelectionFlags {
  mode?: Mode;
  onConflict?: OnConflict;
  atomic?: Atomic;
  version?: number;
  force?: boolean;
  create?: boolean;
  yes?: boolean;
  confirmDelete?: number;
  dryRun?: boolean;
  background?: boolean;
}

export interface TransferFlags extends RunFlags {
  mode: Mode;
  onConflict: OnConflict;
  atomic: Atomic;
  fresh?: boolean;
}

export const outputOptions: CommandOption[] = [
  { flags: "--json", description: "print the result on stdout as one JSON object" },
  { flags: "-q, --quiet", description: "only the plan, warnings and errors" },
  { flags: "--no-progress", description: "no progress bars" },
];

export const cookieOptions: (CommandOption & { key: keyof CookieFlags })[] = [
  {
    key: "cookie",
    flags: "--cookie <cookie>",
    description: "session cookie for the named app (or FERRY_COOKIE)",
  },
  { key: "localCookie", flags: "--local-cookie <cookie>", description: "for LOCAL_API (or LOCAL_COOKIE)" },
  { key: "prodCookie", flags: "--prod-cookie <cookie>", description: "for PROD_API (or PROD_COOKIE)" },
];

export const versionOption: CommandOption = {
  flags: "--version <n>",
  description: "the version that the history records",
  parse: wholeNumber,
};

export const selectionOptions: CommandOption[] = [
  { flags: "--tables <names>", description: "only these tables, comma-separated", parse: tableNames },
  { flags: "--exclude <names>", description: "all tables but these, comma-separated", parse: tableNames },
];

export const syncOptions: CommandOption[] = [
  ...selectionOptions,
  {
    flags: "--mode <mode>",
    description: "merge never deletes, insert only adds, mirror makes equal",
    choices: ["merge", "insert", "mirror"],
    default: "merge",
  },
  {
    flags: "--on-conflict <what>",
    description: "for a row whose unique value another row holds",
    choices: ["fail", "skip", "replace"],
    default: "fail",
  },
  {
    flags: "--atomic <when>",
    description: "one transaction for everything: auto by size, always, or never (a transaction a frame)",
    choices: ["auto", "always", "never"],
    default: "auto",
  },
  versionOption,
  { flags: "--force", description: "sync a version that the history has already" },
  {
    flags: "--create",
    description: "make the tables that the target lacks, with their indexes, triggers and views",
  },
  { flags: "--dry-run", description: "print the plan, change nothing" },
  { flags: "-y, --yes", description: "confirm a plan that deletes nothing" },
  {
    flags: "--confirm-delete <n>",
    description: "confirm a plan that deletes exactly n rows",
    parse: wholeNumber,
  },
  { flags: "--background", description: "once it is confirmed, leave the rest to the app's workflow" },
  { flags: "--fresh", description: "begin anew instead of going on with an interrupted run" },
];

/** The same options for a run that was begun elsewhere: what is not given stays as it was asked for there. */
export const takeOverOptions: CommandOption[] = syncOptions
  .filter(({ flags }) => flags !== "--fresh")
  .map(({ default: usual, ...option }) =>
    usual === undefined
      ? option
      : { ...option, description: `${option.description} (default: as it was begun, else ${usual})` },
  );

export interface CookieFlags {
  cookie?: string;
  localCookie?: string;
  prodCookie?: string;
}
