import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { FerryError } from "../../errors.ts";
import type { App } from "../places/app.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import { type DownloadStreamOptions, downloadStream } from "./download-stream.ts";
import { exportApp } from "./export-app.ts";
import type { Exported, ExportFlags } from "./export-summary.ts";
import type { Session } from "./session.ts";

export interface DownloadArchiveOptions {
  flags: ExportFlags;
  file: ArchiveFile;
  store: JourneyStore;
}

interface ArchiveFile {
  path: string;
  /** @default 0o666 */
  mode?: number;
}

/**
 * Exports an app's database and downloads the archive to a file. Resumes where an earlier command was
 * killed: with the export that it started, and after the bytes that are in the file.
 */
export async function downloadArchive(
  app: App,
  { flags, file, store }: DownloadArchiveOptions,
  session: Pick<Session, "world" | "printer">,
): Promise<Exported> {
  const { exportKey: earlier } = store.record;
  const onKey = (exportKey: string) =>
    store.save(exportKey === earlier ? { exportKey } : { exportKey, download: undefined });
  const exported = await exportApp(app, { flags, exportKey: earlier, onKey }, session);
  const offset = store.record.download === undefined ? 0 : await sizeOf(file.path);
  const { exportKey, bytes } = exported;
  try {
    await downloadStream(app, { exportKey, bytes, ...rest({ file, offset, store }) }, session);
  } catch (error) {
    if (offset === 0 || !isOtherObject(error)) throw error;
    if (error.details?.size !== offset)
      await downloadStream(app, { exportKey, bytes, ...rest({ file, offset: 0, store }) }, session);
  }
  return exported;
}

/** Downloads from `offset` on, behind what is in the file. */
function rest({
  file: { path, mode = 0o666 },
  offset,
  store,
}: {
  file: ArchiveFile;
  offset: number;
  store: JourneyStore;
}): Pick<DownloadStreamOptions, "open" | "from"> {
  const etag = store.record.download?.etag;
  return {
    from: offset > 0 && etag !== undefined ? { offset, etag } : {},
    async open(archive) {
      // Without an etag nothing could tell later whether the rest is of the same object.
      await store.save({ download: archive.etag === null ? undefined : { etag: archive.etag } });
      return createWriteStream(path, { flags: offset > 0 ? "a" : "w", mode });
    },
  };
}

/** The object is another one by now, or it ends where the file does. */
function isOtherObject(error: unknown): error is FerryError {
  if (!(error instanceof FerryError)) return false;
  if (error.code === "RANGE_NOT_SATISFIABLE") return true;
  return error.code === "BUCKET_ERROR" && error.details?.offset !== undefined;
}

async function sizeOf(path: string): Promise<number> {
  const file = await stat(path).catch(() => null);
  return file?.size ?? 0;
}
