import pRetry from "p-retry";
import { newKey } from "../../bucket/keys.ts";
import { type ErrorCode, FerryError } from "../../errors.ts";
import type { Dependencies } from "../commands/dependencies.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import { isFinal } from "../interruption/final-error.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import type { TransferFlags } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { connect } from "../places/connect.ts";
import { explainFullDisk } from "../places/disk-full.ts";
import { fileSource } from "../places/file-source.ts";
import { type Place, placeName } from "../places/place.ts";
import { bytes, moment } from "../printing/numbers.ts";
import { refuseWithoutConfirmation } from "../prompts/confirmation.ts";
import { isInteractive } from "../prompts/interactive.ts";
import { appTarget } from "../targets/app-target.ts";
import { sqliteTarget } from "../targets/sqlite-target.ts";
import type { Target } from "../targets/target.ts";
import { type JourneyStore, openRecord } from "../workspace/journey-record.ts";
import { downloadArchive } from "./download-archive.ts";
import { exportedLines } from "./export-summary.ts";
import { type JourneyOutcome, planAndApply } from "./plan-and-apply.ts";
import { reportOutcome } from "./report-outcome.ts";
import { restartIfSourceChanged } from "./source-changed.ts";
import { dropCommand } from "./staged-rows.ts";
import { uploadArchive } from "./upload-archive.ts";
import { fileFacts, openArchiveFile, writeArchive } from "./write-archive.ts";

export interface Journey {
  from: Place;
  to: Place;
  flags: TransferFlags;
}

/** Takes rows from one place to another: export, upload, plan, confirm, apply, verify. */
export async function transfer(journey: Journey, dependencies: Dependencies): Promise<ExitCode> {
  const { from, to, flags } = journey;
  const { world, printer } = dependencies;
  if (!flags.dryRun) refuseWithoutConfirmation({ ...flags, interactive: isInteractive(world) });
  if (flags.background && to.kind !== "app") {
    throw new UsageError("--background is for apps: nothing else goes on without this command");
  }
  if (placeName(from) === placeName(to)) {
    throw new UsageError(`${placeName(from)} is both ends`, "Name another place with --from or --to");
  }
  const source = from.kind === "app" ? connect(from.url, dependencies) : null;
  const target = to.kind === "app" ? connect(to.url, dependencies) : null;
  const startedAt = world.now();
  const store = await openRecord(identity(journey), dependencies, flags);
  dependencies.checkpoint.resumable = true;
  try {
    const held = target && appTarget(target, world);
    const { anew } = await restartIfSourceChanged(from, held, store, dependencies);
    if (store.resumed && !anew) printer.line(goingOn(from, store));
    const archive = await archiveOf(journey, { source, target }, store, dependencies);
    const outcome = await land(journey, archive, target, store, dependencies);
    const apps = { ...(source ? { source } : {}), ...(target ? { target } : {}) };
    const travelled = (await fileFacts(archive)).bytes;
    const exportNotes = store.record.notes ?? [];
    if (outcome.end !== "dry run" || store.record.archive) await store.discard();
    return reportOutcome(
      { ...journey, key: outcome.key, outcome, apps, bytes: travelled, exportNotes, startedAt },
      dependencies,
    );
  } catch (error) {
    if (isFinal(error)) await store.discard();
    throw error;
  } finally {
    store.release();
  }
}

function goingOn(from: Place, { record }: JourneyStore): string {
  // Nothing tells whether an app's rows are still those.
  const rows = from.kind === "app" && record.archive ? ", with the app's rows as they were then" : "";
  return `Going on with what began at ${moment(record.startedAt)}${rows} (--fresh begins anew)`;
}

/** What makes it the same command: ends, rows, and what is to be done with them. */
function identity({ from, to, flags }: Journey): unknown[] {
  const { tables, exclude, mode, onConflict, atomic, version, force, create, dryRun } = flags;
  const asked = [tables, exclude, mode, onConflict, atomic, version, force, create, dryRun ?? false];
  return [placeName(from), placeName(to), ...asked];
}

/** The file that travels: the user's own archive, or an export made now or by the interrupted command. */
async function archiveOf(
  { from, flags }: Journey,
  { source, target }: { source: App | null; target: App | null },
  store: JourneyStore,
  dependencies: Dependencies,
): Promise<string> {
  const { printer } = dependencies;
  const { record } = store;
  if (from.kind === "archive") {
    await store.save({ archive: await fileFacts(from.path) });
    return from.path;
  }
  if (record.archive) {
    const facts = await fileFacts(record.archive.path).catch(() => null);
    if (facts?.bytes === record.archive.bytes) return facts.path;
    await store.discard();
  }
  const file = { path: store.archivePath, mode: 0o600 };
  const frameBytes = target === null ? undefined : await askFrameBytes(target, dependencies.world);
  const asked = { ...flags, frameBytes };
  const exported = await explainFullDisk(file.path, async () =>
    from.kind === "sqlite"
      ? writeArchive(from, await openArchiveFile(file.path, file.mode), asked, dependencies)
      : downloadArchive(source ?? connect(from.url, dependencies), file, asked, store, dependencies),
  );
  const facts = await fileFacts(store.archivePath);
  await store.save({ archive: facts, notes: exported.notes });
  const { summary, notes } = exportedLines(exported);
  printer.done(`Exported ${summary} from ${placeName(from)}: ${bytes(facts.bytes)}`);
  for (const note of notes) printer.line(`  ${note}`);
  return facts.path;
}

