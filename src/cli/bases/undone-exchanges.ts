import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "../journey/session.ts";
import type { JourneyOutcome } from "../journey/target-run.ts";
import { ifFound } from "../targets/if-found.ts";
import type { Target } from "../targets/target.ts";
import { possibleWorkDirectories } from "../workspace/work-directory.ts";
import { type BaseFile, openBaseFile } from "./base-file.ts";
import { exchangedWithFile } from "./exchanged-with-file.ts";
import type { Merged } from "./three-way.ts";

/*
 * What a base learns of runs that were undone: an exchange that was taken back at its target goes back here as well.
 */

/**
 * Runs that were undone at the target by somebody else: what they exchanged goes back. False where none was. Asked for
 * where rows seem to be edited there, which may be as they were before a run.
 */
export async function goBackUndone(
  base: BaseFile,
  { editedBy }: Pick<Merged, "editedBy">,
  target: Target,
): Promise<boolean> {
  let found = false;
  for (const run of [...editedBy].slice(-MOST_ASKED)) {
    const by = (await ifFound(target.undoneBy(run))) ?? null;
    if (by === null) continue;
    base.undo(run, by);
    found = true;
  }
  return found;
}

/** Runs that a command asks about. */
const MOST_ASKED = 5;

/** A run was undone at its target by another one: the exchange that it was, with whatever source, goes back. */
export function undoExchange({ run, by }: UndoneExchange, session: Pick<Session, "world" | "printer">) {
  return inEachBase(session, (base) => base.undo(run, by));
}

/**
 * Undoes a run in a SQLite file, which keeps nothing of it: a command that is killed meanwhile leaves behind that it had
 * begun.
 */
export async function undoingExchange(
  { run, by }: UndoneExchange,
  drive: () => Promise<JourneyOutcome>,
  session: Pick<Session, "world" | "printer">,
): Promise<JourneyOutcome> {
  await inEachBase(session, (base) => base.exchanges.beginUndo(run, by));
  let isUndone = false;
  try {
    const outcome = await drive();
    isUndone = outcome.end === "completed";
    return outcome;
  } finally {
    await inEachBase(session, (base) => (isUndone ? base.undo(run, by) : base.exchanges.endUndo(run)));
  }
}

interface UndoneExchange {
  run: string;
  by: string;
}

async function inEachBase(
  { world, printer }: Pick<Session, "world" | "printer">,
  work: (base: BaseFile) => void,
): Promise<void> {
  for (const directory of possibleWorkDirectories(world.cwd)) {
    const bases = join(directory, "bases");
    for (const name of await readdir(bases).catch(() => [])) {
      if (!name.endsWith(".sqlite")) continue;
      try {
        const base = openBaseFile(join(bases, name), world);
        try {
          work(base);
        } finally {
          base.close();
        }
      } catch (error) {
        // The run is undone: what a push then knows of it matters less.
        printer.warn(`${join(bases, name)} cannot be read: ${(error as Error).message}`);
      }
    }
  }
}

/**
 * A command that undid a run in a SQLite file was killed before it could say so: the file's rows do. `file` answers the path
 * of the file of a target's name.
 */
export async function settleUndos(base: BaseFile, file: (name: string) => string | null): Promise<void> {
  for (const { run, by, exchange } of base.exchanges.undoing()) {
    const path = file(exchange.target);
    if (path === null) continue;
    if ((await exchangedWithFile(base, exchange.n, path)) === "nothing") base.undo(run, by);
    else base.exchanges.endUndo(run);
  }
}
