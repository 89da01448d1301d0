import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "../exit.ts";
import { addressWithoutScheme, holdsPassword, withoutPassword } from "./guess-address.ts";
import { findLocal, isLocal } from "./local-database.ts";
import type { Place } from "./place.ts";
import { refuseList } from "./refuse-list.ts";

/** Ends the name of an archive or a document, and never a host's. */
const EXPORT_ENDING = /\.(json|gz)$/i;

const SQLITE_MAGIC = "SQLite format 3\0";

/**
 * Reads a place as it was typed. An address is an app; a file is what its first bytes say it is, and an
 * empty file is an empty SQLite database. A file that does not exist, or is neither, is refused. `local` is the database
 * of this directory's development server.
 */
export async function parsePlace(text: string, cwd: string): Promise<Place> {
  if (/^https?:\/\//i.test(text)) return { kind: "app", url: parseAppUrl(text) };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw new UsageError(
      `${withoutPassword(text)} is not a place`,
      "A place is an address (http://… or https://…), a SQLite file, an archive file, or local.",
    );
  }
  if (isLocal(text)) {
    const { path, name } = await findLocal(text, cwd);
    return { kind: "sqlite", path, local: name };
  }
  refusePassword(text);
  const path = resolve(cwd, text);
  return parseFile(path, text);
}

/** A file by its first bytes, and how it is named to a person. */
export async function parseFile(path: string, shown: string): Promise<Exclude<Place, { kind: "app" }>> {
  return { kind: await sniff(path, shown), path };
}

/** Refuses what has a password in it, whatever else it may be. */
export function refusePassword(text: string): void {
  if (holdsPassword(text)) throw passwordInAddress();
}

function passwordInAddress(): UsageError {
  return new UsageError(
    "A password in an address would end up in logs",
    "Put the token in .env as PROD_TOKEN or LOCAL_TOKEN, or name its variable with --token-env",
  );
}

export function parseAppUrl(text: string): URL {
  refuseList(text);
  if (!URL.canParse(text)) throw new UsageError(`${withoutPassword(text)} is not an address`);
  const url = new URL(text);
  if (url.username || url.password) {
    throw passwordInAddress();
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
    "Its first bytes are those of neither.",
  );
}

function noFile(shown: string): UsageError {
  const address = EXPORT_ENDING.test(shown) ? null : addressWithoutScheme(shown);
  return address === null
    ? new UsageError(`${shown}: no such file`)
    : new UsageError(`${shown}: no such file`, ifTheAppIsMeant(address));
}

/** What to type instead, where `address` was typed without its scheme. */
export function ifTheAppIsMeant(address: string): string {
  const other = address.startsWith("https:") ? " (or http:// for a local one)" : "";
  return `If you mean the app, write ${address}${other}`;
}

function inUtf16(shown: string): UsageError {
  return new UsageError(
    `${shown} is in UTF-16; a document has to be in UTF-8`,
    `iconv -f UTF-16 -t UTF-8 ${shown} > utf8.json`,
  );
}

function withoutTable(shown: string): UsageError {
  return new UsageError(
    `${shown} is a list, which does not name its table`,
    `A document is {"data":{"table":[{"column":value}]}}: jq '{data: {TABLE: .}}' ${shown} > document.json`,
  );
}
