import type { FerryKey } from "../bucket/keys.ts";
import type { Database } from "../database/port.ts";
import type { FerryError } from "../errors.ts";
import { refused } from "../refusals.ts";
import { type KeptImages, type PastRun, type RunReport, readPastRuns } from "../sync/run/index.ts";

/** What a run is undone by. */
export interface Undo {
  /** The run whose changes are taken back. */
  run: PastRun;
  /** The archive that is undone next. */
  image: KeptImages;
  /** Archives that remain then: each has an undo of its own. */
  earlier: number;
}

/**
 * The newest archive of the run that is not undone yet. Rejects with `NOT_FOUND` where the database knows no such
 * run, and with `NOT_UNDOABLE`, saying why, where there is nothing to undo, or not yet. `permit` is called with the
 * run before anything is told of it.
 */
export async function findUndo(
  database: Database,
  key: FerryKey,
  permit: (run: PastRun) => void,
): Promise<Undo> {
  const [run] = await readPastRuns(database, { limit: 1, keys: [key] });
  if (run === undefined) throw await unknownRun(database, key, permit);
  permit(run);
  const open = await openImages(database, run);
  const image = open.at(-1)?.image;
  if (image === undefined) throw await nothingLeft(database, run);
  if (!isAtEnd(run)) throw beforeTheEnd(run);
  return { run, image, earlier: open.length - 1 };
}

/** The run that keeps the archive of this key, and whether it is the one to undo next. */
export async function findUndoBy(
  database: Database,
  key: FerryKey,
  permit: (run: PastRun) => void,
): Promise<Undo> {
  const [run] = await readPastRuns(database, { limit: 1, keeping: key });
  if (run === undefined) throw unknown(key);
  permit(run);
  const open = await openImages(database, run);
  const at = open.findIndex(({ image }) => image.key === key);
  const found = open[at];
  if (found === undefined) {
    throw hasWritten(run) ? completedAlready(key, run) : await nothingLeft(database, run);
  }
  const later = open[at + 1]?.image;
  if (later !== undefined) {
    throw refused(
      "undo-later-first",
      `${run.key} was applied in several parts, and ${later.key} undoes a later one than ${key}. Nothing was changed`,
      { details: { syncKey: key, undoes: run.key, later: later.key } },
    );
  }
  if (!isAtEnd(run)) throw beforeTheEnd(run);
  if (found.undo?.status === "completed") throw completedAlready(key, run);
  return { run, image: found.image, earlier: at };
}

/** What was kept of the rows that a run has written over and is not undone yet, the oldest first. */
export async function keptToUndo(
  database: Database,
  { key, images }: Pick<RunReport, "key" | "images">,
): Promise<KeptImages[]> {
  if (images.length === 0) return [];
  const [run] = await readPastRuns(database, { limit: 1, keys: [key] });
  return run === undefined ? [] : (await openImages(database, run)).map(({ image }) => image);
}

/** An archive, and the undo that was begun by it. */
interface OpenImages {
  image: KeptImages;
  undo: PastRun | undefined;
}

/** The archives of a run that no completed undo went by, the oldest first. */
async function openImages(database: Database, run: PastRun): Promise<OpenImages[]> {
  const { images, undoneBy } = run;
  if (images.length === 0 || !hasWritten(run)) return [];
  const keys = images.map(({ key }) => key);
  const undos = await readPastRuns(database, { limit: keys.length, keys });
  const found = images.map((image) => ({ image, undo: undos.find(({ key }) => key === image.key) }));
  return found.filter(({ image: { key }, undo }) => {
    // One that has written its rows may still have to be checked, and one that was undone itself may be made again.
    if (undo === undefined) return key !== undoneBy;
    return undo.status !== "completed" || undo.undoneBy !== null;
  });
}

/** Some of its rows are in the tables, or were. */
function hasWritten({ results, partly }: PastRun): boolean {
  return results !== null || partly;
}

/** What it is to write is written, or given up. Any other run may be gone on with at any time. */
function isAtEnd({ status, unowned }: PastRun): boolean {
  return status === "completed" || unowned;
}

async function unknownRun(
  database: Database,
  key: FerryKey,
  permit: (run: PastRun) => void,
): Promise<FerryError> {
  const [keeping] = await readPastRuns(database, { limit: 1, keeping: key });
  if (keeping === undefined) return unknown(key);
  permit(keeping);
  return refused("undo-of-no-run", `${key} is an undo that nobody has asked for yet`, {
    details: { syncKey: key, keptBy: keeping.key },
  });
}

function unknown(key: FerryKey): FerryError {
  return refused("undo-of-no-run", `This database remembers no run ${key}`, { details: { syncKey: key } });
}

/** Why a run has no archive that could be undone. */
async function nothingLeft(database: Database, run: PastRun): Promise<FerryError> {
  const { key, images, partly, results, keepsNone } = run;
  const details = { syncKey: key };
  if (!hasWritten(run)) return refused("undo-changed-nothing", `${key} has written nothing`, { details });
  if (images.length > 0) {
    const chain = await undosOf(database, images);
    const [first, last] = [chain[0] ?? run.undoneBy, chain.at(-1) ?? run.undoneBy];
    const again = `; that was undone since, and the last undo, ${last}, ${chain.length % 2 === 0 ? "brought its changes back" : "took them back again"}`;
    const message = `${key} is undone already, by ${first}${chain.length > 1 ? again : ""}`;
    return refused("undone-already", message, { details: { ...details, undoneBy: last } });
  }
  if (keepsNone) {
    return refused("undo-not-asked-for", `${key} was asked to keep no rows as they were`, { details });
  }
  const changed = Object.values(results ?? {}).some((one) => one.inserted + one.updated + one.deleted > 0);
  if (!changed && !partly) return refused("undo-changed-nothing", `${key} changed no row`, { details });
  return refused("undo-not-kept", `${key} keeps no rows as they were, so it cannot be undone`, { details });
}

/** Undos of undos that are followed, at the most. */
const LONGEST_CHAIN = 20;

/** The undo that went by the newest of these archives, the undo of that, and so on. */
async function undosOf(database: Database, images: readonly KeptImages[]): Promise<string[]> {
  const chain: string[] = [];
  let next = images;
  while (next.length > 0 && chain.length < LONGEST_CHAIN) {
    const keys = next.map(({ key }) => key);
    const undos = await readPastRuns(database, { limit: keys.length, keys });
    const done = undos.filter(({ status }) => status === "completed");
    const newest = keys
      .map((key) => done.find((one) => one.key === key))
      .findLast((one) => one !== undefined);
    if (newest === undefined) break;
    chain.push(newest.key);
    next = newest.images;
  }
  return chain;
}

function beforeTheEnd({ key, status, partly }: PastRun): FerryError {
  const how = partly ? "has written a part of its rows and may go on" : "is not completed";
  return refused(
    "undo-before-the-end",
    `${key} is ${status}: it ${how}, so it cannot be undone yet. Nothing was changed`,
    {
      details: { syncKey: key, status },
    },
  );
}

function completedAlready(key: FerryKey, { key: undoes }: PastRun): FerryError {
  return refused("undo-completed", `This undo of ${undoes} is completed. Nothing was changed`, {
    details: { syncKey: key, undoes },
  });
}
