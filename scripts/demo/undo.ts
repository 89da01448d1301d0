import { FerryError } from "../../src/errors.ts";
import type { App } from "./apps.ts";
import { type CommandOptions, runCommand } from "./command.ts";
import { type Comparison, compareDatabases, editD1, openD1, rowsByKey } from "./databases.ts";
import { completed, type PushResult, push } from "./push.ts";

/** A push that was undone, and what came of it. */
export interface UndoFindings {
  pushed: PushResult & { seconds: number };
  /** Rows of the push that production has as before. */
  restored: number;
  /** Rows that somebody had changed since, and that stayed so. */
  left: number;
  /** Production holds what it held before the push, but for what the app has changed since. */
  equal: boolean;
  seconds: number;
  /** The command that undid the push. */
  command: string;
}

/** What `d1-ferry undo --json` prints, as far as the demo reads it. */
interface UndoResult {
  success: true;
  verified: boolean;
  plan: { left?: { edited: number; held: number } };
  results: PushResult["results"];
}

/** Local edits: rows of two tables, and new ones. */
const LOCAL_EDITS = `
  UPDATE content_items SET title = 'Edited locally' WHERE id IN (SELECT id FROM content_items ORDER BY id LIMIT 20);
  UPDATE authors SET display_name = 'Edited locally' WHERE id IN (SELECT id FROM authors ORDER BY id LIMIT 5);
  INSERT INTO authors (platform, platform_id, username, first_seen, last_seen)
    VALUES ('reddit', 't2_demo1', 'demo one', 1, 1), ('reddit', 't2_demo2', 'demo two', 2, 2);`;

const NEW_ROWS = 2;

/** What people do in production meanwhile: one row that the push has changed, and one that it has not. */
const PRODUCTION_EDITS = `
  UPDATE content_items SET title = 'Edited in production' WHERE id = 7;
  UPDATE authors SET display_name = 'Edited in production' WHERE id = 100;`;

const EDITED = [
  { table: "content_items", id: 7 },
  { table: "authors", id: 100 },
] as const;

const TABLES = ["authors", "content_items"];

/** Edits the local database, pushes that, edits production, and undoes the push. */
export async function undoPush(
  { local, production }: { local: App; production: App },
  { command: options }: { command: CommandOptions },
): Promise<UndoFindings> {
  const before = contents(production.state);
  editD1(local.state, LOCAL_EDITS);
  const pushed = completed(await push([], options));
  refuseDifference(compareDatabases(local.state, production.state, TABLES));

  editD1(production.state, PRODUCTION_EDITS);
  const edited = contents(production.state);
  const words = ["undo", pushed.syncKey, "--confirm-delete", String(NEW_ROWS)];
  const undone = completed<UndoResult>(await runCommand<UndoResult>(words, options));
  const after = contents(production.state);

  const expected = new Map([...before].map(([table, rows]) => [table, new Map(rows)]));
  for (const { table, id } of EDITED) expected.get(table)?.set(id, edited.get(table)?.get(id) ?? "gone");
  const { edited: left = 0, held = 0 } = undone.plan.left ?? {};
  return {
    pushed,
    restored: Object.values(undone.results).reduce(
      (sum, one) => sum + one.inserted + one.updated + one.deleted,
      0,
    ),
    left: left + held,
    equal: undone.verified && isEqual(after, expected),
    seconds: undone.seconds,
    command: `d1-ferry ${words.join(" ")}`,
  };
}

type Contents = Map<string, Map<number, string>>;

/** The rows of the tables that are edited, each as text that is different when any of its cells is. */
function contents(state: string): Contents {
  const database = openD1(state);
  try {
    return new Map(TABLES.map((table) => [table, rowsByKey(database, table)]));
  } finally {
    database.close();
  }
}

function isEqual(one: Contents, other: Contents): boolean {
  return [...one].every(([table, rows]) => {
    const others = other.get(table);
    return rows.size === others?.size && [...rows].every(([id, row]) => row === others.get(id));
  });
}

function refuseDifference(comparisons: readonly Comparison[]): void {
  const different = comparisons.find(({ difference }) => difference !== null);
  if (different === undefined) return;
  throw new FerryError("VERIFICATION_FAILED", `${different.table} is not the same on both sides`, {
    details: { ...different },
  });
}
