import { basename } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { createBudget } from "../../budget.ts";
import { count } from "../../numbers.ts";
import { type ExportState, exportDatabase } from "../../sync/export/index.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { exportRequest } from "../options/run-options.ts";
import { openSqlite } from "../places/open-sqlite.ts";
import { explainFileFailure } from "../places/sqlite-failure.ts";
import { type Exported, type ExportFlags, rowsIn } from "./export-summary.ts";
import type { Session } from "./session.ts";
import { writerTo } from "./writer-to.ts";

/** Milliseconds of work between two looks at the bar and at Ctrl-C. */
const STEP_MS = 150;

export interface ExportSqliteOptions {
  flags: ExportFlags;
  output: Writable;
  /** End the stream with the archive. @default true */
  end?: boolean;
}

/** Writes a SQLite file as an archive: one snapshot, one frame in memory. */
export async function exportSqlite(
  path: string,
  { flags, output, end = true }: ExportSqliteOptions,
  { world, printer }: Pick<Session, "world" | "printer">,
): Promise<Exported> {
  const database = openSqlite(path, { readOnly: true });
  const bar = printer.progress("Exporting");
  const { write, failure } = writerTo(output);
  const request = {
    ...exportRequest(flags),
    frameBytes: flags.frameBytes,
    name: basename(path),
    snapshot: true,
  };
  try {
    let state: ExportState | undefined;
    for (;;) {
      throwIfInterrupted(world.signal);
      const budget = createBudget({ ms: STEP_MS });
      const exporting = exportDatabase(database, write, { ...request, state, budget });
      const report = await Promise.race([exporting, failure]).catch((error: unknown) => {
        throw explainFileFailure(path, error);
      });
      if (report.done) {
        if (end) {
          output.end();
          await finished(output);
        }
        return { version: report.version, stats: report.stats, notes: report.notes };
      }
      state = report.state;
      bar.update(null, `${count(rowsIn(report.stats))} rows`);
    }
  } finally {
    bar.end();
    database.close();
  }
}
