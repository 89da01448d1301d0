import type { Body, undoAnswer } from "../api/answers/index.ts";
import { requireKey } from "../api/input.ts";
import type { UndoRequest } from "../api/requests.ts";
import type { CallOptions, RunOptions } from "../api/run-options.ts";
import { type FerryKey, objectName } from "../bucket/keys.ts";
import { bucketSource } from "../bucket/source.ts";
import { FerryError } from "../errors.ts";
import { refused } from "../refusals.ts";
import type { PastRun } from "../sync/run/index.ts";
import { requireCall, requireOwner } from "./caller.ts";
import { driveFromBucket, type Synced } from "./drive-run.ts";
import { findUndo, findUndoBy, type Undo } from "./find-undo.ts";
import type { Invocation } from "./invocation.ts";

type Undone = Body<typeof undoAnswer>;

/**
 * Takes back what a run has changed, as far as this request may go. The undo is a run of its own, by the archive of
 * rows as they were: of several archives the newest that is not undone yet.
 */
export async function undoRun(invocation: Invocation, input: UndoRequest): Promise<Undone> {
  const { syncKey: _s, exportKey: _e, background, ...options } = input;
  const key = requireKey(input, "syncKey", "exportKey");
  const undo = await findUndo(invocation.database, key, permitOwn(invocation));
  return driveUndo(invocation, undo, { options, background });
}

/** The same by the undo's own key, as `sync` is asked for it. */
export async function goOnWithUndo(
  invocation: Invocation,
  { key, options, background }: Asked & { key: FerryKey },
): Promise<Undone> {
  refuseOtherOptions(options);
  requireCall(invocation.caller, "undo", { syncKey: key, ...options });
  const undo = await findUndoBy(invocation.database, key, permitOwn(invocation));
  return driveUndo(invocation, undo, { options, background });
}

interface Asked {
  options: RunOptions & CallOptions;
  background?: boolean | undefined;
}

/** Whose the run is, the undo is as well, until somebody who manages takes it over. */
function permitOwn({ caller }: Invocation): (run: PastRun) => void {
  return ({ key, owner }) => requireOwner(caller, key, owner);
}

async function driveUndo(
  invocation: Invocation,
  { run, image, earlier }: Undo,
  { options: { dryRun, plan, expectDeletes, expectUpdates, force, atomic }, background }: Asked,
): Promise<Undone> {
  const key = image.key as FerryKey;
  const source = await bucketSource(invocation.bucket, objectName(key));
  if (source === null) throw pruned(run, key);
  // The archive is whole, and so is what is taken back.
  const asked = { dryRun, plan, expectDeletes, expectUpdates, force, atomic };
  const options = { ...asked, mode: "mirror", all: true } as const;
  const synced = await driveFromBucket(invocation, {
    ...{ key, source, options, background },
    undoes: run.key,
    again: true,
  });
  return { ...synced, undoes: run.key, message: `${synced.message}${tellEarlier(synced, run, earlier)}` };
}

function tellEarlier({ status }: Synced, { key }: PastRun, earlier: number): string {
  if (earlier === 0 || status === "processing") return "";
  const parts = earlier === 1 ? "An earlier part" : `${earlier} earlier parts`;
  return ` ${parts} of ${key} can be undone after this one: by the same call again.`;
}

/** What a sync may be asked for, and an undo not: it takes back all that the run has changed. */
const NOT_OF_UNDOS = [
  "onConflict",
  "keyless",
  "create",
  "version",
  "tables",
  "exclude",
  "include",
] as const satisfies (keyof RunOptions)[];

function refuseOtherOptions(options: RunOptions): void {
  // A null asks for no version of its own.
  const other = NOT_OF_UNDOS.find((name) => (options[name] ?? undefined) !== undefined);
  const field = other ?? (options.mode !== undefined && options.mode !== "mirror" ? "mode" : undefined);
  if (field === undefined) return;
  throw new FerryError("INVALID_REQUEST", `An undo takes back all that its run has changed: no "${field}"`, {
    hint: `Leave out "${field}".`,
    details: { field },
  });
}

function pruned({ key: run }: PastRun, key: string): FerryError {
  return refused("undo-pruned", `The rows that ${run} kept, ${key}, are no longer in the bucket`, {
    details: { syncKey: run, undo: key },
  });
}
