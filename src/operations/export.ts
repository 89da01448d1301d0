import type { Body, exportAnswer } from "../api/answers/index.ts";
import type { ExportRequest } from "../api/requests.ts";
import { contentHash, contentsOf } from "../archive/content-hash.ts";
import { momentNotes } from "../archive/moment-notes.ts";
import { openArchive } from "../archive/reader.ts";
import { type FerryKey, newKey, objectName, parseKey } from "../bucket/keys.ts";
import { ObjectExists } from "../bucket/object-writer.ts";
import { ownedBy } from "../bucket/owner.ts";
import type { Bucket } from "../bucket/port.ts";
import { bucketSource } from "../bucket/source.ts";
import { FerryError } from "../errors.ts";
import { plural } from "../numbers.ts";
import type { ExportOptions, ExportReport } from "../sync/export/index.ts";
import { exportDatabase } from "../sync/export/index.ts";
import { exportBounds, requireTables } from "./caller.ts";
import { forgetPieces, forgetState, keepPiece, readCarried } from "./carried-pieces.ts";
import { withinAllowance } from "./export-allowance.ts";
import { type ExportSinks, exportSinks } from "./export-sinks.ts";
import type { Invocation } from "./invocation.ts";
import { countRows } from "./messages.ts";
import { requireOwnObjects } from "./ownership.ts";
import {
  EXPORT_LEASE_MS,
  isExportPaused,
  type PausedExport,
  readPausedExport,
  type StoredExport,
  writePausedExport,
} from "./paused-export.ts";
import { countsOf } from "./table-counts.ts";

type Exported = Omit<Body<typeof exportAnswer>, "downloadUrl">;

export interface ExportInput extends ExportRequest {
  /** The source's name for people, such as a host; a new export keeps it. @default none */
  name?: string;
}

const DEFAULT_VERSION = 1;

/**
 * Writes the database into the bucket as an archive. What does not fit one request answers
 * "processing"; the same call with the `exportKey` goes on, and answers the end again once done.
 */
export async function exportToBucket(invocation: Invocation, input: ExportInput = {}): Promise<Exported> {
  const { tables = [], include = [] } = input;
  requireTables(invocation.caller, [...tables, ...include], "neverExport");
  return withinAllowance(invocation, (within) => beginOrGoOn(within, input));
}

async function beginOrGoOn(invocation: Invocation, input: ExportInput): Promise<Exported> {
  if (input.exportKey !== undefined) return goOn(invocation, exportKeyOf(input.exportKey));
  if (input.newKey === undefined) return begin(invocation, input, newKey("export"));
  const key = exportKeyOf(input.newKey);
  // Its first answer may be lost: what has begun under this key is gone on with.
  return (await isBegun(invocation, key)) ? goOn(invocation, key) : begin(invocation, input, key);
}

async function isBegun({ bucket }: Invocation, key: FerryKey): Promise<boolean> {
  return (await bucket.head(objectName(key))) !== null || (await isExportPaused(bucket, key));
}

async function begin(invocation: Invocation, input: ExportInput, key: FerryKey): Promise<Exported> {
  const { bucket, caller } = invocation;
  const { exportKey: _, newKey: _n, version = DEFAULT_VERSION, ...asked } = input;
  const owner = caller.id;
  const sinks = exportSinks(bucket, key, objectOptions(version, owner));
  const open = { key, owner, sinks, etag: null, pieces: [] };
  try {
    const options = { ...asked, ...exportBounds(caller), version };
    const report = await readUntilStill(invocation, sinks, options);
    const exported = await settle(bucket, open, report);
    await noteExport(invocation, report);
    return exported;
  } catch (error) {
    if (error instanceof ObjectExists) return giveWay(bucket, open);
    // Parts that cannot be forgotten now are forgotten by the bucket after 7 days; why it failed is the news.
    await sinks.current.abort().catch(() => undefined);
    throw error;
  }
}

/** An export that a request is at work on. */
interface OpenExport extends Pick<PausedExport, "owner" | "pieces"> {
  key: FerryKey;
  sinks: ExportSinks;
  /** Of its state in the bucket; null where it has none yet. */
  etag: string | null;
}

/** Statements with which a reading begins, by far. */
const BEGINNING = 20;

/** Exports, and begins anew where the database changed while it was read, as long as there is budget for it. */
async function readUntilStill(
  { database, budget }: Pick<Invocation, "database" | "budget">,
  sinks: ExportSinks,
  options: ExportOptions,
): Promise<ExportReport> {
  let report = await exportDatabase(database, (bytes) => sinks.current.write(bytes), { ...options, budget });
  while (report.again) {
    sinks.renew();
    if (!budget.allows(BEGINNING)) return report;
    const { state } = report;
    report = await exportDatabase(database, (bytes) => sinks.current.write(bytes), { state, budget });
  }
  return report;
}

/** Keeps for the record which rows the archive has. */
async function noteExport({ facts }: Invocation, { done, state }: ExportReport): Promise<void> {
  if (done && state.writer !== null) facts.content = await contentHash(contentsOf(state.writer.tables));
}

async function goOn(invocation: Invocation, key: FerryKey): Promise<Exported> {
  const { bucket, caller } = invocation;
  await requireOwnObjects(invocation, key);
  const opened = await takeUp(bucket, key);
  if (opened === null) return describeFinished(bucket, key);
  const { paused, ...open } = opened;
  try {
    // What they may read may have become less since it was begun.
    requireTables(caller, paused.engine.tables, "neverExport");
    const report = await readUntilStill(invocation, open.sinks, {
      // Kept as it was, for it goes back where this request fails.
      state: structuredClone(paused.engine),
    });
    const exported = await settle(bucket, open, report);
    await noteExport(invocation, report);
    return exported;
  } catch (error) {
    if (error instanceof ObjectExists) return giveWay(bucket, open);
    // A lease that cannot be given back ends by itself; why the request failed is the news.
    await writePausedExport(bucket, key, paused, { etag: open.etag }).catch(() => undefined);
    throw error;
  }
}

