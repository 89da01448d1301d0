import { createHash, createHmac } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../exit.ts";
import { printable } from "../printing/printable.ts";
import { entriesIn } from "../setup/config-entries.ts";
import type { WranglerFile } from "../setup/wrangler-file.ts";
import type { Settings } from "./settings.ts";

/*
 * The D1 database of a development server. Wrangler, and what is made of it (the plugin for Vite, Astro's adapter,
 * OpenNext), keep it in .wrangler/state beside the wrangler file, one SQLite file each, named after the database's id.
 */

/** "local", or "local:BINDING" where the wrangler file has several databases. */
const LOCAL = /^local(?::(.*))?$/s;

export interface LocalDatabase {
  /** Of the SQLite file; it is there. */
  path: string;
  /** How it is typed. */
  name: string;
}

export const isLocal = (text: string): boolean => LOCAL.test(text);

/** The place that is meant where nobody names the local one: LOCAL_API, or the wrangler file's database. */
export async function defaultLocal(
  { localApi }: Pick<Settings, "localApi">,
  cwd: string,
): Promise<string | undefined> {
  if (localApi !== undefined) return localApi;
  const wrangler = await wranglerFile(cwd).catch(() => null);
  const databases = wrangler === null ? [] : databasesIn(wrangler.config, environmentOf(process.env));
  return databases.length === 0 ? undefined : "local";
}

/** Throws `UsageError` where it cannot be told which database is meant, or where it is. */
export async function findLocal(
  text: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LocalDatabase> {
  const binding = LOCAL.exec(text)?.[1];
  const wrangler = await wranglerFile(cwd);
  if (wrangler === null)
    throw new UsageError(
      `${printable(text)} is the database of this directory's wrangler file, and there is none`,
      "Run the command where wrangler.jsonc (or .json, .toml) is, or name the SQLite file itself",
    );
  const environment = environmentOf(env);
  const databases = databasesIn(wrangler.config, environment);
  const where =
    environment === undefined ? wrangler.path : `${wrangler.path} (env ${printable(environment)})`;
  const [first, second] = databases;
  if (first === undefined)
    throw new UsageError(
      `${where} has no d1_databases`,
      "An environment has its own list: CLOUDFLARE_ENV says which is meant",
    );
  const typed = databases.map((one) => `local:${printable(one.binding)}`).join(", ");
  if (binding === undefined && second !== undefined)
    throw new UsageError(`${where} has several databases`, `Say which one: ${typed}`);
  const found = binding === undefined ? first : databases.find((one) => one.binding === binding);
  if (found === undefined)
    throw new UsageError(`${where} has no database ${printable(binding ?? "")}`, `It has ${typed}`);
  const folder = join(cwd, ".wrangler/state/v3/d1", NAMESPACE);
  const path = join(folder, `${objectId(found.id)}.sqlite`);
  if (!existsSync(path))
    throw new UsageError(
      `There is no local database of ${printable(found.binding)} yet${othersIn(folder)}`,
      `Start the app once, or run: npx wrangler d1 migrations apply ${printable(found.binding)} --local. Where state is kept elsewhere (--persist-to), name the SQLite file itself`,
    );
  return { path, name: second === undefined ? "local" : `local:${found.binding}` };
}

/** Where the wrangler file says that this machine's development server listens; null where it names no port. */
export async function addressOfServer(cwd: string): Promise<URL | null> {
  const wrangler = await wranglerFile(cwd);
  const dev = wrangler?.config.dev;
  if (typeof dev !== "object" || dev === null) return null;
  const { port, ip = "localhost", local_protocol: protocol = "http" } = dev as Record<string, unknown>;
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65_535) return null;
  if (!OWN_ADDRESSES.has(ip) || !PROTOCOLS.has(protocol)) return null;
  return new URL(`${protocol}://${ip === "::1" ? "[::1]" : ip === "127.0.0.1" ? ip : "localhost"}:${port}`);
}

/** Of the wrangler file's `dev.ip`: this machine's, or all of them. */
const OWN_ADDRESSES: ReadonlySet<unknown> = new Set(["localhost", "127.0.0.1", "::1", "0.0.0.0", "*"]);

const PROTOCOLS: ReadonlySet<unknown> = new Set(["http", "https"]);

/** Its parsers are loaded once they are needed, which they are not by most commands. */
async function wranglerFile(cwd: string): Promise<WranglerFile | null> {
  const [{ readProject }, { findWranglerFile }] = await Promise.all([
    import("../setup/project.ts"),
    import("../setup/wrangler-file.ts"),
  ]);
  return findWranglerFile(await readProject(cwd));
}

/** The class whose objects keep local D1 databases. */
const NAMESPACE = "miniflare-D1DatabaseObject";

/** What workerd calls the object of a name: its HMAC, and the HMAC of that, under the namespace's key. */
function objectId(name: string): string {
  const key = createHash("sha256").update(NAMESPACE).digest();
  const hmac = (data: string | Buffer) => createHmac("sha256", key).update(data).digest().subarray(0, 16);
  const first = hmac(name);
  return Buffer.concat([first, hmac(first)]).toString("hex");
}

function othersIn(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const others = files.filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite").length;
  return others === 0 ? "" : ` (of ${others === 1 ? "another database" : `${others} others`} there is)`;
}

const environmentOf = (env: Readonly<Record<string, string | undefined>>): string | undefined =>
  env.CLOUDFLARE_ENV === "" ? undefined : env.CLOUDFLARE_ENV;

interface Bound {
  binding: string;
  /** By which wrangler knows the local database. */
  id: string;
}

/** Nothing of this list is inherited by an environment. */
function databasesIn(config: Readonly<Record<string, unknown>>, environment: string | undefined): Bound[] {
  const environments = config.env as Record<string, Record<string, unknown>> | undefined;
  const own = environment === undefined ? config : environments?.[environment];
  return entriesIn(own, "d1_databases").flatMap((entry): Bound[] => {
    const { binding, database_id: id, preview_database_id: preview } = entry;
    if (typeof binding !== "string") return [];
    const known = [preview, id].find((one) => typeof one === "string");
    return [{ binding, id: known ?? binding }];
  });
}
