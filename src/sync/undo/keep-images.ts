import type { DocumentHeader, SchemaObject } from "../../archive/types.ts";
import { type ArchiveWriter, createArchiveWriter } from "../../archive/writer.ts";
import { FerryError } from "../../errors.ts";
import { count } from "../../numbers.ts";
import { archivedTable } from "../export/index.ts";
import { openWrittenRows, type Place, type WrittenRowsReader } from "../plan/index.ts";
import {
  hasWritten,
  type ImagingProgress,
  isOurs,
  type Plan,
  type RunContext,
  type RunRecord,
  takenOver,
} from "../run/index.ts";
import type { ApplyRunInput, ListedRows } from "../stage/index.ts";
import { imageKey } from "./image-key.ts";
import type { ImagePiece } from "./image-piece.ts";
import { type ImageStep, type ImageSteps, imageSteps } from "./image-steps.ts";
import type { ImageSink, ImageStore } from "./image-store.ts";
import { measureRows, rowsBefore } from "./rows-before.ts";
import { rowsFromSource } from "./rows-from-source.ts";
import { rowsMade } from "./rows-made.ts";

export interface PlannedImages {
  input: ApplyRunInput;
  plan: Plan;
  /** The rows that it is. */
  listed: ListedRows;
}

/**
 * Keeps what a plan writes over and deletes, and what it makes, ahead of the first write. True where all of it is kept,
 * and the record says so; false where the budget ends first, and the record says where to go on.
 */
export async function keepImages(
  context: RunContext,
  run: RunRecord,
  { input, plan, listed }: PlannedImages,
): Promise<boolean> {
  const { images: store } = context.options;
  const { details } = run;
  const { hash } = plan;
  if (details.imaging && details.imaging.hash !== hash) details.imaging = null;
  if (store === undefined || details.request.undo === false || hash === undefined) return true;
  if (details.images?.some((kept) => kept.hash === hash)) return true;
  const what = imageSteps(input, listed);
  note(
    run,
    what.withoutText.map((name) => `full-text table "${name}" cannot be undone`),
  );
  if (what.steps.length === 0) return true;
  const imaging: Imaging = { context, run, store, input, listed, what, hash };
  const earlier = details.imaging ?? null;
  try {
    return await writeImages(imaging, earlier);
  } catch (error) {
    if (earlier === null || !isGone(error)) throw error;
    // A driver that died has finished it, or somebody has removed what there was of it.
    details.imaging = null;
    return writeImages(imaging, null);
  }
}

/** Removes what was kept for a plan that was refused as a whole: nothing is to be undone. */
export async function forgetImages(
  { options }: RunContext,
  { details }: RunRecord,
  hash: string,
): Promise<void> {
  const kept = details.images?.find((one) => one.hash === hash);
  if (kept === undefined) return;
  details.images = details.images?.filter((one) => one !== kept) ?? [];
  // Why the plan was refused is the news; what cannot be removed now goes when it is old.
  await options.images?.remove(kept.key).catch(() => undefined);
}

function isGone(error: unknown): boolean {
  return error instanceof FerryError && error.code === "UPLOAD_NOT_FOUND";
}

interface Imaging extends Pick<PlannedImages, "input" | "listed"> {
  context: RunContext;
  run: RunRecord;
  store: ImageStore;
  what: ImageSteps;
  hash: string;
}

/** Where the writing goes on; plain JSON. */
interface ImagePlace {
  step: number;
  /** In that step; null for its beginning. */
  at: unknown;
  /** What the rows before come to, bytes, of those tables that are measured. */
  bytes: number[];
  /** Rows that were left out so far, of which an undo would know nothing. */
  unknown: number;
  /** The same, of rows that are deleted, for their keys hold NULLs. */
  nullKeys: number;
}

/** Calls to the bucket that keep what is written until the next invocation. */
const PAUSING = 6;

async function writeImages(imaging: Imaging, earlier: ImagingProgress | null): Promise<boolean> {
  const { context, run, store, hash } = imaging;
  const { details } = run;
  const key = await imageKey(run, hash);
  const sink = heldSink(context, store.open(key, earlier?.sink));
  const writer = createArchiveWriter(
    (bytes) => sink.write(bytes),
    earlier === null ? {} : { state: earlier.writer },
  );
  const place: ImagePlace = { ...FIRST, ...(earlier?.place as Partial<ImagePlace>) };
  const progress = { ...place, rows: earlier?.rows ?? 0, written: earlier?.written ?? 0 };
  if (earlier === null) await writer.header(headerOf(imaging));
  if (!(await writeSteps(imaging, writer, progress))) {
    const { rows, written, ...place } = progress;
    details.imaging = { hash, sink: await sink.pause(), writer: writer.state, place, rows, written };
    return false;
  }
  await writer.end();
  const bytes = await sink.finish();
  note(run, [...unknownNotes(progress.unknown), ...nullKeyNotes(progress.nullKeys)]);
  details.imaging = null;
  if (progress.written === 0) {
    await store.remove(key);
    return true;
  }
  // Archives of plans that were given up before they wrote anything tell nothing.
  const others = hasWritten(details) ? (details.images ?? []) : [];
  details.images = [...others, { key, hash, bytes, rows: progress.rows }];
  return true;
}

