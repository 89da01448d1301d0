import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FerryError } from "../../errors.ts";
import type { Dependencies } from "../dependencies.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import type { SelectionFlags } from "../options.ts";
import type { App, ExportCall } from "../places/app.ts";
import { exportSqlite } from "../places/export-sqlite.ts";
import type { Place } from "../places/place.ts";
import { bytes, count, plural } from "../printing/numbers.ts";
import { printable } from "../printing/table.ts";

export interface Exported {
  /** Null when it is not known without reading the file. */
  version: number | null;
  stats: { table: string; count: number }[];
  notes: string[];
}

export interface ExportFlags extends SelectionFlags {
  version?: number | undefined;
}

/** Writes a database, an app's or a file's, as an archive to a stream. `onKey` hears an app's export key. */
export async function writeArchive(
  source: { kind: "app"; app: App; exportKey?: string | undefined } | Extract<Place, { kind: "sqlite" }>,
  output: Writable,
  flags: ExportFlags,
  dependencies: Dependencies,
  onKey: (exportKey: string) => Promise<void> = async () => {},
): Promise<Exported> {
  if (source.kind === "sqlite") return exportSqlite(source.path, output, flags, dependencies);
  const exported = await exportApp(source.app, flags, dependencies, source.exportKey, onKey);
  await download(source.app, exported.exportKey, output, dependencies);
  return exported;
}

export function openArchiveFile(path: string): Writable {
  return createWriteStream(path, { mode: 0o600 });
}

export async function fileFacts(path: string): Promise<{ path: string; bytes: number; mtimeMs: number }> {
  const { size, mtimeMs } = await stat(path);
  return { path, bytes: size, mtimeMs };
}

/** "25,537 rows of 7 tables", and what was left out. */
export function exportedLines(exported: Exported): { summary: string; notes: string[] } {
  const rows = exported.stats.reduce((sum, one) => sum + one.count, 0);
  return {
    summary: `${plural(rows, "row")} of ${plural(exported.stats.length, "table")}`,
    notes: exported.notes.map(printable),
  };
}

async function exportApp(
  app: App,
  flags: ExportFlags,
  { world, printer }: Dependencies,
  begun: string | undefined,
  onKey: (exportKey: string) => Promise<void>,
): Promise<Exported & { exportKey: string }> {
  const bar = printer.progress("Exporting");
  let exportKey = begun;
  try {
    for (;;) {
      throwIfInterrupted(world.signal);
      const { version, tables, exclude } = flags;
      const call: ExportCall = { exportKey, version, tables, exclude };
      const answer = await app.export(call);
      if (answer.exportKey !== exportKey) await onKey(answer.exportKey);
      exportKey = answer.exportKey;
      if (answer.status === "completed") {
        return { exportKey, version: answer.version, stats: answer.stats, notes: answer.notes };
      }
      const rows = answer.progress?.recordsProcessed ?? 0;
      bar.update(null, `${count(rows)} rows`);
    }
  } finally {
    bar.end();
  }
}

async function download(
  app: App,
  exportKey: string,
  output: Writable,
  { world, printer }: Dependencies,
): Promise<void> {
  const response = await app.download(exportKey);
  if (response.body === null)
    throw new FerryError("UNREACHABLE", "The app answered a download without bytes");
  const header = response.headers.get("content-length");
  const total = header === null ? null : Number(header);
  const bar = printer.progress("Downloading");
  let received = 0;
  const counted = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]).on(
    "data",
    (chunk) => {
      received += chunk.length;
      bar.update(total ? received / total : null, bytes(received));
    },
  );
  try {
    await pipeline(counted, output, { end: output !== world.stdout, signal: world.signal });
  } finally {
    bar.end();
  }
  if (total !== null && received < total) {
    throw new FerryError("ARCHIVE_TRUNCATED", `The download ended after ${received} of ${total} bytes`, {
      transient: true,
    });
  }
}
