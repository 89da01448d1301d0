import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { DownloadOptions } from "../../client/download.ts";
import { FerryError } from "../../errors.ts";
import type { Dependencies } from "../commands/dependencies.ts";
import type { App } from "../places/app.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import { type DownloadTarget, downloadStream } from "./download-stream.ts";
import type { Exported, ExportFlags } from "./export-summary.ts";
import { exportApp } from "./write-archive.ts";

/**
 * Exports an app's database and brings the archive to a file. Goes on where an earlier command was killed:
 * with the export that it began, and behind the bytes that are in the file.
 */
export async function downloadArchive(
  app: App,
  file: { path: string /** @default 0o666 */; mode?: number },
  flags: ExportFlags,
  store: JourneyStore,
  dependencies: Dependencies,
): Promise<Exported> {
  const { exportKey: begun } = store.record;
  const exported = await exportApp(app, flags, dependencies, begun, (exportKey) =>
    store.save(exportKey === begun ? { exportKey } : { exportKey, download: undefined }),
  );
  const offset = store.record.download === undefined ? 0 : await bytesIn(file.path);
  const download = (from: number) => receive(app, exported.exportKey, file, from, store, dependencies);
  try {
    await download(offset);
  } catch (error) {
    if (offset === 0 || !isOtherObject(error)) throw error;
    if (error.details?.size !== offset) await download(0);
  }
  return exported;
}

async function receive(
  app: App,
  exportKey: string,
  { path, mode = 0o666 }: { path: string; mode?: number },
  offset: number,
  store: JourneyStore,
  dependencies: Dependencies,
): Promise<void> {
  const etag = store.record.download?.etag;
  const from: DownloadOptions = offset > 0 && etag !== undefined ? { offset, etag } : {};
  const open: DownloadTarget["open"] = async (archive) => {
    // Without an etag nobody could tell later whether the rest is of the same object.
    await store.save({ download: archive.etag === null ? undefined : { etag: archive.etag } });
    return createWriteStream(path, { flags: offset > 0 ? "a" : "w", mode });
  };
  await downloadStream(app, exportKey, { open }, dependencies, from);
}

/** The object is another one by now, or it ends where the file does. */
function isOtherObject(error: unknown): error is FerryError {
  if (!(error instanceof FerryError)) return false;
  if (error.code === "RANGE_NOT_SATISFIABLE") return true;
  return error.code === "BUCKET_ERROR" && error.details?.offset !== undefined;
}

async function bytesIn(path: string): Promise<number> {
  const facts = await stat(path).catch(() => null);
  return facts?.size ?? 0;
}
