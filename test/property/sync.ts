import { bytesSource } from "../../src/archive/source.ts";
import { createBudget } from "../../src/budget.ts";
import type { Bytes } from "../../src/bytes.ts";
import type { Database } from "../../src/database/port.ts";
import { FerryError } from "../../src/errors.ts";
import { exportDatabase } from "../../src/sync/export/export-database.ts";
import { byteSink } from "../support/bytes.ts";
import { drive, newRunKey } from "../support/engine.ts";
import { memoryImages } from "../support/memory-images.ts";
import { look } from "./look.ts";
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
  { statements, thenUndo = false, ...options }: ImportOptions,
  temporary: boolean,
): Promise<Outcome> {
  const key = newRunKey();
  const images = memoryImages();
  const common = {
    temporary,
    mostCalls: 2000,
    sliceBytes: options.sliceBytes,
    ...(statements === undefined ? {} : { budget: () => createBudget({ statements, limit: 1000 }) }),
  };
  const synced = await outcomeOf(() =>
    drive(database, bytesSource(document), key, { ...options, ...common, ...(thenUndo ? { images } : {}) }),
  );
  if (!thenUndo || synced.status === "refused") return synced;
  const between = await look(database);
  const kept = [...images.finished.values()].at(-1);
  if (kept === undefined) return { ...synced, between };
  const undoing = { mode: "mirror", all: true, undoes: key, atomic: options.atomic } as const;
  const undoKey = newRunKey().replace("sync-", "undo-");
  const undone = await outcomeOf(() => drive(database, kept, undoKey, { ...undoing, ...common }));
  return { ...synced, between, undone };
}

async function outcomeOf(sync: () => ReturnType<typeof drive>): Promise<Outcome> {
  try {
    const { verified, calls, results, notes, plan } = await sync();
    const left = (plan?.left?.edited ?? 0) + (plan?.left?.held ?? 0);
    return { status: "completed", verified, calls, results: results ?? {}, notes, left };
  } catch (error) {
    const code = error instanceof FerryError ? error.code : null;
    return {
      status: "refused",
      code,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
