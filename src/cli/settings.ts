import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { UsageError } from "./exit.ts";

/** Where the apps are and how to be let in, from the environment, `.env` and the cookie flags. */
export interface Settings {
  localApi: string | undefined;
  prodApi: string | undefined;
  token: string | undefined;
  cookie: string | undefined;
  localCookie: string | undefined;
  prodCookie: string | undefined;
}

export interface CookieFlags {
  cookie?: string;
  localCookie?: string;
  prodCookie?: string;
}

/** A flag wins over the environment, the environment over `.env` in the working directory. */
export async function readSettings(
  env: Record<string, string | undefined>,
  cwd: string,
  flags: CookieFlags = {},
): Promise<Settings> {
  const file = await readEnvFile(join(cwd, ".env"));
  const value = (name: string) => nonEmpty(env[name]) ?? nonEmpty(file[name]);
  return {
    localApi: address("LOCAL_API", value("LOCAL_API")),
    prodApi: address("PROD_API", value("PROD_API")),
    token: value("FERRY_TOKEN"),
    cookie: flags.cookie ?? value("FERRY_COOKIE"),
    localCookie: flags.localCookie ?? value("LOCAL_COOKIE"),
    prodCookie: flags.prodCookie ?? value("PROD_COOKIE"),
  };
}

async function readEnvFile(path: string): Promise<Record<string, string | undefined>> {
  try {
    return parseEnv(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new UsageError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed ? trimmed : undefined;
}

function address(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new UsageError(`${name} is not an address: ${value}`, `Set ${name}=https://… in .env`);
  }
  return value;
}

export interface Credentials {
  token?: string;
  cookie?: string;
}

/**
 * What this app may be shown: the bearer token, and the cookie that belongs to it. The local and the
 * production cookie go to no other address; the plain cookie goes to whichever app is named.
 */
export function credentialsFor(url: URL, settings: Settings): Credentials {
  const own = sameApp(url, settings.prodApi)
    ? settings.prodCookie
    : sameApp(url, settings.localApi)
      ? settings.localCookie
      : undefined;
  const cookie = own ?? settings.cookie;
  return {
    ...(settings.token === undefined ? {} : { token: settings.token }),
    ...(cookie === undefined ? {} : { cookie }),
  };
}

/** What was wrong with them, when the app let nobody in: the names of the settings, never their values. */
export function credentialsHint(url: URL, settings: Settings): string {
  const credentials = credentialsFor(url, settings);
  const [cookie, flag] = cookieNames(url, settings);
  const wrong: string[] = [];
  if (credentials.token !== undefined)
    wrong.push("FERRY_TOKEN is not this app's token: it has to be the app's own FERRY_TOKEN to the letter");
  if (credentials.cookie !== undefined)
    wrong.push(`${cookie} (${flag}) is no login of this app, or one that has expired`);
  if (wrong.length > 0) return `${wrong.join("; and ")}. The environment is read first, then .env.`;
  return `Neither FERRY_TOKEN nor ${cookie} (${flag}) is set: put the app's FERRY_TOKEN into .env of this directory.`;
}

function cookieNames(url: URL, settings: Settings): [variable: string, flag: string] {
  if (sameApp(url, settings.prodApi) && (settings.prodCookie ?? settings.cookie) !== settings.cookie)
    return ["PROD_COOKIE", "--prod-cookie"];
  if (sameApp(url, settings.localApi) && (settings.localCookie ?? settings.cookie) !== settings.cookie)
    return ["LOCAL_COOKIE", "--local-cookie"];
  return ["FERRY_COOKIE", "--cookie"];
}

function sameApp(url: URL, other: string | undefined): boolean {
  return other !== undefined && new URL(other).origin === url.origin;
}
