import { newKey } from "../../bucket/keys.ts";
import { count } from "../../numbers.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { exportRequest } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { waitForLock } from "../targets/wait-for-lock.ts";
import { type Exported, type ExportFlags, rowsIn } from "./export-summary.ts";
import type { Session } from "./session.ts";

export interface ExportAppOptions {
  flags: ExportFlags;
  /** An export that an earlier command started. @default a new one */
  exportKey?: string | undefined;
  /** Called with the key before it is used: an export whose answer is lost can be found again. */
  onKey?: (exportKey: string) => Promise<void>;
}

/** Has the app write its database as an archive in its bucket. */
export async function exportApp(
  { client }: App,
  { flags, exportKey = newKey("export"), onKey }: ExportAppOptions,
  { world, printer }: Pick<Session, "world" | "printer">,
): Promise<Exported & { exportKey: string; bytes: number }> {
  const { signal } = world;
  throwIfInterrupted(signal);
  const bar = printer.progress("Exporting");
  await onKey?.(exportKey);
  const { frameBytes } = flags;
  const input = {
    newKey: exportKey,
    ...exportRequest(flags),
    ...(frameBytes === undefined ? {} : { frameBytes }),
  };
  const run = () =>
    client.export(input, {
      signal,
      onProgress: ({ stats }) => bar.update(null, `${count(rowsIn(stats))} rows`),
    });
  try {
    const { exportKey: answered, ...exported } = await waitForLock(run, { key: exportKey, world });
    if (answered !== exportKey) await onKey?.(answered);
    const { version, stats, notes, bytes } = exported;
    return { exportKey: answered, version, stats, notes, bytes };
  } finally {
    bar.end();
  }
}
