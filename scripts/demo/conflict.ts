import { FerryError } from "../../src/errors.ts";
import type { App } from "./apps.ts";
import { type CommandOptions, runCommand } from "./command.ts";
import { compareDatabases, editD1, openD1 } from "./databases.ts";
import { completed, type PushResult, push } from "./push.ts";

/** What came of edits on both sides. */
export interface ConflictFindings {
  /** Rows that both sides had edited: the push stopped at them. */
  found: number;
  /** Of production's edits, those that were not there any more once the rest was pushed. */
  overwritten: number;
  /** Rows that only production had edited, and that the push kept. */
  kept: number;
  seconds: number;
}

export interface ConflictOptions {
  local: App;
  production: App;
  command: CommandOptions;
  tables: readonly string[];
}

/** A cell that is edited on both sides, and one that is edited here alone. */
const LOCAL_EDITS = `
  UPDATE content_items SET title = 'Edited locally' WHERE id = 11;
  UPDATE authors SET display_name = 'Edited locally' WHERE id = 11;`;

const PRODUCTION_EDITS = `
  UPDATE content_items SET title = 'Edited in production' WHERE id = 11;
  UPDATE authors SET display_name = 'Edited in production' WHERE id = 12;`;

/** Edits both databases, pushes, goes on with production's cell, and pulls what production has otherwise. */
export async function pushConflict({
  local,
  production,
  command,
  tables,
}: ConflictOptions): Promise<ConflictFindings> {
  editD1(local.state, LOCAL_EDITS);
  editD1(production.state, PRODUCTION_EDITS);
  const before = editsIn(production);
  const stopped = await push([], command);
  if (stopped.success || stopped.code !== "EDIT_CONFLICT")
    throw new FerryError("INTERNAL", "A push over what production had edited was not refused");
  if (JSON.stringify(editsIn(production)) !== JSON.stringify(before))
    throw new FerryError("INTERNAL", "A push that was refused wrote something");
  const pushed = completed(await push(["--on-edit", "theirs"], command));
  const after = editsIn(production);
  completed<PushResult>(await runCommand<PushResult>(["pull", "--yes"], command));
  const different = compareDatabases(local.state, production.state, tables).find(
    ({ difference }) => difference !== null,
  );
  if (different !== undefined)
    throw new FerryError("VERIFICATION_FAILED", `${different.table} is not the same on both sides`, {
      details: { ...different },
    });
  return {
    found: stopped.details?.conflictRows ?? 0,
    overwritten: before.filter((text, i) => text !== after[i]).length,
    kept: pushed.merge?.kept.rows ?? 0,
    seconds: stopped.seconds,
  };
}

/** Production's own edits, as they stand there now. */
function editsIn({ state }: App): unknown[] {
  const database = openD1(state);
  try {
    return [
      database.prepare("SELECT title AS text FROM content_items WHERE id = 11").get()?.text,
      database.prepare("SELECT display_name AS text FROM authors WHERE id = 12").get()?.text,
    ];
  } finally {
    database.close();
  }
}
