import { readlink, realpath, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FerryError } from "../../errors.ts";
import { moment } from "../../numbers.ts";
import { UsageError } from "../exit.ts";
import { type ExportRequest, exportRequest } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { explainFullDisk } from "../places/disk-full.ts";
import { parsePlace } from "../places/parse-place.ts";
import { placeName } from "../places/place.ts";
import { takeLock } from "../workspace/command-lock.ts";
import { openRecord } from "../workspace/journey-record.ts";
import { downloadArchive } from "./download-archive.ts";
import type { Exported } from "./export-summary.ts";
import { putInPlace } from "./put-in-place.ts";
import type { Session } from "./session.ts";
import { type ExportSource, fileWithSize, openArchiveFile, writeArchive } from "./write-archive.ts";

export interface ExportFile {
  /** As it was typed. */
  name: string;
  path: string;
  flags: ExportRequest & { fresh?: boolean };
}

/**
 * Exports into a file that the user named. It has this name once it is complete, and `.partial` behind it
 * until then. A link is followed: the file that it leads to is replaced. A device or a pipe is written to.
 */
export async function exportToFile(
  source: ExportSource,
  named: ExportFile,
  session: Session,
): Promise<Exported & { bytes: number }> {
  if (await isDevice(named.path)) return exportToDevice(source, named, session);
  const file = { ...named, path: await behindLinks(named.path) };
  await refuseDatabase(file, session.world.cwd);
  const partial = `${file.path}.partial`;
  const lock = await takeLock(`${partial}.lock`, `Another export is writing ${file.name}`, session);
  try {
    const exported =
      source.kind === "app"
        ? await exportResumable(source.app, { ...file, partial }, session)
        : await exportWhole(source, { ...file, partial }, session);
    const { bytes } = await fileWithSize(file.path);
    return { ...exported, bytes };
  } finally {
    lock.release();
  }
}

async function isDevice(path: string): Promise<boolean> {
  const present = await stat(path).catch(() => null);
  return present !== null && !present.isFile() && !present.isDirectory();
}

/** The path that a link leads to, also where nothing is there yet. */
async function behindLinks(path: string): Promise<string> {
  const there = await realpath(path).catch(() => null);
  if (there !== null) return there;
  const target = await readlink(path).catch(() => null);
  return target === null ? path : resolve(dirname(path), target);
}

/** Nothing is put in its place, and nothing can be resumed. */
async function exportToDevice(
  source: ExportSource,
  { path, flags }: ExportFile,
  session: Session,
): Promise<Exported & { bytes: number }> {
  const output = await openArchiveFile(path);
  const exported = await explainFullDisk(path, () => writeArchive(source, { flags, output }, session));
  return { ...exported, bytes: output.bytesWritten };
}

type PartialFile = ExportFile & { partial: string };

/** A SQLite file is exported in one go: what an interrupted command wrote is of no use. */
async function exportWhole(
  source: ExportSource,
  { flags, path, partial }: PartialFile,
  session: Session,
): Promise<Exported> {
  try {
    const exported = await explainFullDisk(path, async () =>
      writeArchive(source, { flags, output: await openArchiveFile(partial) }, session),
    );
    await putInPlace(partial, path);
    return exported;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** The same command resumes what was started at the app and in the file, unless it failed for good. */
async function exportResumable(
  app: App,
  { flags, path, partial }: PartialFile,
  session: Session,
): Promise<Exported> {
  const from = placeName({ kind: "app", url: app.url });
  const store = await openRecord(["export", from, path, exportRequest(flags)], session, flags);
  if (store.resumed) {
    const since = moment(store.record.startedAt);
    session.printer.line(`Resuming the export that started at ${since} (--fresh starts over)`);
  }
  try {
    const exported = await explainFullDisk(path, () =>
      downloadArchive(app, { flags, file: { path: partial }, store }, session),
    );
    await putInPlace(partial, path);
    await store.discard();
    return exported;
  } catch (error) {
    const again = session.world.signal.aborted || (error instanceof FerryError && error.transient);
    if (!again) {
      await store.discard();
      await rm(partial, { force: true });
    }
    throw error;
  } finally {
    store.release();
  }
}

/** An older archive is replaced; a database is never. */
async function refuseDatabase({ path, name }: ExportFile, cwd: string): Promise<void> {
  const present = await parsePlace(path, cwd).catch(() => null);
  const empty = present?.kind === "sqlite" && (await fileWithSize(path)).bytes === 0;
  if (present?.kind === "sqlite" && !empty) {
    throw new UsageError(
      `${name} is a SQLite database and would be overwritten`,
      "Name another file with -o",
    );
  }
}
