import { open, stat } from "node:fs/promises";
import type { Writable } from "node:stream";
import { newKey } from "../../bucket/keys.ts";
import type { Dependencies } from "../commands/dependencies.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { App } from "../places/app.ts";
import type { Place } from "../places/place.ts";
import { count } from "../printing/numbers.ts";
import { waitForLock } from "../targets/wait-for-lock.ts";
import { downloadStream } from "./download-stream.ts";
import { exportSqlite } from "./export-sqlite.ts";
import type { Exported, ExportFlags } from "./export-summary.ts";

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
    const answer = await waitForLock(exportKey, world, () =>
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