/** Milliseconds for a question that need not be answered. */
const ASK_MS = 5_000;

/** After 300 ms and after a second it is asked again whether it is there: it may be starting anew. */
const ASK_AGAIN = { retries: 2, minTimeout: 300, factor: 4, maxTimeout: 1_000 };

/** What an export for this app would be made in vain for. */
const IN_VAIN = new Set<ErrorCode>(["AUTHENTICATION_REQUIRED", "NOT_CONFIGURED", "UNREACHABLE"]);

/**
 * How large the frames should be that this app is to stage: it may run on a small plan. Undefined
 * where it does not say, or takes its time. Rejects where it is not there or lets nobody in: better
 * before the export than behind it.
 */
async function askFrameBytes(
  { client }: App,
  { signal }: Dependencies["world"],
): Promise<number | undefined> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
  try {
    const { frameBytes } = await pRetry(() => client.describe({ signal: patience }), {
      ...ASK_AGAIN,
      signal: patience,
      shouldRetry: ({ error }) => error instanceof FerryError && error.code === "UNREACHABLE",
    });
    return frameBytes;
  } catch (error) {
    throwIfInterrupted(signal);
    if (error instanceof FerryError && IN_VAIN.has(error.code)) throw error;
    return undefined;
  }
}

async function land(
  { to, flags }: Journey,
  archive: string,
  app: App | null,
  store: JourneyStore,
  dependencies: Dependencies,
): Promise<JourneyOutcome & { key: string }> {
  const { printer } = dependencies;
  if (app === null) {
    const key = store.record.runKey ?? newKey("sync");
    await store.save({ runKey: key });
    const path = to.kind === "app" ? to.url.href : to.path;
    const target = await sqliteTarget(path, await fileSource(archive), dependencies.world, {
      dryRun: flags.dryRun ?? false,
    });
    return await closing(target, () => settle(target, key, flags, dependencies, false));
  }
  const target = appTarget(app, dependencies.world);
  const earlier = store.record.runKey;
  if (earlier !== undefined) {
    try {
      dependencies.checkpoint.run = { key: earlier, address: placeName(to) };
      return await settle(target, earlier, flags, dependencies, store.resumed);
    } catch (error) {
      if (!(error instanceof FerryError) || error.code !== "NOT_FOUND") throw error;
      printer.warn(`${app.url.host} no longer has ${earlier}; sending it anew`);
      dependencies.checkpoint.run = null;
      await store.save({ runKey: undefined, upload: null });
    }
  }
  const key = await uploadArchive(app, await fileSource(archive), store, dependencies);
  printer.done(`Uploaded to ${app.url.host} as ${key}`);
  dependencies.checkpoint.run = { key, address: placeName(to) };
  return settle(target, key, flags, dependencies, store.resumed);
}

async function closing<T>(target: Target, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } finally {
    await target.close();
  }
}

/** Carries the run out; a run that ends without a change leaves nothing behind at the target. */
async function settle(
  target: Target,
  key: string,
  flags: TransferFlags,
  dependencies: Dependencies,
  takesOver: boolean,
): Promise<JourneyOutcome & { key: string }> {
  try {
    const outcome = await planAndApply(target, key, flags, dependencies, { takesOver });
    if (outcome.end === "dry run" || outcome.end === "declined")
      await clearAway(target, key, false, dependencies);
    return { ...outcome, key };
  } catch (error) {
    // Why it failed is worth knowing later: `d1-ferry status KEY`.
    if (isFinal(error)) await clearAway(target, key, true, dependencies);
    throw error;
  }
}

/** Best effort: what the command came to say matters more than what could not be cleared away. */
async function clearAway(
  target: Target,
  key: string,
  keepRecord: boolean,
  { printer }: Dependencies,
): Promise<void> {
  try {
    // Another driver may have taken the run over, and be applying it.
    if (keepRecord || (await target.confirmedPlan(key)) === null) await target.drop(key, { keepRecord });
  } catch (error) {
    const remove = target.kind === "app" ? `; ${dropCommand(key, target.name)}` : "";
    printer.warn(`What was staged as ${key} is still at the target: ${(error as Error).message}${remove}`);
  }
}
