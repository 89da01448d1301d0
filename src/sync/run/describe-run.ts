import type { CountEntry } from "./count-entry.ts";
import type { RunDetails, RunRecord } from "./record.ts";
import type { RunReport, TableResult, WrittenRows } from "./report.ts";
import { readCounts } from "./results.ts";

/** What is staged so far. */
export interface StagedSoFar {
  rows: number;
  /** Bytes of the source that were read; null where that is not known. */
  bytes: number | null;
  tables: number;
  /** The table being staged. */
  current: string | null;
}

/** A run as its users see it. */
export function reportOf(run: RunRecord, staged?: StagedSoFar): RunReport {
  const { details } = run;
  const { mode, onConflict } = details.request;
  const results = run.results === null ? null : readResults(run.results, mode, details.earlier);
  const totalTables = details.tables.length;
  const through = run.applied || details.staged;
  const totalRecords = details.totalRows ?? 0;
  return {
    key: run.key,
    owner: details.owner ?? null,
    status: run.status,
    version: details.version,
    mode,
    onConflict,
    plan: details.plan,
    contents: details.contents,
    results,
    written: writtenBy(results ?? Object.fromEntries(details.earlier ?? [])),
    verified: details.verified,
    verification: details.verification ?? null,
    progress: {
      tablesProcessed: through ? totalTables : Math.max(0, (staged?.tables ?? 0) - 1),
      totalTables,
      currentTable: run.status === "staging" ? (staged?.current ?? null) : null,
      recordsApplied: Object.values(results ?? {}).reduce((sum, { attempted }) => sum + attempted, 0),
      recordsVerified: details.verifiedRows,
      recordsProcessed: keptSoFar(run) ?? (through ? totalRecords : (staged?.rows ?? 0)),
      totalRecords,
      ...bytesRead(details, through ? null : staged),
    },
    error: details.error,
    startedAt: run.startedAt,
    completedAt: details.completedAt,
    notes: details.notes,
    merged: details.merged ?? null,
    unchanged: details.unchanged ?? false,
    images: details.images ?? [],
    undoes: details.undoes ?? null,
    undoneBy: details.undoneBy ?? null,
  };
}

/** Of the tables in which anything was changed. */
function writtenBy(results: Record<string, WrittenRows>): RunReport["written"] {
  const written = Object.entries(results).flatMap(([table, { inserted, updated, deleted }]) =>
    inserted + updated + deleted === 0 ? [] : [[table, { inserted, updated, deleted }] as const],
  );
  return Object.fromEntries(written);
}

/** How much of the source is read. A packed document is told by its text, which may be longer than the file. */
function bytesRead(
  { sourceBytes: total }: RunDetails,
  staged: StagedSoFar | null | undefined,
): Pick<RunReport["progress"], "bytesProcessed" | "totalBytes"> {
  if (total === undefined || staged === undefined) return {};
  if (staged === null) return { bytesProcessed: total, totalBytes: total };
  const read = staged.bytes ?? 0;
  return { bytesProcessed: read, totalBytes: read > total ? null : total };
}

/** While rows are kept as they were: those of them that are, so that somebody sees it get on. Else null. */
function keptSoFar({ status, details: { imaging } }: RunRecord): number | null {
  return status === "planned" ? (imaging?.written ?? null) : null;
}

/** The rows that count in a phase of a run. */
export function recordsIn(
  phase: string,
  {
    recordsProcessed,
    recordsApplied = recordsProcessed,
    recordsVerified = recordsProcessed,
  }: { recordsProcessed: number; recordsApplied?: number | undefined; recordsVerified?: number | undefined },
): number {
  if (phase === "applying") return recordsApplied;
  return phase === "verifying" ? recordsVerified : recordsProcessed;
}

/** What became of the rows, by table, `text` being as the run keeps it; with what an earlier plan of the run wrote; a new plan finds that unchanged. */
export function readResults(
  text: string,
  mode: RunReport["mode"],
  earlier?: RunDetails["earlier"],
): Record<string, TableResult> {
  const counts = readCounts(JSON.parse(`[${text}]`) as CountEntry[], mode);
  const before = new Map(earlier);
  return Object.fromEntries(
    Object.entries(counts).map(([table, { live: _, ...result }]) => {
      const { inserted = 0, updated = 0, deleted = 0 } = before.get(table) ?? {};
      return [
        table,
        {
          ...result,
          inserted: result.inserted + inserted,
          updated: result.updated + updated,
          unchanged: result.unchanged - inserted - updated,
          deleted: result.deleted + deleted,
        },
      ];
    }),
  );
}
