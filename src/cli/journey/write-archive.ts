import type { WriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { App } from "../places/app.ts";
import type { Place } from "../places/place.ts";
import { downloadStream } from "./download-stream.ts";
import { exportApp } from "./export-app.ts";
import { exportSqlite } from "./export-sqlite.ts";
import type { Exported, ExportFlags } from "./export-summary.ts";
import type { Session } from "./session.ts";

/** What an archive can be made from. */
export type ExportSource = { kind: "app"; app: App } | Extract<Place, { kind: "sqlite" }>;

export interface WriteArchiveOptions {
  flags: ExportFlags;
  /** Ended with the archive, unless it is stdout. */
  output: Writable;
}

/** Writes a database, an app's or a file's, to a stream as an archive. */
export async function writeArchive(
  source: ExportSource,
  { flags, output }: WriteArchiveOptions,
  session: Pick<Session, "world" | "printer">,
): Promise<Exported> {
  const end = output !== session.world.stdout;
  if (source.kind === "sqlite") return exportSqlite(source.path, { flags, output, end }, session);
  const { exportKey, bytes, ...exported } = await exportApp(source.app, { flags }, session);
  await downloadStream(source.app, { exportKey, bytes, open: () => output, end }, session);
  return exported;
}

/** `mode`: 0o600 for a file that nobody asked for and that holds rows. */
export async function openArchiveFile(path: string, mode = 0o666): Promise<WriteStream> {
  const file = await open(path, "w", mode);
  return file.createWriteStream();
}

export async function fileWithSize(path: string): Promise<{ path: string; bytes: number }> {
  const { size } = await stat(path);
  return { path, bytes: size };
}
