import { existsSync } from "node:fs";
import { FerryError } from "../../errors.ts";
import { bytes } from "../../numbers.ts";
import type { BaseFile } from "../bases/base-file.ts";
import { forgetAfter } from "../bases/close-exchange.ts";
import { ExpectedRows } from "../bases/expected-rows.ts";
import { type Expectation, OnlyInserts } from "../bases/only-inserts.ts";
import type { Merged } from "../bases/three-way.ts";
import { goBackUndone } from "../bases/undone-exchanges.ts";
import { writeWholeArchive } from "../bases/whole-exchange.ts";
import { exportRequest, type TransferFlags } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { explainFullDisk } from "../places/disk-full.ts";
import { fileSource } from "../places/file-source.ts";
import { type Place, placeHost, placeName } from "../places/place.ts";
import { changesSummary } from "../printing/difference.ts";
import { mergedLines } from "../printing/merged.ts";
import { noteText } from "../printing/printable.ts";
import { appTarget } from "../targets/app-target.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import { askFrameSize } from "./ask-frame-size.ts";
import {
  type ChangedRows,
  type FindChangedRows,
  findChangedRows,
  isNothing,
  isOnlyLooking,
} from "./changed-rows.ts";
import { describePlace } from "./compared-place.ts";
import type { Destination } from "./deliver-archive.ts";
import { downloadArchive } from "./download-archive.ts";
import { takenWithExcludes } from "./excluded-at-either.ts";
import { type Exported, type ExportFlags, exportSummary } from "./export-summary.ts";
import { SendsEverything } from "./sends-everything.ts";
import type { Session } from "./session.ts";
import { type ExportSource, fileWithSize, openArchiveFile, writeArchive } from "./write-archive.ts";
import { writeChanges } from "./write-changes.ts";

/** Where rows come from: a database to export, or an archive that is there already. */
export type Source = ExportSource | Extract<Place, { kind: "archive" }>;

export interface SourceArchiveOptions {
  flags: TransferFlags;
  /** The app that the rows are for; null for a file. */
  target: App | null;
  store: JourneyStore;
  to: Destination;
  /** Null for an archive, which may be of any time. */
  base: BaseFile | null;
  /** Called before anything is exported or sent; what it throws ends the command. */
  beforeSending: () => void;
}

/** What is sent: a file, and of which of the source's rows it is; or nothing, for the target has them all. */
export type Sent =
  | {
      path: string;
      changes: ChangedRows | null;
      expected?: Expectation | null;
      notCompared?: readonly string[];
    }
  | { path: null; changes: ChangedRows };

/** The user's own archive, what an interrupted command was about to send, what differs from the target, or everything. */
export async function sourceArchive(
  source: Source,
  options: SourceArchiveOptions,
  session: Pick<Session, "world" | "printer">,
): Promise<Sent> {
  const { flags, target, store, to, base, beforeSending } = options;
  if (source.kind === "archive" || base === null) {
    if (source.kind !== "archive") throw new Error("Only an archive has no base");
    beforeSending();
    // Found out sooner by a question than by an upload, which is tried for longer.
    if (target !== null) await askFrameSize(target, session.world);
    await store.save({ archive: await fileWithSize(source.path) });
    return { path: source.path, changes: null };
  }
  const earlier = await earlierArchive(store);
  if (earlier !== null) {
    beforeSending();
    return { path: earlier, changes: null, expected: store.record.isToEmpty ? new OnlyInserts() : null };
  }
  const { found, frameBytes } = await compareFirst(source, { flags, target, store, to, base }, session);
  const changes = found instanceof SendsEverything ? null : found;
  if (changes !== null && isNothing(changes) && (flags.keep?.output === undefined || changes.isKnown)) {
    if (flags.keep?.output !== undefined) session.printer.warn("No plan was written: there is nothing to do");
    return { path: null, changes };
  }
  try {
    beforeSending();
  } catch (error) {
    if (changes !== null && changes.exchange !== null) base.takeBack(changes.exchange);
    throw error;
  }
  if (changes !== null && !isNothing(changes)) {
    const path = await archiveOfChanges(changes, { source, frameBytes, ...options }, session);
    return { path, changes };
  }
  const { expected = null, notCompared = [] } = found instanceof SendsEverything ? found : {};
  // Kept from the first step on: an export that is gone on with is compared with nothing.
  if (expected instanceof OnlyInserts) store.note({ isToEmpty: true });
  const all = { frameBytes, flags, store, to, base, expected, notCompared };
  const path = await archiveOfAll(source, all, session);
  return {
    path,
    changes: null,
    expected: store.record.isToEmpty ? new OnlyInserts() : expected,
    notCompared,
  };
}

