import type { CommandOption } from "./command-option.ts";

/** What every command takes. */
export interface OutputOptions {
  json?: boolean;
  quiet?: boolean;
  /** False after --no-progress. */
  progress?: boolean;
}

export const outputOptions: CommandOption[] = [
  { flags: "--json", description: "print the result to stdout as one JSON object" },
  { flags: "-q, --quiet", description: "print only the plan, warnings and errors" },
  { flags: "--no-progress", description: "no progress bars" },
];

export interface CredentialFlags {
  cookie?: string;
  localCookie?: string;
  prodCookie?: string;
  cookieEnv?: string;
  tokenEnv?: string;
}

/** Their values are secrets. */
export const cookieOptions: CommandOption[] = [
  { flags: "--cookie <cookie>", description: "session cookie for any other app" },
  {
    flags: "--local-cookie <cookie>",
    description: "session cookie for the app at LOCAL_API (or LOCAL_COOKIE)",
  },
  {
    flags: "--prod-cookie <cookie>",
    description: "session cookie for the app at PROD_API (or PROD_COOKIE)",
  },
];

export const credentialOptions: CommandOption[] = [
  {
    flags: "--token-env <name>",
    description: "the variable that holds the token of an app that is neither LOCAL_API nor PROD_API",
  },
  { flags: "--cookie-env <name>", description: "the variable that holds its session cookie" },
  ...cookieOptions,
];

export interface UrlFlags {
  url?: string;
}

export const urlOption: CommandOption = {
  flags: "--url <address>",
  description: "the app to ask (default: PROD_API)",
};

export const removalOption: CommandOption = {
  flags: "-y, --yes",
  description: "remove without asking",
};
