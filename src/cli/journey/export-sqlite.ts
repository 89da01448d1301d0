import { once } from "node:events";
import { basename } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { createBudget } from "../../budget.ts";
import type { Bytes } from "../../bytes.ts";
import type { ExportState } from "../../sync/export/index.ts";
import { exportDatabase } from "../../sync/export/index.ts";
import type { Dependencies } from "../commands/dependencies.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { explainFileFailure, openSqlite } from "../places/open-sqlite.ts";
import { count } from "../printing/numbers.ts";
import type { Exported, ExportFlags } from "./export-summary.ts";

/** Milliseconds of work between two looks at the bar and at Ctrl-C. */
const STEP_MS = 150;

/** Writes a SQLite file as an archive: one snapshot, one frame in memory. Ends `output` unless it is stdout. */
export async function exportSqlite(
  path: string,
  output: Writable,
  flags: ExportFlags,
  { world, printer }: Dependencies,
): Promise<Exported> {
  const database = openSqlite(path, { readOnly: true });
  const bar = printer.progress("Exporting");
  const failure = failureOf(output);
  const write = async (bytes: Bytes) => {
    if (!output.write(bytes)) await Promise.race([once(output, "drain"), failure]);
  };
  try {
    let state: ExportState | undefined;
    for (;;) {
      throwIfInterrupted(world.signal);
      const { version, tables, exclude, frameBytes } = flags;
      const budget = createBudget({ ms: STEP_MS });
      const options = { version, tables, exclude, frameBytes, state, budget, name: basename(path) };
      const exporting = exportDatabase(database, write, options).catch((error: unknown) => {
        throw explainFileFailure(path, error);
      });
      const report = await Promise.race([exporting, failure]);
      if (report.done) {
        if (output !== world.stdout) {
          output.end();
          await finished(output);
        }
        return { version: report.version, stats: report.stats, notes: report.notes };
      }
      state = report.state;
      const rows = report.stats.reduce((sum, one) => sum + one.count, 0);
      bar.update(null, `${count(rows)} rows`);
    }
  } finally {
    bar.end();
    database.close();
  }
}

/** Rejects when the stream does: a full disk has to end the export. */
function failureOf(output: Writable): Promise<never> {
  const failure = new Promise<never>((_, reject) => output.once("error", reject));
  failure.catch(() => {});
  return failure;
}
