import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { UsageError } from "../exit.ts";
import type { CookieFlags } from "../options/run-options.ts";

/** Where the apps are and how to be let in, from the environment, `.env` and the cookie flags. */
export interface Settings {
  localApi: string | undefined;
  prodApi: string | undefined;
  token: string | undefined;
  cookie: string | undefined;
  localCookie: string | undefined;
  prodCookie: string | undefined;
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
  const { value: cookie } = cookieFor(url, settings);
  return {
    ...(settings.token === undefined ? {} : { token: settings.token }),
    ...(cookie === undefined ? {} : { cookie }),
  };
}

/** What was wrong with them, when the app let nobody in: the names of the settings, never their values. */
export function credentialsHint(url: URL, settings: Settings): string {
  const { value: cookie, names } = cookieFor(url, settings);
  const wrong: string[] = [];
  if (settings.token !== undefined)
    wrong.push("FERRY_TOKEN is not this app's token: it has to be the app's own FERRY_TOKEN to the letter");
  if (cookie !== undefined) wrong.push(`${names} is no login of this app, or one that has expired`);
  if (wrong.length > 0) return `${wrong.join("; and ")}. The environment is read first, then .env.`;
  return `Neither FERRY_TOKEN nor ${names} is set: put the app's FERRY_TOKEN into .env of this directory.`;
}

/** The cookie that belongs to an app, and what its setting is called. */
function cookieFor(url: URL, settings: Settings): { value: string | undefined; names: string } {
  const { prodApi, prodCookie, localApi, localCookie, cookie } = settings;
  const own = sameApp(url, prodApi)
    ? { value: prodCookie, names: "PROD_COOKIE (--prod-cookie)" }
    : sameApp(url, localApi)
      ? { value: localCookie, names: "LOCAL_COOKIE (--local-cookie)" }
      : undefined;
  return own?.value === undefined ? { value: cookie, names: "FERRY_COOKIE (--cookie)" } : own;
}

function sameApp(url: URL, other: string | undefined): boolean {
  return other !== undefined && new URL(other).origin === url.origin;
}