/** What differs, where that can be told, and the frame size that the target asks for. */
async function compareFirst(
  source: ExportSource,
  {
    flags,
    target,
    store,
    to,
    base,
  }: Omit<SourceArchiveOptions, "beforeSending" | "base"> & { base: BaseFile },
  session: Pick<Session, "world" | "printer">,
): Promise<{ found: ChangedRows | SendsEverything | null; frameBytes: number | undefined }> {
  // An export that was begun is gone on with, unless there may be edits that must not be overwritten.
  const isExporting = store.record.exportKey !== undefined && base.isEmpty;
  // What takes longer is asked first.
  const comparing = isExporting
    ? Promise.resolve(null)
    : changesFor({ flags, from: source, to, base }, session);
  const asking = target === null ? Promise.resolve(undefined) : askFrameSize(target, session.world);
  asking.catch(() => undefined);
  const found = await comparing.catch(async (error: unknown) => {
    // An app that is not there, or lets nobody in, says so here, whatever else goes wrong meanwhile.
    await asking;
    throw error;
  });
  return { found, frameBytes: await asking };
}

interface ToWrite extends Pick<SourceArchiveOptions, "flags" | "store"> {
  frameBytes: number | undefined;
}

/** Writes what differs, and says what is kept at the target. Answers the file's path. */
async function archiveOfChanges(
  changes: ChangedRows,
  {
    source,
    frameBytes,
    flags,
    store,
    to,
  }: ToWrite & Pick<SourceArchiveOptions, "to"> & { source: ExportSource },
  { world, printer }: Pick<Session, "world" | "printer">,
): Promise<string> {
  const { engine, exchange, isKnown, found, added } = changes;
  const name = placeHost(source.kind === "app" ? { kind: "app", url: source.app.url } : source);
  await explainFullDisk(store.archivePath, () =>
    writeChanges(changes, {
      ...{ path: store.archivePath, source: { engine, name }, version: 1, frameBytes, now: world.now() },
      onEdit: flags.onEdit ?? "stop",
    }),
  );
  const archive = await fileWithSize(store.archivePath);
  const notes = [...found.notes, ...added.notes];
  await store.save({
    ...{ archive, isOfChanges: true, isDecided: isKnown, notes },
    ...(exchange === null ? {} : { exchange }),
  });
  printer.done(changesSummary(changes, { to: sourceName(to), bytes: archive.bytes }));
  printer.lines(mergedLines(changes.merged, flags));
  for (const note of notes) printer.line(`  ${noteText(note)}`);
  return archive.path;
}

interface ExpectedOfAll {
  /** What the run is to write, where that is known. */
  expected: Expectation | null;
  /** Tables in which rows could not be told apart. */
  notCompared: readonly string[];
}

