import { constants, DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { REACHING_FUNCTIONS } from "./sql/reaching-functions.ts";

/** What a statement asks SQLite for, as its authorizer is told (sqlite.org/c3ref/c_alter_table.html). */
export interface Access {
  action: number;
  /** What it is about: the meaning depends on the action. */
  names: readonly [string | null, string | null];
  database: string | null;
}

/**
 * Opens a database file from which no other file can be reached: nothing can be attached or loaded, and what
 * stands in its schema may call no function that has effects. Older Nodes leave out what they do not know:
 * the authorizer came with 24.10, limits with 24.15.
 */
export function openClosed(path: string, options: DatabaseSyncOptions = {}): DatabaseSync {
  const sqlite = new DatabaseSync(path, {
    ...options,
    allowExtension: false,
    defensive: true,
    limits: { attach: 0 },
  });
  authorize(sqlite, reachesOutside);
  return sqlite;
}

/** Has SQLite refuse what `refuses` names. False where this Node cannot. */
export function authorize(sqlite: DatabaseSync, refuses: (access: Access) => boolean): boolean {
  if (typeof sqlite.setAuthorizer !== "function") return false;
  sqlite.setAuthorizer((action, first, second, database) =>
    refuses({ action, names: [first, second], database }) ? constants.SQLITE_DENY : constants.SQLITE_OK,
  );
  return true;
}

/** True for another database, and for a function that reaches outside. */
export function reachesOutside({ action, names: [, second] }: Access): boolean {
  if (action === constants.SQLITE_ATTACH || action === constants.SQLITE_DETACH) return true;
  return action === constants.SQLITE_FUNCTION && REACHING_FUNCTIONS.has((second ?? "").toLowerCase());
}
