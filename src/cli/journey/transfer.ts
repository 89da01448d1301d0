import type { ComparedPlaces } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import { moment } from "../../numbers.ts";
import type { BaseFile } from "../bases/base-file.ts";
import { basePlace } from "../bases/base-places.ts";
import { closeExchange, settleExchanges } from "../bases/exchanges.ts";
import { TargetMoved } from "../bases/expected-rows.ts";
import { openBase } from "../bases/open-base.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import { isFinal } from "../interruption/final-error.ts";
import { countingVersions, runRequest, type TransferFlags } from "../options/run-options.ts";
import { type Connections, connect } from "../places/connect.ts";
import { requireOneOther } from "../places/credentials.ts";
import { fileSource } from "../places/file-source.ts";
import { type Place, placeName, type TargetPlace } from "../places/place.ts";
import { isInteractive } from "../prompts/interactive.ts";
import { refuseWithoutConfirmation } from "../prompts/needed-confirmation.ts";
import { appTarget } from "../targets/app-target.ts";
import { noBackground } from "../targets/sqlite-target.ts";
import { type JourneyStore, openRecord } from "../workspace/journey-record.ts";
import { describePlace } from "./compared-place.ts";
import { type Destination, deliverArchive } from "./deliver-archive.ts";
import { localThroughApp } from "./local-through-app.ts";
import { reportNothing, reportOutcome } from "./report-outcome.ts";
import type { Session } from "./session.ts";
import { type Source, sourceArchive } from "./source-archive.ts";
import { restartIfSourceChanged } from "./source-changed.ts";
import { forgetUnsentChanges } from "./unsent-changes.ts";
import { fileWithSize } from "./write-archive.ts";

export interface Journey {
  from: Place;
  to: TargetPlace;
  flags: TransferFlags;
}

/** Takes rows from one place to another: export, upload, plan, confirm, apply, verify. */
export async function transfer(journey: Journey, session: Session & Connections): Promise<ExitCode> {
  const { from } = journey;
  const { world } = session;
  const flags = countingVersions(journey.flags);
  refuseImpossible(journey);
  requireOneOther(
    [from, journey.to].flatMap((place) => (place.kind === "app" ? [place.url] : [])),
    session.settings,
  );
  const { to, destination } = await openDestination(journey, session);
  const source: Source = from.kind === "app" ? { kind: "app", app: connect(from.url, session) } : from;
  const startedAt = world.now();
  const store = await openRecord(identity({ from, to, flags }), session, flags);
  // What was piped in is gone with this command.
  const isPiped = from.kind === "archive" && from.name !== undefined;
  session.checkpoint.resumable = !isPiped;
  let base: BaseFile | null = null;
  /** Tells the base what became of this command's exchange, where it has one. */
  const onExchange = (tell: (base: BaseFile, n: number) => void) => {
    const { exchange } = store.record;
    if (base !== null && exchange !== undefined) tell(base, exchange);
  };
  try {
    const mayBeLost = flags.base === false || flags.onEdit === "ours";
    const places = [basePlace(from, session.settings), basePlace(journey.to, session.settings)] as const;
    base = from.kind === "archive" ? null : await openBase(places, { mayBeLost }, session);
    const apps = appsOf(source, destination);
    const target = apps.target === undefined ? null : appTarget(apps.target, world);
    const changed = await restartIfSourceChanged(store, { from, target }, session);
    const restarted = (await forgetUnsentChanges(store, { target, base }, session)) || changed;
    const known = [source, destination].flatMap((place) =>
      place.kind === "app" ? [appTarget(place.app, world)] : [],
    );
    const ask = (name: string) => known.find((one) => one.name === name) ?? null;
    if (base !== null) await settleExchanges(base, { ask, own: store.record.exchange });
    if (store.resumed && !restarted) session.printer.line(resumingLine(from, store));
    // Nothing to do needs no confirmation, and whether there is something is known only now.
    const beforeSending = () => {
      if (!flags.dryRun) refuseWithoutConfirmation({ ...flags, interactive: isInteractive(world) });
    };
    const asked = { flags, target: apps.target ?? null, store, to: destination, base, beforeSending };
    for (let tries = 1; ; tries++) {
      const sent = await sourceArchive(source, asked, session);
      const compared = sent.changes ?? undefined;
      if (sent.path === null) {
        const { found, merged, exchange } = sent.changes;
        if (exchange !== null) base?.done(exchange, null, tableNames(found));
        await store.discard();
        return reportNothing({ from, to, flags, found, merged, apps, startedAt }, session);
      }
      const { path } = sent;
      try {
        const expected = compared?.expected ?? sent.expected;
        const onKey = (key: string) => onExchange((own, n) => own.note(n, key));
        const delivery = { path, flags, store, expected, onKey };
        const { key, ...outcome } = await deliverArchive(destination, delivery, session);
        const { bytes } = await fileWithSize(path);
        const { notes: exportNotes = [], exchange = null } = store.record;
        if (base !== null && source.kind !== "archive") {
          const ended = {
            ...{ outcome, key, exchange, flags, archive: await fileSource(path), target: placeName(to) },
            tables: compared === undefined ? [] : tableNames(compared.found),
            describe: () => describePlace(source, { choice: flags, world }),
          };
          await closeExchange(base, ended, session);
        }
        if (outcome.end !== "dry run" || store.record.archive) await store.discard();
        return reportOutcome(
          { from, to, key, outcome, apps, bytes, exportNotes, compared, startedAt },
          session,
        );
      } catch (error) {
        if (!(error instanceof TargetMoved) || tries === MOST_COMPARISONS) throw stillMoving(error);
        session.printer.line(`${error.message}; comparing again`);
        onExchange((own, n) => own.takeBack(n));
        const { source: fingerprint } = store.record;
        await store.discard();
        if (fingerprint !== undefined) store.note({ source: fingerprint });
      }
    }
  } catch (error) {
    if (isFinal(error) || isPiped) {
      // In many transactions some of it may have been written.
      onExchange((own, n) => (flags.atomic === "never" ? own.doubt(n) : own.takeBack(n)));
      await store.discard();
    } else await keepUntil(error, store, world);
    throw error;
  } finally {
    base?.close();
    store.release();
  }
}

