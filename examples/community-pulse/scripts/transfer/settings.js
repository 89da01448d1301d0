import { existsSync, readFileSync } from "node:fs";
import * as util from "node:util";

const ENV_FILE = new URL("../../.env", import.meta.url);

export const USAGE = `Moves the local database's rows into a deployed app's, through the bucket.

  node scripts/export-and-upload.js [options]

  --target=local|production  where the rows go (default: local, as a test of the way)
  --table=NAME               only this table; may be given several times
  --version=N                record the rows under this version (default: 1)
  --force                    sync although the version is in the history
  --yes                      do not ask before changing production
  --local-cookie=VALUE       the session cookie of the local app
  --prod-cookie=VALUE        the session cookie of the deployed app
  --help

LOCAL_API, PROD_API and FERRY_TOKEN come from the environment or from .env.

Exit codes: 0 done, 1 failed, 2 wrong usage or not confirmed, 3 finished but rows were refused,
5 another run holds the lock, 130 interrupted.`;

/** A command line or a setting that cannot be used. */
export class UsageError extends Error {}

const OPTIONS = {
  target: { type: "string", default: "local" },
  table: { type: "string", multiple: true },
  version: { type: "string" },
  force: { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  "local-cookie": { type: "string" },
  "prod-cookie": { type: "string" },
  help: { type: "boolean", short: "h", default: false },
};

/** What was asked for, and where both apps are. */
export function readSettings(args, env = process.env) {
  const flags = parseFlags(args);
  const file = readEnvFile();
  const value = (name) => env[name]?.trim() || file[name]?.trim() || undefined;
  const token = value("FERRY_TOKEN");
  const local = {
    name: "local",
    ...place("LOCAL_API", value("LOCAL_API") ?? "http://localhost:4321"),
    token,
  };
  const settings = {
    help: flags.help,
    tables: flags.table,
    version: flags.version === undefined ? undefined : wholeNumber("--version", flags.version),
    force: flags.force,
    yes: flags.yes,
    source: { ...local, cookie: cookieOf(flags["local-cookie"] ?? value("LOCAL_COOKIE")) },
  };
  if (flags.help || flags.target === "local") return { ...settings, target: settings.source };
  if (flags.target !== "production")
    throw new UsageError(`--target is local or production, not "${flags.target}"`);
  const address = value("PROD_API");
  if (address === undefined)
    throw new UsageError("Production is nowhere: set PROD_API in .env (see .env.example)");
  const cookie = cookieOf(flags["prod-cookie"] ?? value("PROD_COOKIE"));
  return { ...settings, target: { name: "production", ...place("PROD_API", address), token, cookie } };
}

function parseFlags(args) {
  try {
    return util.parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error.message);
  }
}

function readEnvFile() {
  if (!existsSync(ENV_FILE)) return {};
  if (typeof util.parseEnv === "function") return util.parseEnv(readFileSync(ENV_FILE, "utf8"));
  throw new UsageError(
    "This Node cannot read .env: take Node 20.12 or later, or set LOCAL_API and PROD_API yourself",
  );
}

function place(name, address) {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new UsageError(`${name} is not an address: ${address}`);
  }
  return { url: address };
}

/** The cookie's value as the browser shows it, or a whole Cookie header. */
const cookieOf = (text) => (text === undefined || text.includes("=") ? text : `pulse_session=${text}`);

function wholeNumber(name, text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new UsageError(`${name} takes a whole number from 1`);
  return number;
}