const FIRST: ImagePlace = { step: 0, at: null, bytes: [], unknown: 0, nullKeys: 0 };

function heldSink(context: RunContext, sink: ImageSink): ImageSink {
  const held = async <T>(work: () => Promise<T>): Promise<T> => {
    await keepLock(context);
    return work();
  };
  return {
    write: (bytes) => held(() => sink.write(bytes)),
    pause: () => held(() => sink.pause()),
    finish: () => held(() => sink.finish()),
  };
}

/** What a driver reads that has lost the run may be what its successor wrote: none of it may get into the archive. */
async function keepLock(context: RunContext): Promise<void> {
  if (!context.holdsLock() && !(await isOurs(context))) throw takenOver(context.key);
  await context.beat();
}

/** False where the budget ends first. */
async function writeSteps(
  imaging: Imaging,
  writer: ArchiveWriter,
  progress: ImagePlace & Pick<ImagingProgress, "rows" | "written">,
): Promise<boolean> {
  const { context, what } = imaging;
  const open = stepReader(imaging, progress);
  for (let step = what.steps[progress.step]; step !== undefined; step = what.steps[progress.step]) {
    let ended = false;
    const pieces = await open(step);
    if (pieces === null) return false;
    for await (const { frames, rows, unknown = 0, nullKeys = 0, next } of pieces) {
      for (const frame of frames) await ("member" in frame ? writer.copy(frame) : writer.frame(frame));
      progress.at = next;
      progress.rows += rows;
      progress.written += frames.reduce((sum, frame) => sum + frame.rows, 0);
      progress.unknown += unknown;
      progress.nullKeys += nullKeys;
      ended = next === undefined;
      if (ended) break;
      await keepLock(context);
    }
    if (!ended) return false;
    Object.assign(progress, { step: progress.step + 1, at: null });
    await keepLock(context);
  }
  return true;
}

/** Opens the reading of a step where it goes on; null where the budget ends before it is open. */
function stepReader(
  { context, input, listed, what }: Imaging,
  progress: ImagePlace,
): (step: ImageStep) => Promise<AsyncIterable<ImagePiece> | null> {
  const { database, budget } = context;
  const { schema } = input.creation;
  const allows = (statements: number, bytes: number) =>
    budget.allows(statements === 0 ? 0 : statements + PAUSING, bytes);
  const before = what.steps.filter((step) => step.is === "before");
  const made = what.steps.filter((step) => step.is === "made");
  let written: WrittenRowsReader | null = null;
  return async (step) => {
    const common = { budget, allows };
    if (step.is === "source") {
      return rowsFromSource(input.source, { ...common, tables: step.tables, schema, from: progress.at });
    }
    if (step.is === "before") {
      const index = before.indexOf(step);
      if (index >= progress.bytes.length) {
        const allowed = (statements: number) => allows(statements + 3, 0);
        const bytes = await measureRows(database, before.slice(index), allowed);
        if (bytes === null) return null;
        progress.bytes = [...progress.bytes, ...bytes];
      }
      const bytes = progress.bytes[index] as number;
      const from = progress.at as Parameters<typeof rowsBefore>[2]["from"];
      return rowsBefore(database, step, { ...common, bytes, from });
    }
    if (written === null) {
      if (!allows(3, 0)) return null;
      const names = made.map(({ table }) => table.name);
      written = await openWrittenRows(database, { schema, listed }, names);
    }
    return rowsMade(step, { ...common, database, reader: written, from: progress.at as Place | null });
  };
}

function headerOf({ context, run, input, what }: Imaging): DocumentHeader {
  return {
    kind: "before-images",
    version: run.details.version ?? 1,
    exportedAt: context.now(),
    source: { engine: "before", name: run.key },
    schema: schemaOf(input, what),
  };
}

/** The tables that are changed, as an export would describe them, with what belongs to them. */
function schemaOf({ creation }: ApplyRunInput, { tables }: ImageSteps): SchemaObject[] {
  const names = new Set(tables.map(({ name }) => name));
  const made = creation.objects.filter((object) => object.type !== "table");
  const others = [...creation.schema.others, ...made].filter(
    (object) => object.type !== "view" && names.has(object.table),
  );
  return [...tables.map((table) => archivedTable(table)), ...others];
}

function nullKeyNotes(rows: number): string[] {
  if (rows === 0) return [];
  const [what, them] = rows === 1 ? ["1 row is", "it"] : [`${count(rows)} rows are`, "them"];
  return [`${what} deleted whose key holds a NULL: an undo does not bring ${them} back`];
}

function unknownNotes(rows: number): string[] {
  if (rows === 0) return [];
  const what = rows === 1 ? "1 row is" : `${count(rows)} rows are`;
  return [
    `${what} added to tables without a key that have too many columns to be compared, or defaults that are others each time: an undo leaves ${rows === 1 ? "it" : "them"}`,
  ];
}

function note({ details }: RunRecord, notes: readonly string[]): void {
  details.notes = [...new Set([...details.notes, ...notes])];
}
