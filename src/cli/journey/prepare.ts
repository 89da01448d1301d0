import { open, stat } from "node:fs/promises";
import type { Writable } from "node:stream";
import { newKey } from "../../bucket/keys.ts";
import type { Dependencies } from "../dependencies.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import type { SelectionFlags } from "../options.ts";
import type { App } from "../places/app.ts";
import { exportSqlite } from "../places/export-sqlite.ts";
import type { Place } from "../places/place.ts";
import { count, plural } from "../printing/numbers.ts";
import { printable } from "../printing/table.ts";
import { downloadStream } from "./download-stream.ts";
import { patiently } from "./patience.ts";

export interface Exported {
  /** Null when it is not known without reading the file. */
  version: number | null;
  stats: { table: string; count: number }[];
  notes: string[];
}

export interface ExportFlags extends SelectionFlags {
  version?: number | undefined;
  /** How large the frames should be, for a target that asks for it; bytes. */
  frameBytes?: number | undefined;
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
  const end = output !== dependencies.world.stdout;
  await downloadStream(source.app, exported.exportKey, { open: () => output, end }, dependencies);
  return exported;
}

/** `mode`: 0o600 for a file that nobody asked for and that holds everybody's rows. */
export async function openArchiveFile(path: string, mode = 0o666): Promise<Writable> {
  const file = await open(path, "w", mode);
  return file.createWriteStream();
}

export async function fileFacts(path: string): Promise<{ path: string; bytes: number }> {
  const { size } = await stat(path);
  return { path, bytes: size };
}

/** "25,537 rows of 7 tables", and what was left out. */
export function exportedLines(exported: Exported): { summary: string; notes: string[] } {
  const rows = exported.stats.reduce((sum, one) => sum + one.count, 0);
  return {
    summary: `${plural(rows, "row")} of ${plural(exported.stats.length, "table")}`,
    notes: exported.notes.map(printable),
  };
}

export async function exportApp(
  { client }: App,
  flags: ExportFlags,
  { world, printer }: Dependencies,
  begun: string | undefined,
  onKey: (exportKey: string) => Promise<void>,
): Promise<Exported & { exportKey: string }> {
  throwIfInterrupted(world.signal);
  const bar = printer.progress("Exporting");
  const { version, tables, exclude, frameBytes } = flags;
  // Kept before it is used: an export whose answer is lost is found again.
  const exportKey = begun ?? newKey("export");
  await onKey(exportKey);
  const input = {
    newKey: exportKey,
    ...(version === undefined ? {} : { version }),
    ...(tables === undefined ? {} : { tables }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(frameBytes === undefined ? {} : { frameBytes }),
  };
  try {
    const answer = await patiently(exportKey, world, () =>
      client.export(input, {
        signal: world.signal,
        onProgress: ({ stats }) =>
          bar.update(null, `${count(stats.reduce((sum, one) => sum + one.count, 0))} rows`),
      }),
    );
    if (answer.exportKey !== exportKey) await onKey(answer.exportKey);
    return { exportKey: answer.exportKey, version: answer.version, stats: answer.stats, notes: answer.notes };
  } finally {
    bar.end();
  }
}