/** Exports all that is asked for. Answers the file's path. */
async function archiveOfAll(
  source: ExportSource,
  {
    frameBytes,
    flags,
    store,
    to,
    base,
    expected,
    notCompared,
  }: ToWrite & Pick<SourceArchiveOptions, "to"> & ExpectedOfAll & { base: BaseFile },
  session: Pick<Session, "world" | "printer">,
): Promise<string> {
  const exported = await takenWithExcludes(
    { ...exportRequest(flags), frameBytes },
    (asked) => exportToFile(source, { flags: asked, store }, session),
    (table) => hasTable(to, table, session),
  );
  const archive = await fileWithSize(store.archivePath);
  const exchange = await exchangeOfAll(
    source,
    { flags, store, to, base, notCompared, path: archive.path },
    session,
  );
  await store.save({
    ...{ archive, notes: exported.notes, isDecided: expected instanceof ExpectedRows },
    ...(exchange === null ? {} : { exchange }),
  });
  const { summary, notes } = exportSummary(exported);
  session.printer.done(`Exported ${summary} from ${sourceName(source)}: ${bytes(archive.bytes)}`);
  for (const note of notes) session.printer.line(`  ${note}`);
  return archive.path;
}

/** The exchange in the base, pending; null where the base is to learn nothing of it. */
async function exchangeOfAll(
  source: ExportSource,
  {
    flags,
    store,
    to,
    base,
    path,
    notCompared,
  }: Pick<SourceArchiveOptions, "flags" | "store" | "to"> &
    Pick<ExpectedOfAll, "notCompared"> & { base: BaseFile; path: string },
  { world, printer }: Pick<Session, "world" | "printer">,
): Promise<number | null> {
  if (isOnlyLooking(flags) || flags.mode === "insert") return null;
  const writing = writeWholeArchive(base, {
    ...{ archive: await fileSource(path), mode: flags.mode, target: sourceName(to) },
    ...{ toEmpty: store.record.isToEmpty, leavesOut: notCompared },
    describe: () => describePlace(source, { choice: flags, world }),
  });
  return writing.catch((error: unknown) => {
    forgetAfter(error, base, { printer });
    return null;
  });
}

/** Whether the target has a table, as far as it tells. */
async function hasTable(to: Destination, table: string, { world }: Pick<Session, "world">): Promise<boolean> {
  if (to.kind === "sqlite" && !existsSync(to.path)) return false;
  return describePlace(to, { choice: { tables: [table] }, world }).then(
    () => true,
    // One that cannot travel is one.
    (error: unknown) => error instanceof FerryError && error.code === "UNSUPPORTED",
  );
}

/** Null where everything is sent, which is said where it could be a surprise. */
async function changesFor(
  asked: FindChangedRows,
  session: Pick<Session, "world" | "printer">,
): Promise<ChangedRows | SendsEverything | null> {
  const { flags, to, base } = asked;
  // A version that is given, or forced, is of a whole archive.
  if (flags.full || flags.force || (flags.version ?? null) !== null) return null;
  if (to.kind === "sqlite" && !existsSync(to.path)) return null;
  try {
    const goBack = async (merged: Merged) =>
      to.kind === "app" && goBackUndone(base, merged, appTarget(to.app, session.world));
    return await findChangedRows({ ...asked, goBack }, session);
  } catch (error) {
    if (!(error instanceof SendsEverything)) throw error;
    if (error.why !== null) session.printer.line(`Sending everything: ${error.why}`);
    return error;
  }
}

/** What an interrupted command exported, if it is there as it was. */
async function earlierArchive(store: JourneyStore): Promise<string | null> {
  const { archive } = store.record;
  if (archive === undefined) return null;
  const found = await fileWithSize(archive.path).catch(() => null);
  if (found?.bytes === archive.bytes) return found.path;
  await store.discard();
  return null;
}

function exportToFile(
  source: ExportSource,
  { flags, store }: { flags: ExportFlags; store: JourneyStore },
  session: Pick<Session, "world" | "printer">,
): Promise<Exported> {
  const file = { path: store.archivePath, mode: 0o600 };
  return explainFullDisk(file.path, async () =>
    source.kind === "app"
      ? downloadArchive(source.app, { flags, file, store }, session)
      : writeArchive(source, { flags, output: await openArchiveFile(file.path, file.mode) }, session),
  );
}

function sourceName(source: Source | Destination): string {
  return placeName(source.kind === "app" ? { kind: "app", url: source.app.url } : source);
}
