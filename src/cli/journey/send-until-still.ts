import { basename } from "node:path";
import { FerryError } from "../../errors.ts";
import { isSameTable } from "../../grants.ts";
import { type OtherEnd, tellOtherEnd } from "../../sync/run/index.ts";
import type { BaseFile } from "../bases/base-file.ts";
import { closeExchange, type EndedExchange } from "../bases/close-exchange.ts";
import { TargetMoved } from "../bases/expected-rows.ts";
import type { ExitCode } from "../exit.ts";
import type { TransferFlags } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { fileSource } from "../places/file-source.ts";
import { type Place, placeName, type TargetPlace } from "../places/place.ts";
import { isInteractive } from "../prompts/interactive.ts";
import { refuseWithoutConfirmation } from "../prompts/needed-confirmation.ts";
import type { LeftBehind } from "../targets/target.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import type { ChangedRows } from "./changed-rows.ts";
import { describePlace } from "./compared-place.ts";
import { type Delivered, type Destination, deliverArchive } from "./deliver-archive.ts";
import { reportNothing, reportOutcome } from "./report-outcome.ts";
import type { Session } from "./session.ts";
import { type Sent, type Source, sourceArchive } from "./source-archive.ts";
import { fileWithSize } from "./write-archive.ts";

/** Rows on their way: where from, where to, and what the command keeps of it. */
export interface Transfer {
  from: Place;
  to: TargetPlace;
  flags: TransferFlags;
  source: Source;
  destination: Destination;
  /** Those of both that are apps. */
  apps: { source?: App; target?: App };
  store: JourneyStore;
  /** What the two last exchanged; null for an archive. */
  base: BaseFile | null;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Tables in which runs that were given up have written rows. */
  left: Set<string>;
}

/** Tells the base what became of this command's exchange, where it has one. */
export function onExchange(
  { base, store }: Pick<Transfer, "base" | "store">,
  tell: (base: BaseFile, exchange: number) => void,
): void {
  const { exchange } = store.record;
  if (base !== null && exchange !== undefined) tell(base, exchange);
}

/** This command's exchange comes to nothing: but of what was written nobody knows which rows. */
export function giveUpExchange(transfer: Transfer): void {
  onExchange(transfer, (base, n) => base.doubt(n, [...transfer.left]));
}

/** Comparisons that are made one after the other while the target is written. */
const MOST_COMPARISONS = 5;

/** Sends what the target lacks. Where it was written since it was compared, it is compared again. */
export async function sendUntilStill(transfer: Transfer, session: Session): Promise<ExitCode> {
  for (let tries = 1; ; tries++) {
    const sent = await sourceArchive(transfer.source, asked(transfer, session), session);
    if (sent.path === null) return endWithNothing(transfer, sent.changes, session);
    try {
      return await deliver(transfer, sent, session);
    } catch (error) {
      if (!(error instanceof TargetMoved) || tries === MOST_COMPARISONS) throw stillMoving(error);
      session.printer.line(`${error.message}; comparing again`);
      await startOver(transfer);
    }
  }
}

function asked({ flags, apps, store, destination: to, base }: Transfer, { world }: Session) {
  // Nothing to do needs no confirmation, and whether there is something is known only now.
  const beforeSending = () => {
    if (!flags.dryRun) refuseWithoutConfirmation({ ...flags, interactive: isInteractive(world) });
  };
  return { flags, target: apps.target ?? null, store, to, base, beforeSending };
}

async function endWithNothing(
  { from, to, flags, apps, store, base, startedAt }: Transfer,
  { found, merged, exchange }: Extract<Sent, { path: null }>["changes"],
  session: Session,
): Promise<ExitCode> {
  if (exchange !== null) base?.done(exchange, null);
  await store.discard();
  return reportNothing({ from, to, flags, found, merged, apps, startedAt }, session);
}

/** Of what was piped in nobody has named a file. */
function fileName(from: Place): string | undefined {
  return from.kind === "archive" && from.name === undefined ? basename(from.path) : undefined;
}

async function deliver(
  transfer: Transfer,
  { path, changes, expected = null, notCompared = [] }: Extract<Sent, { path: string }>,
  session: Session,
): Promise<ExitCode> {
  const { from, to, flags, destination, apps, store, startedAt } = transfer;
  const compared = changes ?? undefined;
  const onKey = (key: string) => onExchange(transfer, (base, n) => base.exchanges.note(n, key));
  const toWrite = compared?.expected ?? expected;
  const delivery = {
    path,
    name: fileName(from),
    flags,
    store,
    expected: toWrite,
    onKey,
    onLeft: ({ rows }: LeftBehind) => {
      for (const table of Object.keys(rows)) transfer.left.add(table);
    },
  };
  const delivered = await deliverArchive(destination, delivery, session).catch((error: unknown) => {
    throw changes === null ? error : tellOtherEnd(error, (table) => otherEnd(table, changes));
  });
  const { key, ...outcome } = delivered;
  const { bytes } = await fileWithSize(path);
  const { notes: exportNotes = [] } = store.record;
  await tellBase(transfer, { delivered, path, expected: toWrite, notCompared }, session);
  if (outcome.end !== "dry run" || store.record.archive) await store.discard();
  return reportOutcome({ from, to, key, outcome, apps, bytes, exportNotes, compared, startedAt }, session);
}

/** What the comparison knows of the table at the other end of a foreign key that was refused. */
function otherEnd(table: string, { found: { compared }, merged: { keptRows } }: ChangedRows): OtherEnd {
  const isOne = (one: string) => isSameTable(one, table);
  return {
    ...(compared.some((one) => isOne(one.table)) ? { inSync: true } : {}),
    ...([...keptRows.keys()].some(isOne) ? { kept: true } : {}),
  };
}

async function tellBase(
  { to, flags, source, store, base }: Transfer,
  {
    delivered,
    path,
    ...sent
  }: { delivered: Delivered; path: string } & Pick<EndedExchange, "expected" | "notCompared">,
  session: Session,
): Promise<void> {
  if (base === null || source.kind === "archive") return;
  const { key, ...outcome } = delivered;
  const ended = {
    ...{ outcome, key, flags, exchange: store.record.exchange ?? null },
    ...{ archive: await fileSource(path), target: placeName(to), ...sent },
    describe: () => describePlace(source, { choice: flags, world: session.world }),
  };
  await closeExchange(base, ended, session);
}

/** What was sent is no more what is to be sent. */
async function startOver(transfer: Transfer): Promise<void> {
  const { store } = transfer;
  onExchange(transfer, (base, n) => base.doubt(n, [...transfer.left], { staysEmpty: true }));
  const { source: fingerprint } = store.record;
  await store.discard();
  if (fingerprint !== undefined) store.note({ source: fingerprint });
}

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
