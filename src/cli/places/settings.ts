import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { UsageError } from "../exit.ts";
import type { CredentialFlags } from "../options/common-options.ts";
import { holdsPassword, withoutPassword } from "./guess-address.ts";

/** Where the apps are and the credentials for them, from the environment, `.env` and flags. */
export interface Settings {
  localApi: string | undefined;
  prodApi: string | undefined;
  /** For both of them, where they have none of their own. */
  token: string | undefined;
  localToken: string | undefined;
  prodToken: string | undefined;
  cookie: string | undefined;
  localCookie: string | undefined;
  prodCookie: string | undefined;
  /** What this command line names for an address that is neither. */
  otherToken?: Secret | undefined;
  /** The flags that name the variables of both. */
  otherFlags?: string[];
  otherCookie?: Secret | undefined;
}

export interface Secret {
  /** What it is called in messages. */
  name: string;
  value: string;
}

/** A flag wins over the environment, the environment over `.env` in the working directory. */
export async function readSettings(
  env: Record<string, string | undefined>,
  cwd: string,
  flags: CredentialFlags = {},
): Promise<Settings> {
  const file = await readEnvFile(join(cwd, ".env"));
  const value = (name: string) => nonEmpty(env[name]) ?? nonEmpty(file[name]);
  return {
    localApi: address("LOCAL_API", value("LOCAL_API")),
    prodApi: address("PROD_API", value("PROD_API")),
    token: value("FERRY_TOKEN"),
    localToken: value("LOCAL_TOKEN"),
    prodToken: value("PROD_TOKEN"),
    otherFlags: [
      ...(flags.tokenEnv === undefined ? [] : ["--token-env", flags.tokenEnv]),
      ...(flags.cookieEnv === undefined ? [] : ["--cookie-env", flags.cookieEnv]),
    ],
    otherToken: named("--token-env", flags.tokenEnv, value),
    cookie: value("FERRY_COOKIE"),
    otherCookie:
      flags.cookie === undefined
        ? named("--cookie-env", flags.cookieEnv, value)
        : { name: "--cookie", value: flags.cookie },
    localCookie: flags.localCookie ?? value("LOCAL_COOKIE"),
    prodCookie: flags.prodCookie ?? value("PROD_COOKIE"),
  };
}

/** The variable that a flag names. The name is not shown: it may be a token that was pasted in its place. */
function named(
  flag: string,
  name: string | undefined,
  value: (name: string) => string | undefined,
): Secret | undefined {
  if (name === undefined) return undefined;
  const found = value(name);
  if (found !== undefined) return { name: `${name} (${flag})`, value: found };
  throw new UsageError(
    `Neither the environment nor .env has the variable that ${flag} names`,
    `${flag} takes the name of a variable, such as ${flag} STAGING${flag === "--token-env" ? "_TOKEN" : "_COOKIE"}, and never the value itself`,
  );
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
    if (holdsPassword(value)) throw new UsageError(`${name} is not an address (its value is not shown)`);
    throw new UsageError(
      `${name} is not an address: ${withoutPassword(value)}`,
      `Set ${name}=https://… in .env`,
    );
  }
  return value;
}
