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

export interface CookieFlags {
  cookie?: string;
  localCookie?: string;
  prodCookie?: string;
}

export const cookieOptions: CommandOption[] = [
  { flags: "--cookie <cookie>", description: "session cookie for any other app (or FERRY_COOKIE)" },
  {
    flags: "--local-cookie <cookie>",
    description: "session cookie for the app at LOCAL_API (or LOCAL_COOKIE)",
  },
  {
    flags: "--prod-cookie <cookie>",
    description: "session cookie for the app at PROD_API (or PROD_COOKIE)",
  },
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