/** Comparisons that are made one after the other while the target is written. */
const MOST_COMPARISONS = 5;

const tableNames = ({ tables }: ComparedPlaces): string[] => tables.map(({ table }) => table);

function stillMoving(error: unknown): unknown {
  if (!(error instanceof TargetMoved)) return error;
  const { row } = error;
  const moved =
    row === null ? [] : [{ table: row.table, key: JSON.stringify(Object.values(row.key)), is: "changed" }];
  return new FerryError(
    "PLAN_STALE",
    "Rows of the target were written each time they were compared. Nothing was changed",
    { details: { moved }, hint: "Push when less is written there, or only other tables: --exclude" },
  );
}

/** Rows that need several days are sent from the same export, however old it is by then. */
async function keepUntil(error: unknown, store: JourneyStore, { now }: Session["world"]): Promise<void> {
  if (!(error instanceof FerryError) || error.code !== "DAILY_LIMIT") return;
  const seconds = Number(error.details?.retryAfterSeconds ?? 0);
  await store.save({ waitsUntil: now() + seconds * 1000 });
}

/** What is wrong with the command line is said before anything is done. */
function refuseImpossible({ from, to, flags }: Journey): void {
  if (flags.background && to.kind !== "app") throw noBackground();
  if (flags.migrate && to.kind === "app") throw onlyFilesMigrate(placeName(to));
  refuseSamePlace(from, to);
}

function refuseSamePlace(from: Place, to: TargetPlace): void {
  if (placeName(from) !== placeName(to)) return;
  throw new UsageError(
    `${placeName(from)} is both the source and the target`,
    "Name another place with --from or --to",
  );
}

/** Where the rows go: a database that a development server has open is written through it. */
async function openDestination(
  { from, to, flags }: Journey,
  session: Session & Connections,
): Promise<{ to: TargetPlace; destination: Destination }> {
  if (to.kind === "app") return { to, destination: { kind: "app", app: connect(to.url, session) } };
  const app = await localThroughApp(to, flags, session);
  if (app === null) return { to, destination: to };
  const place = { kind: "app", url: app.url } as const;
  refuseSamePlace(from, place);
  session.printer.line(
    `The development server has ${placeName(to)} open: rows go through ${placeName(place)}`,
  );
  return { to: place, destination: { kind: "app", app } };
}

function onlyFilesMigrate(app: string): UsageError {
  return new UsageError(
    `--migrate is for SQLite files and local: ${app} is an app, whose schema its own migrations make`,
    "Apply the migrations there (npx wrangler d1 migrations apply DB --remote), then leave out --migrate. --create makes tables that an app lacks",
  );
}

function appsOf(source: Source, destination: Destination) {
  return {
    ...(source.kind === "app" ? { source: source.app } : {}),
    ...(destination.kind === "app" ? { target: destination.app } : {}),
  };
}

function resumingLine(from: Place, { record }: JourneyStore): string {
  // Nothing tells whether an app still has the same rows.
  const rows = from.kind === "app" && record.archive ? ", with the app's rows as they were then" : "";
  return `Resuming what started at ${moment(record.startedAt)}${rows} (--fresh starts over)`;
}

/** What makes it the same command: both places, and what the run is asked for. */
function identity({ from, to, flags }: Journey): unknown[] {
  const { dryRun = false, full = false, base = true, onEdit = "stop", migrate = false } = flags;
  const whole = [...(full ? ["full"] : []), ...(migrate ? ["migrate"] : [])];
  const merges = base && onEdit === "stop" ? [] : [{ base, onEdit }];
  return [placeName(from), placeName(to), runRequest(flags), dryRun, ...whole, ...merges];
}
