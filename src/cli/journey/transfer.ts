import { statSync } from "node:fs";
import { sleep } from "../../client/retry.ts";
import { FerryError, retold } from "../../errors.ts";
import { moment } from "../../numbers.ts";
import type { BaseFile } from "../bases/base-file.ts";
import { basePlace } from "../bases/base-places.ts";
import { openBase } from "../bases/open-base.ts";
import { settleExchanges } from "../bases/settle-exchanges.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import { isFinal } from "../interruption/final-error.ts";
import { countingVersions, runRequest, type TransferFlags } from "../options/run-options.ts";
import { type Connections, connect } from "../places/connect.ts";
import { requireOneOther } from "../places/credentials.ts";
import { type Place, placeName, type TargetPlace } from "../places/place.ts";
import { appTarget } from "../targets/app-target.ts";
import { noBackground } from "../targets/sqlite-target.ts";
import { type JourneyStore, openRecord } from "../workspace/journey-record.ts";
import type { Destination } from "./deliver-archive.ts";
import { localThroughApp } from "./local-through-app.ts";
import { giveUpExchange, sendUntilStill, type Transfer } from "./send-until-still.ts";
import type { Session } from "./session.ts";
import type { Source } from "./source-archive.ts";
import { restartIfSourceChanged } from "./source-changed.ts";
import { forgetUnsentChanges } from "./unsent-changes.ts";

export interface Journey {
  from: Place;
  to: TargetPlace;
  flags: TransferFlags;
}

/** Takes rows from one place to another: export, upload, plan, confirm, apply, verify. */
export async function transfer(journey: Journey, session: Session & Connections): Promise<ExitCode> {
  const { from } = journey;
  const flags = countingVersions(journey.flags);
  refuseImpossible(journey);
  requireOneOther(
    [from, journey.to].flatMap((place) => (place.kind === "app" ? [place.url] : [])),
    session.settings,
  );
  const { to, destination } = await openDestination(journey, session);
  const source: Source = from.kind === "app" ? { kind: "app", app: connect(from.url, session) } : from;
  const startedAt = session.world.now();
  const store = await openRecord(identity({ from, to, flags }), session, flags);
  // What was piped in is gone with this command.
  const isPiped = from.kind === "archive" && from.name !== undefined;
  session.checkpoint.resumable = !isPiped;
  const apps = appsOf(source, destination);
  const own: Transfer = {
    from,
    to,
    flags,
    source,
    destination,
    apps,
    store,
    base: null,
    startedAt,
    left: new Set(),
  };
  try {
    own.base = await baseOf(journey, session);
    await goOnOrStartOver(own, session);
    return await sendUntilStill(own, session);
  } catch (error) {
    if (isFinal(error) || isPiped) {
      giveUpExchange(own);
      await store.discard();
    } else await keepUntil(error, store, session.world);
    throw own.left.size > 0 ? afterSome(error) : error;
  } finally {
    own.base?.close();
    store.release();
  }
}

/** What the two last exchanged; null for an archive, which may be of any time. */
async function baseOf(
  { from, to, flags }: Journey,
  session: Session & Connections,
): Promise<BaseFile | null> {
  if (from.kind === "archive") return null;
  const mayBeLost = flags.base === false || flags.onEdit === "ours";
  const places = [basePlace(from, session.settings), basePlace(to, session.settings)] as const;
  return openBase(places, { mayBeLost }, session);
}

/** Milliseconds. */
const PAUSE = 1_000;

/** Settles what earlier commands have left: this one goes on where it can, and else begins anew. */
async function goOnOrStartOver(
  { from, to, source, destination, apps, store, base }: Transfer,
  session: Session,
): Promise<void> {
  const { world, printer } = session;
  const target = apps.target === undefined ? null : appTarget(apps.target, world);
  const changed = await restartIfSourceChanged(store, { from, target, base }, session);
  const restarted = (await forgetUnsentChanges(store, { target, base }, session)) || changed;
  if (base !== null) {
    const known = [source, destination].flatMap((place) =>
      place.kind === "app" ? [appTarget(place.app, world)] : [],
    );
    const ask = (name: string) => known.find((one) => one.name === name) ?? null;
    const file = (name: string) => {
      const found = [from, to].find((place) => placeName(place) === name);
      return found?.kind === "sqlite" ? found.path : null;
    };
    await settleExchanges(base, {
      ...{ ask, file, own: store.record.exchange },
      pause: () => sleep(PAUSE, world.signal),
    });
  }
  if (store.resumed && !restarted) printer.line(resumingLine(from, store));
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
  if (!isSamePlace(from, to)) return;
  throw new UsageError(
    `${placeName(from)} is both the source and the target`,
    "Name another place with --from or --to",
  );
}

/** A file may have several names. */
function isSamePlace(from: Place, to: TargetPlace): boolean {
  if (from.kind !== "sqlite" || to.kind !== "sqlite") return placeName(from) === placeName(to);
  const [one, other] = [from, to].map(({ path }) => statSync(path, { throwIfNoEntry: false }));
  if (one === undefined || other === undefined) return from.path === to.path;
  return one.dev === other.dev && one.ino === other.ino;
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

/** What an earlier run of this command has written is told already, and stays. */
function afterSome(error: unknown): unknown {
  if (!(error instanceof FerryError)) return error;
  return retold(error, {
    message: error.message.replace(/\bNothing was (sent|changed)/i, "Nothing more was $1"),
  });
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
