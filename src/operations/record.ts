import type { Body, logAnswer, syncAnswer } from "../api/answers/index.ts";
import { LIST_LIMIT, type LogRequest } from "../api/requests.ts";
import type { RouteName } from "../api/routes.ts";
import { contentHash } from "../archive/content-hash.ts";
import { sha256Hex } from "../archive/sha256.ts";
import { parseKey } from "../bucket/keys.ts";
import { type LogEntry, readLog, writeLogEntry } from "../bucket/log.ts";
import { FerryError } from "../errors.ts";
import { isRefusal, type RunReport, type TableResult } from "../sync/run/index.ts";
import { eventOf, type FerryEvent } from "./events.ts";
import type { Invocation } from "./invocation.ts";
import { addResults } from "./messages.ts";

/** What came to an end, in the part that is not known of every call. */
type Told = Pick<LogEntry, "did" | "outcome"> & Partial<LogEntry>;

type RecordedBy = Pick<Invocation, "caller" | "meter" | "from" | "bucket" | "tell"> &
  Partial<Pick<Invocation, "facts">>;

/**
 * Tells the app who did what, and writes it down. It is not what was asked for, and what was done is done: where the
 * bucket fails now, that is no reason to answer with an error.
 */
export async function record(
  invocation: RecordedBy,
  told: Told,
  beside: Pick<FerryEvent, "verified"> = {},
): Promise<void> {
  const entry = entryOf(invocation, told);
  invocation.tell({ ...eventOf(entry), ...beside });
  try {
    await writeLogEntry(invocation.bucket, entry);
  } catch {
    // Nothing to be done about it here; whoever reads the record misses the entry.
  }
}

function entryOf({ caller, meter, from, facts }: Omit<RecordedBy, "bucket" | "tell">, told: Told): LogEntry {
  const { statements, bucketOperations, ms } = meter.read();
  return {
    at: Date.now(),
    who: caller.id,
    from,
    key: null,
    code: null,
    version: null,
    mode: null,
    counts: {},
    ms,
    statements,
    bucketOperations,
    ...facts,
    ...told,
  };
}

/**
 * Tells the app what was refused to somebody, and writes it down where they may do something. Strangers, and those
 * whom the app knows and lets do nothing, could else have anything written.
 */
export async function recordRefusal(
  invocation: Invocation,
  asked: { name: RouteName; input?: object } | null,
  error: unknown,
): Promise<void> {
  if (!(error instanceof FerryError) || error.code !== "FORBIDDEN") return;
  const { missing, policy } = error.details ?? {};
  const told: Told = {
    did: asked?.name ?? "unknown",
    outcome: "refused",
    code: error.code,
    key: keyIn(asked?.input ?? {}),
    ...(Array.isArray(missing) ? { missing: missing.map(String) } : {}),
    ...(typeof policy === "string" ? { policy } : {}),
  };
  if (invocation.caller.grant.may.length > 0) await record(invocation, told);
  else invocation.tell(eventOf(entryOf(invocation, told)));
}

/** The key that a call is about; anything else that stands in its place is not written down. */
function keyIn(input: object): string | null {
  const { syncKey, exportKey, key, left, right } = input as Record<string, unknown>;
  try {
    return parseKey(syncKey ?? exportKey ?? key ?? left ?? right);
  } catch {
    return null;
  }
}

/** The calls that change something, or hand out cells, and so are written down when they end. */
const RECORDED: ReadonlySet<RouteName> = new Set<RouteName>([
  "export",
  "download",
  "rows",
  "compare",
  "diff",
  "upload",
  "complete",
  "sync",
  "undo",
  "drop",
  "prune",
]);

