import type { ByteSource } from "../../src/archive/types.ts";
import type { Database } from "../../src/database/port.ts";
import { advanceRun } from "../../src/sync/advance-run.ts";
import { exportDatabase } from "../../src/sync/export/export-database.ts";
import type { ExportOptions } from "../../src/sync/export/export-state.ts";
import type { SyncOptions } from "../../src/sync/run/options.ts";
import type { RunReport } from "../../src/sync/run/report.ts";
import { byteSink } from "./bytes.ts";

/** An engine that suites run on: empty databases, two at a time. */
export interface Engine {
  /** An empty database; the one that this gave out before may be gone. */
  source(): Promise<Database>;
  target(): Promise<Database>;
}

export async function execute(database: Database, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  await database.batch(["PRAGMA defer_foreign_keys = on", ...statements].map((sql) => ({ sql })));
}

/** The whole archive of a database. */
export async function archiveOf(database: Database, options: ExportOptions = {}): Promise<ByteSource> {
  const sink = byteSink();
  const { done } = await exportDatabase(database, sink.write, options);
  if (!done) throw new Error("The export did not end");
  return sink.source();
}

export interface DriveOptions extends Omit<SyncOptions, "budget"> {
  /** One for each call. */
  budget?: () => NonNullable<SyncOptions["budget"]>;
  /** @default 1000 */
  mostCalls?: number;
  onCall?: (report: RunReport) => void | Promise<void>;
}

/** Calls `advanceRun` until the run ends. */
export async function drive(
  database: Database,
  source: ByteSource,
  key: string,
  { budget, mostCalls = 1000, onCall, ...options }: DriveOptions = {},
): Promise<RunReport & { calls: number }> {
  for (let calls = 1; calls <= mostCalls; calls++) {
    const report = await advanceRun(database, source, key, {
      ...options,
      ...(budget === undefined ? {} : { budget: budget() }),
    });
    await onCall?.(report);
    if (report.status === "completed" || (options.dryRun === true && report.status === "planned")) {
      return { ...report, calls };
    }
  }
  throw new Error(`The run did not end within ${mostCalls} calls`);
}

let keys = 0;

/** A key no other run of the tests has. */
export function newRunKey(): string {
  keys++;
  return `sync-${1_700_000_000_000 + keys}-${keys.toString(36).padStart(12, "0")}`;
}
