import { exportRequest, type TransferFlags } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { explainFullDisk } from "../places/disk-full.ts";
import { type Place, placeName } from "../places/place.ts";
import { bytes } from "../printing/numbers.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import { askFrameSize } from "./ask-frame-size.ts";
import { downloadArchive } from "./download-archive.ts";
import { type Exported, type ExportFlags, exportSummary } from "./export-summary.ts";
import type { Session } from "./session.ts";
import { type ExportSource, fileWithSize, openArchiveFile, writeArchive } from "./write-archive.ts";

/** Where rows come from: a database to export, or an archive that is there already. */
export type Source = ExportSource | Extract<Place, { kind: "archive" }>;

export interface SourceArchiveOptions {
  flags: TransferFlags;
  /** The app that the rows are for; null for a file. */
  target: App | null;
  store: JourneyStore;
}

/** The file to send: the user's own archive, or an export made now or by an interrupted command. */
export async function sourceArchive(
  source: Source,
  { flags, target, store }: SourceArchiveOptions,
  session: Pick<Session, "world" | "printer">,
): Promise<string> {
  if (source.kind === "archive") {
    // Found out sooner by a question than by an upload, which is tried for longer.
    if (target !== null) await askFrameSize(target, session.world);
    await store.save({ archive: await fileWithSize(source.path) });
    return source.path;
  }
  const earlier = await earlierArchive(store);
  if (earlier !== null) return earlier;
  const frameBytes = target === null ? undefined : await askFrameSize(target, session.world);
  const exported = await exportToFile(
    source,
    { flags: { ...exportRequest(flags), frameBytes }, store },
    session,
  );
  const archive = await fileWithSize(store.archivePath);
  await store.save({ archive, notes: exported.notes });
  const { summary, notes } = exportSummary(exported);
  session.printer.done(`Exported ${summary} from ${sourceName(source)}: ${bytes(archive.bytes)}`);
  for (const note of notes) session.printer.line(`  ${note}`);
  return archive.path;
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

function sourceName(source: Source): string {
  return placeName(source.kind === "app" ? { kind: "app", url: source.app.url } : source);
}
