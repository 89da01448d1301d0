import { bytesSource } from "../../src/archive/source.ts";
import { createBudget } from "../../src/budget.ts";
import type { Bytes } from "../../src/bytes.ts";
import type { Database } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";
import { exportDatabase } from "../../src/sync/export/export-database.ts";
import { byteSink } from "../support/bytes.ts";
import { drive, newRunKey } from "../support/engine.ts";
import type { ImportOptions, Outcome } from "./side.ts";

/** What both kinds of side do with a database. Runs in Node and in workerd. */
export async function exportAll(
  database: Database,
  options: { frameBytes: number; tables?: readonly string[] },
): Promise<Bytes> {
  const sink = byteSink();
  await exportDatabase(database, sink.write, { now: () => 1_700_000_000_000, ...options });
  return sink.bytes();
}

export async function importAll(
  database: Database,
  document: Bytes,
  { statements, ...options }: ImportOptions,
  temporary: boolean,
): Promise<Outcome> {
  try {
    const report = await drive(database, bytesSource(document), newRunKey(), {
      ...options,
      temporary,
      mostCalls: 2000,
      ...(statements === undefined ? {} : { budget: () => createBudget({ statements, limit: 1000 }) }),
    });
    const { verified, calls, results, notes } = report;
    return { status: "completed", verified, calls, results: results ?? {}, notes };
  } catch (error) {
    const code = error instanceof FerryError ? error.code : null;
    return {
      status: "refused",
      code,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
