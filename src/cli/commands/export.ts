import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { FerryError } from "../../errors.ts";
import { EXIT, UsageError } from "../exit.ts";
import { downloadArchive } from "../journey/download-archive.ts";
import { exportedLines } from "../journey/export-summary.ts";
import { fileFacts, openArchiveFile, writeArchive } from "../journey/write-archive.ts";
import { type SelectionFlags, selectionOptions, versionOption } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { connect } from "../places/connect.ts";
import { explainFullDisk } from "../places/disk-full.ts";
import { type Place, parsePlace, placeName } from "../places/place.ts";
import { bytes, moment } from "../printing/numbers.ts";
import { takeLock } from "../workspace/command-lock.ts";
import { openRecord } from "../workspace/journey-record.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

interface ExportCommandFlags extends SelectionFlags {
  output: string;
  version?: number;
  fresh?: boolean;
}

export const exportCommand: Command<[string], ExportCommandFlags> = {
  name: "export",
  summary: "Write a SQLite file or an app's database as an archive.",
  arguments: [{ name: "<source>", description: "a SQLite file, or an app's address" }],
  options: [
    { flags: "-o, --output <file>", description: "the archive to write; - for stdout", required: true },
    ...selectionOptions,
    versionOption,
    { flags: "--fresh", description: "begin anew instead of going on with an interrupted export" },
  ],
  examples: [
    "d1-ferry export app.sqlite -o app.json.gz",
    "d1-ferry export https://app.example.com -o backup.json.gz",
    "d1-ferry export app.sqlite -o - | gunzip | jq '.data | keys'",
  ],
  async run([text], flags, dependencies) {
    const { world, printer } = dependencies;
    const place = await parsePlace(text, world.cwd);
    if (place.kind === "archive") throw new UsageError(`${text} is an archive already`);
    const origin =
      place.kind === "app" ? { kind: "app" as const, app: connect(place.url, dependencies) } : place;
    if (flags.output === "-") {
      if (flags.json)
        throw new UsageError("-o - and --json both want stdout", "Write to a file with -o FILE");
      if (world.stdout.isTTY)
        throw new UsageError("An archive is not for a terminal", "Pipe it on, or use -o FILE");
      const { summary } = exportedLines(await writeArchive(origin, world.stdout, flags, dependencies));
      printer.done(`Exported ${summary} from ${placeName(place)}`);
      return EXIT.done;
    }

    const path = resolve(world.cwd, flags.output);
    await refuseDatabase(path, flags.output, world.cwd);
    const partial = `${path}.partial`;
    const files = { place, path, partial };
    const lock = await takeLock(`${partial}.lock`, `Another export writes ${flags.output}`, dependencies);
    try {
      if (origin.kind === "app") await exportResumed(origin.app, files, flags, dependencies);
      else await exportFile(origin, files, flags, dependencies);
    } finally {
      lock.release();
    }
    return EXIT.done;
  },
};

interface ExportFiles {
  place: Place;
  path: string;
  partial: string;
}

async function exportFile(
  source: Extract<Place, { kind: "sqlite" }>,
  { place, path, partial }: ExportFiles,
  flags: ExportCommandFlags,
  dependencies: Dependencies,
): Promise<void> {
  try {
    const exported = await explainFullDisk(path, async () =>
      writeArchive(source, await openArchiveFile(partial), flags, dependencies),
    );
    await rename(partial, path);
    await report(exported, place, path, dependencies);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** What is begun at the app and in the file is gone on with by the same command, unless it failed for good. */
async function exportResumed(
  app: App,
  { place, path, partial }: ExportFiles,
  flags: ExportCommandFlags,
  dependencies: Dependencies,
): Promise<void> {
  const { tables, exclude, version } = flags;
  const identity = ["export", placeName(place), path, tables, exclude, version];
  const store = await openRecord(identity, dependencies, flags);
  if (store.resumed) {
    const since = moment(store.record.startedAt);
    dependencies.printer.line(`Going on with the export that began at ${since} (--fresh begins anew)`);
  }
  try {
    const exported = await explainFullDisk(path, () =>
      downloadArchive(app, { path: partial }, flags, store, dependencies),
    );
    await rename(partial, path);
    await store.discard();
    await report(exported, place, path, dependencies);
  } catch (error) {
    const again = dependencies.world.signal.aborted || (error instanceof FerryError && error.transient);
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
  const empty = present?.kind === "sqlite" && (await fileFacts(path)).bytes === 0;
  if (present?.kind === "sqlite" && !empty) {
    throw new UsageError(
      `${shown} is a SQLite database and would be overwritten`,
      "Name another file with -o",
    );
  }
}

async function report(
  exported: Awaited<ReturnType<typeof writeArchive>>,
  place: Place,
  path: string,
  { printer }: Dependencies,
): Promise<void> {
  const facts = await fileFacts(path);
  const { summary, notes } = exportedLines(exported);
  for (const note of notes) printer.line(`  ${note}`);
  printer.done(`Exported ${summary} from ${placeName(place)} to ${path}: ${bytes(facts.bytes)}`);
  printer.result({
    success: true,
    from: placeName(place),
    file: path,
    bytes: facts.bytes,
    version: exported.version,
    stats: exported.stats,
    notes: exported.notes,
  });
}