/** Writes down how a call ended, where it is one to write down, and it has ended. A plan is only told. */
export async function recordAnswer(invocation: Invocation, did: RouteName, answer: object): Promise<void> {
  const { status, dryRun, pruned } = answer as { status?: unknown; dryRun?: boolean; pruned?: unknown[] };
  if (status === "planned") tellPlanned(invocation, did, answer as Planned);
  const goesOn = did !== "diff" && status === "processing";
  if (!RECORDED.has(did) || dryRun || goesOn || status === "planned") return;
  const compares = did === "compare" || did === "diff";
  const handedOut = compares ? rowsTold(answer) : 0;
  // Hashes and counts tell nobody a row.
  if (compares && handedOut === 0) return;
  const { version, mode, duration, results, stats, bytes, verified } = answer as {
    verified?: boolean;
    version?: number | null;
    mode?: string;
    duration?: number;
    results?: Record<string, TableResult> | null;
    stats?: { count: number }[];
    bytes?: number;
  };
  const told: Told = {
    did,
    outcome: "completed",
    key: keyIn(answer),
    version: version ?? null,
    ...(mode === undefined ? {} : { mode }),
    ...(duration === undefined ? {} : { ms: duration }),
    counts: {
      ...(stats === undefined
        ? {}
        : { tables: stats.length, rows: stats.reduce((sum, one) => sum + one.count, 0) }),
      ...(handedOut === 0 ? {} : { rows: handedOut }),
      ...(results ? totalsOf(results) : {}),
      ...(bytes === undefined ? {} : { bytes }),
      ...(pruned === undefined ? {} : { pruned: pruned.length }),
    },
  };
  await record(invocation, told, verified === undefined ? {} : { verified });
}

type Planned = Pick<Body<typeof syncAnswer>, "plan" | "version">;

function tellPlanned(invocation: Invocation, did: RouteName, { plan, version, ...answer }: Planned): void {
  const counts = plan === undefined ? {} : totalsOf(plan.tables);
  const entry = entryOf(invocation, { did, outcome: "completed", key: keyIn(answer), version, counts });
  invocation.tell({ ...eventOf(entry), type: "planned" });
}

/** Rows that a comparison was told. */
function rowsTold({
  answers = [],
  tables = [],
}: {
  answers?: object[];
  tables?: { samples: unknown[] }[];
}): number {
  const ranges = answers.flatMap((one) => ("ranges" in one ? (one.ranges as { lines: string[] }[]) : []));
  const told = [...ranges.map(({ lines }) => lines), ...tables.map(({ samples }) => samples)];
  return told.reduce((sum, rows) => sum + rows.length, 0);
}

/** Writes down a call that failed for good: as its run says it, or by the error where it came to no run. */
export async function recordFailure(
  invocation: Invocation,
  did: RouteName,
  { input, error }: { input: object; error: unknown },
): Promise<void> {
  const { dryRun } = input as { dryRun?: boolean };
  if (!(error instanceof FerryError) || error.transient || error.code === "FORBIDDEN") return;
  if ((did !== "sync" && did !== "undo" && did !== "export") || dryRun || error.code === "RUN_LOCKED") return;
  const { outcome = isRefusal(error) ? "refused" : "failed" } = invocation.facts;
  await record(invocation, { did, outcome, code: error.code, key: keyIn(input) });
}

function totalsOf(results: Record<string, TableResult>): Record<string, number> {
  const { attempted: _, ...totals } = addResults(results);
  return { tables: Object.keys(results).length, ...totals };
}

/** Keeps for the record which rows a run took, and by which plan. */
export async function noteRun(
  { facts }: Invocation,
  { contents, plan, mode, onConflict, undoes }: RunReport,
): Promise<void> {
  // An undo has the mode of its run's archive, which nobody asked for.
  if (undoes === null) facts.mode = mode;
  if (Object.keys(contents).length > 0) facts.content = await contentHash(contents);
  if (plan === null) return;
  const { expectedSeconds: _, ...planned } = plan;
  const text = JSON.stringify({ mode, onConflict, ...planned, content: facts.content ?? null });
  facts.plan = await sha256Hex(new TextEncoder().encode(text));
  facts.rowsWritten = plan.rowsWritten;
}

/** The record, a page at a time, the newest first. */
export async function listLog(
  { bucket }: Invocation,
  input: LogRequest = {},
): Promise<Body<typeof logAnswer>> {
  const limit = Math.min(input.limit ?? LIST_LIMIT.default, LIST_LIMIT.max);
  return readLog(bucket, { limit, cursor: input.cursor });
}