/**
 * Takes the lease of an export that waits; null when it is finished. What is kept of it stays in the
 * bucket as it was.
 */
async function takeUp(
  bucket: Bucket,
  key: FerryKey,
): Promise<(OpenExport & { paused: StoredExport }) | null> {
  const paused = await readPausedExport(bucket, key);
  if (paused === null) return null;
  if ((await bucket.head(objectName(key))) !== null) {
    // Its last request finished the object and died, or never saw the bucket's answer.
    await forgetState(bucket, key);
    return null;
  }
  const lease = await takeLease(bucket, key, paused);
  const { engine, sink: state, owner, pieces } = paused;
  const sinks = exportSinks(bucket, key, {
    ...objectOptions(engine.version, owner),
    paused: { state: structuredClone(state), readCarried: () => readCarried(bucket, key, pieces) },
    beforeWrite: () => refuseBehind(key, lease.until),
  });
  return { key, owner, pieces, sinks, etag: lease.etag, paused };
}

/** A request that stalled may find the export in another's hands, who writes parts under the same numbers. */
function refuseBehind(key: FerryKey, until: number): void {
  if (Date.now() >= until) throw locked(key, 0);
}

/** Finishes the object, or keeps what the next request needs. */
async function settle(
  bucket: Bucket,
  { key, owner, sinks, etag, pieces: earlier }: OpenExport,
  report: ExportReport,
): Promise<Exported> {
  const { version, stats, notes, moment } = report;
  const common = { success: true, exportKey: key, version, stats } as const;
  if (report.done) {
    const bytes = await sinks.current.finish();
    if (etag !== null) await forgetState(bucket, key);
    await sinks.forgetEarlier();
    const told = { notes: [...notes, ...momentNotes(moment)], moment };
    return { ...common, status: "completed", bytes, message: finished(stats), ...told };
  }
  const { state: paused, left } = await sinks.current.pause();
  const { pieces, carried } = await keepPiece(bucket, key, { pieces: earlier, sink: paused, left });
  const state = { owner, engine: report.state, sink: { ...paused, carried }, pieces };
  if ((await writePausedExport(bucket, key, state, { etag })) === null) throw locked(key, 0);
  await forgetPieces(
    bucket,
    key,
    earlier.filter((piece) => !pieces.includes(piece)),
  );
  await sinks.forgetEarlier();
  const progress = exportProgress(report.state);
  return {
    ...common,
    status: "processing",
    bytes: report.bytes,
    progress,
    message: report.again
      ? "The database changed while it was read. It is read again."
      : `${plural(progress.recordsProcessed, "row")} so far.`,
    notes,
  };
}

/** How far an export has come that is kept between requests. */
export function exportProgress(state: PausedExport["engine"]): NonNullable<Exported["progress"]> {
  return {
    tablesProcessed: state.table,
    totalTables: state.tables.length,
    currentTable: state.tables[state.table] ?? null,
    recordsProcessed: state.counts.reduce((sum, count) => sum + (count ?? 0), 0),
    totalRecords: null,
  };
}

/** Another request with the same key was first, and its archive may be being downloaded: it stays as it is. */
async function giveWay(bucket: Bucket, { key, sinks, etag }: OpenExport): Promise<Exported> {
  await sinks.current.abort();
  await sinks.forgetEarlier();
  if (etag !== null) await forgetState(bucket, key);
  return describeFinished(bucket, key);
}

async function takeLease(
  bucket: Bucket,
  key: FerryKey,
  paused: StoredExport,
): Promise<{ until: number; etag: string }> {
  const now = Date.now();
  const left = paused.busyUntil - now;
  if (left > 0) throw locked(key, Math.ceil(left / 1000));
  const until = now + EXPORT_LEASE_MS;
  const etag = await writePausedExport(bucket, key, paused, { etag: paused.etag, busyUntil: until });
  if (etag === null) throw locked(key, Math.ceil(EXPORT_LEASE_MS / 1000));
  return { until, etag };
}

function locked(key: FerryKey, retryAfterSeconds: number): FerryError {
  const when =
    retryAfterSeconds === 0 ? "Send the same call again." : `Try again in ${retryAfterSeconds} seconds.`;
  return new FerryError("RUN_LOCKED", `Another request is at work on the export ${key}`, {
    hint: when,
    details: { syncKey: key, lockedBy: key, retryAfterSeconds: Math.max(1, retryAfterSeconds) },
  });
}

/** The answer of an export that was finished by an earlier request. */
async function describeFinished(bucket: Bucket, key: FerryKey): Promise<Exported> {
  const source = await bucketSource(bucket, objectName(key));
  if (source === null) throw new FerryError("NOT_FOUND", `There is no export ${key}`);
  const { header, tables, moment } = await openArchive(source);
  const stats = countsOf(tables);
  return {
    success: true,
    exportKey: key,
    status: "completed",
    version: header.version,
    stats,
    bytes: source.size,
    message: finished(stats),
    notes: momentNotes(moment),
    moment,
  };
}

function finished(stats: Exported["stats"]): string {
  return `Exported ${countRows(stats)}.`;
}

function exportKeyOf(text: string): FerryKey {
  const key = parseKey(text);
  if (key.startsWith("export-")) return key;
  throw new FerryError("INVALID_KEY", `${key} is not the key of an export`);
}

function objectOptions(version: number, owner: string | null) {
  const metadata = { ...ownedBy(owner), version: String(version) };
  return { contentType: "application/gzip", metadata, exclusive: true };
}
