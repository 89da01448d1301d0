import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { FerryError } from "../../errors.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { downloadArchive } from "../journey/download-archive.ts";
import { type Exported, exportSummary } from "../journey/export-summary.ts";
import { type ExportSource, fileWithSize, openArchiveFile, writeArchive } from "../journey/write-archive.ts";
import { type ExportRequest, exportOptions, exportRequest } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { connect } from "../places/connect.ts";
import { explainFullDisk } from "../places/disk-full.ts";
import { parsePlace } from "../places/parse-place.ts";
import { placeName } from "../places/place.ts";
import { bytes, moment } from "../printing/numbers.ts";
import { takeLock } from "../workspace/command-lock.ts";
import { openRecord } from "../workspace/journey-record.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

interface ExportCommandFlags extends ExportRequest {
  output: string;
  json?: boolean;
  fresh?: boolean;
}

export const exportCommand: Command<[string], ExportCommandFlags> = {
  name: "export",
  summary: "Write a SQLite file or an app's database as an archive.",
  arguments: [{ name: "<source>", description: "a SQLite file, or an app's address" }],
  options: [
    { flags: "-o, --output <file>", description: "the archive to write; - for stdout", required: true },
    ...exportOptions,
  ],
  examples: [
    "d1-ferry export app.sqlite -o app.json.gz",
    "d1-ferry export https://app.example.com -o backup.json.gz",
    "d1-ferry export app.sqlite -o - | gunzip | jq '.data | keys'",
  ],
  async run([text], flags, dependencies) {
    const place = await parsePlace(text, dependencies.world.cwd);
    if (place.kind === "archive") throw new UsageError(`${text} is already an archive`);
    const source: ExportSource =
      place.kind === "app" ? { kind: "app", app: connect(place.url, dependencies) } : place;
    const work = { source, from: placeName(place), flags };
    return flags.output === "-" ? toStdout(work, dependencies) : toFile(work, dependencies);
  },
};

interface ExportWork {
  source: ExportSource;
  /** The source's name. */
  from: string;
  flags: ExportCommandFlags;
}

async function toStdout({ source, from, flags }: ExportWork, session: Dependencies): Promise<ExitCode> {
  const { stdout } = session.world;
  if (flags.json)
    throw new UsageError("-o - and --json both write to stdout", "Write to a file with -o FILE");
  if (stdout.isTTY) {
    throw new UsageError("An archive cannot be shown on a terminal", "Pipe it to a command, or use -o FILE");
  }
  const { summary } = exportSummary(await writeArchive(source, { flags, output: stdout }, session));
  session.printer.done(`Exported ${summary} from ${from}`);
  return EXIT.done;
}

async function toFile(work: ExportWork, session: Dependencies): Promise<ExitCode> {
  const { output } = work.flags;
  const path = resolve(session.world.cwd, output);
  await refuseDatabase(path, output, session.world.cwd);
  const partial = `${path}.partial`;
  const lock = await takeLock(`${partial}.lock`, `Another export is writing ${output}`, session);
  try {
    const { source } = work;
    const exported =
      source.kind === "app"
        ? await exportResumable(source.app, { ...work, path, partial }, session)
        : await exportWhole(source, { ...work, path, partial }, session);
    await report(exported, { from: work.from, path }, session);
  } finally {
    lock.release();
  }
  return EXIT.done;
}

interface FileWork extends ExportWork {
  path: string;
  partial: string;
}

/** A SQLite file is exported in one go: what an interrupted command wrote is of no use. */
async function exportWhole(
  source: ExportSource,
  { flags, path, partial }: FileWork,
  session: Dependencies,
): Promise<Exported> {
  try {
    const exported = await explainFullDisk(path, async () =>
      writeArchive(source, { flags, output: await openArchiveFile(partial) }, session),
    );
    await rename(partial, path);
    return exported;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** The same command resumes what was started at the app and in the file, unless it failed for good. */
async function exportResumable(
  app: App,
  { from, flags, path, partial }: FileWork,
  session: Dependencies,
): Promise<Exported> {
  const store = await openRecord(["export", from, path, exportRequest(flags)], session, flags);
  if (store.resumed) {
    const since = moment(store.record.startedAt);
    session.printer.line(`Resuming the export that started at ${since} (--fresh starts over)`);
  }
  try {
    const exported = await explainFullDisk(path, () =>
      downloadArchive(app, { flags, file: { path: partial }, store }, session),
    );
    await rename(partial, path);
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
async function refuseDatabase(path: string, shown: string, cwd: string): Promise<void> {
  const present = await parsePlace(path, cwd).catch(() => null);
  const empty = present?.kind === "sqlite" && (await fileWithSize(path)).bytes === 0;
  if (present?.kind === "sqlite" && !empty) {
    throw new UsageError(
      `${shown} is a SQLite database and would be overwritten`,
      "Name another file with -o",
    );
  }
}

async function report(
  exported: Exported,
  { from, path }: { from: string; path: string },
  { printer }: Dependencies,
): Promise<void> {
  const { version, stats } = exported;
  const file = await fileWithSize(path);
  const { summary, notes } = exportSummary(exported);
  for (const note of notes) printer.line(`  ${note}`);
  printer.done(`Exported ${summary} from ${from} to ${path}: ${bytes(file.bytes)}`);
  printer.result({
    success: true,
    from,
    file: path,
    bytes: file.bytes,
    version,
    stats,
    notes: exported.notes,
  });
}
