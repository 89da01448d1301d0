import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { UsageError } from "../exit.ts";
import type { CookieFlags } from "../options/common-options.ts";
import { withoutPassword } from "./guess-address.ts";

/** Where the apps are and the credentials for them, from the environment, `.env` and the cookie flags. */
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
    throw new UsageError(
      `${name} is not an address: ${withoutPassword(value)}`,
      `Set ${name}=https://… in .env`,
    );
  }
  return value;
}
