import { constants, type DatabaseSync } from "node:sqlite";
import { type Access, authorize, openClosed, reachesOutside } from "./node-sqlite-closed.ts";
import type { Made, Misdeed } from "./port.ts";
import { literal, quote } from "./sql/syntax.ts";
import { foldCase } from "./sql/tokenize.ts";

/**
 * Makes objects in an empty database in memory that reaches nothing, and has SQLite say what each asks for,
 * also when it is used: a second opinion on SQL that may be anybody's. Null where each makes itself alone.
 * What SQLite cannot make here, or only beside tables that are not, it is left to refuse there.
 */
export function rehearse(objects: readonly Made[]): Misdeed | null {
  const stage = openClosed(":memory:");
  try {
    stage.exec("PRAGMA trusted_schema = off");
    for (const object of objects) {
      const problem = make(stage, object) ?? use(stage, object);
      if (problem !== null) return { object, problem };
    }
    return null;
  } finally {
    stage.close();
  }
}

function make(stage: DatabaseSync, object: Made): string | null {
  const before = listObjects(stage);
  const denied = attempt(
    stage,
    (access) => !belongsTo(object, access),
    (watched) => {
      // Where SQLite is not watched, a second statement is not run: it would be, unseen.
      if (watched) stage.exec(object.sql);
      else stage.prepare(object.sql).run();
    },
  );
  if (denied !== null) return denied;
  const after = listObjects(stage);
  const gone = [...before].find((row) => !after.has(row));
  if (gone !== undefined) return `changes what is there: ${gone}`;
  const stray = [...after].find((row) => !before.has(row) && !isDeclared(object, row));
  return stray === undefined ? null : `makes something else: ${stray}`;
}

/** Has SQLite read what the object does when somebody uses it, and runs none of it. */
function use(stage: DatabaseSync, { type, name, table }: Made): string | null {
  const uses =
    type === "view"
      ? [`SELECT * FROM ${quote(name)}`]
      : type === "trigger"
        ? [
            `INSERT INTO ${quote(table)} DEFAULT VALUES`,
            ...updates(stage, table),
            `DELETE FROM ${quote(table)}`,
          ]
        : [];
  for (const sql of uses) {
    const refuses = (access: Access) => reachesOutside(access) || !isOfMain(access) || isPragma(access);
    const denied = attempt(stage, refuses, () => stage.prepare(sql));
    if (denied !== null) return denied;
  }
  return null;
}

/** A trigger may be about any column. */
function updates(stage: DatabaseSync, table: string): string[] {
  return columnsOf(stage, table).map(
    ({ name }) => `UPDATE ${quote(table)} SET ${quote(name)} = ${quote(name)}`,
  );
}

/** None of a view over tables that are not here. */
function columnsOf(stage: DatabaseSync, table: string): { name: string }[] {
  try {
    return stage.prepare("SELECT name FROM pragma_table_info(?)").all(table) as { name: string }[];
  } catch {
    return [];
  }
}

/** What SQLite was asked for and was not to do; null where there is no such thing. */
function attempt(
  stage: DatabaseSync,
  refuses: (access: Access) => boolean,
  work: (watched: boolean) => void,
): string | null {
  let denied: string | null = null;
  const watched = authorize(stage, (access) => {
    const refused = refuses(access);
    if (refused) denied ??= `asks SQLite for ${nameOf(access)}`;
    return refused;
  });
  try {
    work(watched);
  } catch (error) {
    // Its own mistakes are told where it is made; this is SQLite's word for what no schema may do.
    const unsafe = /^unsafe use of .*/.exec((error as Error).message);
    if (unsafe !== null) denied ??= `makes ${unsafe[0]}`;
  } finally {
    authorize(stage, reachesOutside);
  }
  return denied;
}

/** All that making an object asks SQLite for. */
function belongsTo(object: Made, access: Access): boolean {
  if (!isOfMain(access) || reachesOutside(access) || isPragma(access)) return false;
  const { action } = access;
  const [first = "", second = ""] = access.names.map((name) => foldCase(name ?? ""));
  const { type } = object;
  const isOwn = (name: string) => name === foldCase(object.name) || isShadow(object, name);
  switch (action) {
    case constants.SQLITE_READ:
      return first === "sqlite_master" || isOwn(first) || first === foldCase(object.table);
    case constants.SQLITE_SELECT:
    case constants.SQLITE_FUNCTION:
    case constants.SQLITE_PRAGMA:
      return true;
    case constants.SQLITE_CREATE_TABLE:
      return (type === "table" && isOwn(first)) || isShadow(object, first) || first === "sqlite_sequence";
    case constants.SQLITE_CREATE_VTABLE:
      return (type === "table" || type === "virtual") && isOwn(first) && /^fts5(vocab)?$/.test(second);
    case constants.SQLITE_CREATE_INDEX:
      return type === "index"
        ? isOwn(first) && second === foldCase(object.table)
        : first.startsWith("sqlite_autoindex_") && isOwn(second);
    case constants.SQLITE_REINDEX:
      return type === "index" && isOwn(first);
    case constants.SQLITE_CREATE_VIEW:
      return type === "view" && isOwn(first);
    case constants.SQLITE_CREATE_TRIGGER:
      return type === "trigger" && isOwn(first) && second === foldCase(object.table);
    case constants.SQLITE_INSERT:
    case constants.SQLITE_UPDATE:
      return first === "sqlite_master" || isShadow(object, first);
    default:
      return false;
  }
}

/** A full-text table keeps what it has in others, whose names begin with its own. */
function isShadow({ type, name }: Made, table: string): boolean {
  return (type === "table" || type === "virtual") && table.startsWith(`${foldCase(name)}_`);
}

function isOfMain({ database }: Access): boolean {
  return database === null || database === "" || foldCase(database) === "main";
}

/** Full-text tables ask for one, to know whether somebody else has written. */
function isPragma({ action, names: [first] }: Access): boolean {
  const name = foldCase(first ?? "");
  if (action === constants.SQLITE_PRAGMA) return name !== "data_version";
  return action === constants.SQLITE_READ && name.startsWith("pragma_");
}

function listObjects(stage: DatabaseSync): Set<string> {
  const rows = stage.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema").all();
  return new Set(
    rows.map(({ type, name, tbl_name: table, sql }) => JSON.stringify([type, name, table, sql])),
  );
}

function isDeclared(object: Made, row: string): boolean {
  const [type, name, table] = (JSON.parse(row) as string[]).map((text) => foldCase(text ?? ""));
  if (name === "sqlite_sequence") return object.type === "table";
  const declared = foldCase(object.name);
  if (type === "table" && name !== undefined)
    return ["table", "virtual"].includes(object.type) && (name === declared || isShadow(object, name));
  if (type === "index" && object.type !== "index") return table === declared || isShadow(object, table ?? "");
  return type === object.type && name === declared && (type === "view" || table === foldCase(object.table));
}

const ACTIONS = new Map(
  Object.entries(constants)
    .filter(([name]) => /^SQLITE_(?!CHANGESET|OK|DENY|IGNORE)/.test(name))
    .map(([name, value]) => [value as number, name.replace("SQLITE_", "").replaceAll("_", " ")]),
);

function nameOf({ action, names, database }: Access): string {
  const about = [database, ...names].filter((name) => name !== null && name !== "" && name !== "main");
  return [ACTIONS.get(action) ?? `action ${action}`, ...about.map((name) => literal(name as string))].join(
    " ",
  );
}
