import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "../exit.ts";
import { addressWithoutScheme } from "./guess-address.ts";

/** Where rows come from or go to. */
export type Place =
  /** An app that carries d1-ferry; the address is its base. */
  | { kind: "app"; url: URL }
  | { kind: "sqlite"; path: string }
  /** An archive, or a plain JSON document. */
  | { kind: "archive"; path: string };

/** Ends the name of an archive or a document, and no host's. */
const EXPORT_ENDING = /\.(json|gz)$/i;

const SQLITE_MAGIC = "SQLite format 3\0";

/**
 * Reads a place as it is typed. An address is an app; a file is what its first bytes say it is, and a
 * file without bytes is an empty SQLite database. A file that is not there, or is neither, is refused.
 */
export async function parsePlace(text: string, cwd: string): Promise<Place> {
  if (/^https?:\/\//i.test(text)) return { kind: "app", url: parseAppUrl(text) };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw new UsageError(
      `${text} is not a place`,
      "A place is http(s)://…, a SQLite file or an archive file.",
    );
  }
  const path = resolve(cwd, text);
  return { kind: await sniff(path, text), path };
}

export function parseAppUrl(text: string): URL {
  if (!URL.canParse(text)) throw new UsageError(`${text} is not an address`);
  const url = new URL(text);
  if (url.username || url.password) {
    throw new UsageError(
      "An address with a password in it would end up in logs",
      "Put FERRY_TOKEN or PROD_COOKIE into .env instead.",
    );
  }
  url.search = "";
  url.hash = "";
  return url;
}

async function sniff(path: string, shown: string): Promise<"sqlite" | "archive"> {
  const info = await stat(path).catch(() => null);
  if (info === null) throw noFile(shown);
  if (!info.isFile()) throw new UsageError(`${shown} is not a file`);
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(64);
    const { bytesRead } = await file.read(head, 0, 64, 0);
    if (bytesRead === 0 || head.toString("latin1", 0, 16) === SQLITE_MAGIC) return "sqlite";
    if (head[0] === 0x1f && head[1] === 0x8b) return "archive";
    const text = head.toString("latin1", 0, bytesRead);
    if (/^(\u00ff\u00fe|\u00fe\u00ff|\{\0|\0\{)/.test(text)) throw inUtf16(shown);
    if (/^(\u00ef\u00bb\u00bf)?\s*\{/.test(text)) return "archive";
    if (/^(\u00ef\u00bb\u00bf)?\s*\[/.test(text)) throw withoutTable(shown);
  } finally {
    await file.close();
  }
  throw new UsageError(
    `${shown} is neither a SQLite database nor an export`,
    "It begins with neither's mark.",
  );
}

function noFile(shown: string): UsageError {
  const address = EXPORT_ENDING.test(shown) ? null : addressWithoutScheme(shown);
  return address === null
    ? new UsageError(`${shown}: no such file`)
    : new UsageError(`${shown} is no file that is there`, ifTheAppIsMeant(address));
}

/** What to type where `address` was typed without its scheme. */
export function ifTheAppIsMeant(address: string): string {
  const other = address.startsWith("https:") ? " (or http:// for a local one)" : "";
  return `If the app is meant, write ${address}${other}`;
}

function inUtf16(shown: string): UsageError {
  return new UsageError(
    `${shown} is in UTF-16, and a document is in UTF-8`,
    `iconv -f UTF-16 -t UTF-8 ${shown} > utf8.json`,
  );
}

function withoutTable(shown: string): UsageError {
  return new UsageError(
    `${shown} is a list, which does not say of which table`,
    `A document is {"data":{"table":[{"column":value}]}}: jq '{data: {TABLE: .}}' ${shown} > document.json`,
  );
}

/** How a place is named to a person. */
export function placeName(place: Place): string {
  return place.kind === "app" ? place.url.href.replace(/\/$/, "") : place.path;
}

/** What has to be typed before rows are deleted there: the host, or the file's name. */
export function placeHost(place: Place): string {
  return place.kind === "app" ? place.url.host : (place.path.split(/[\\/]/).at(-1) ?? place.path);
}
