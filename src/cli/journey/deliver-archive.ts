import { newKey } from "../../bucket/keys.ts";
import { FerryError } from "../../errors.ts";
import type { Expectation } from "../bases/only-inserts.ts";
import { choiceOf, type TransferFlags } from "../options/run-options.ts";
import type { App } from "../places/app.ts";
import { fileSource } from "../places/file-source.ts";
import type { TargetPlace } from "../places/place.ts";
import { appTarget } from "../targets/app-target.ts";
import { sqliteTarget } from "../targets/sqlite-target.ts";
import type { JourneyStore } from "../workspace/journey-record.ts";
import { beforeApplying } from "./before-applying.ts";
import type { Session } from "./session.ts";
import { settleRun } from "./settle-run.ts";
import type { JourneyOutcome, TargetRun } from "./target-run.ts";
import { uploadArchive } from "./upload-archive.ts";

/** Where rows go. */
export type Destination = { kind: "app"; app: App } | Extract<TargetPlace, { kind: "sqlite" }>;

export interface Delivery {
  /** The archive's file. */
  path: string;
  /** The file's name, where somebody named one: lists tell it. */
  name?: string | undefined;
  flags: TransferFlags;
  store: JourneyStore;
  /** What the run is to write, where that is known. */
  expected?: Expectation | null | undefined;
  /** Called with the run's key, before anything is applied by it: of a file just before, of an app once it has the bytes. */
  onKey?: (key: string) => void;
  onLeft?: TargetRun["onLeft"];
}

export type Delivered = JourneyOutcome & { key: string };

/** Brings the archive's rows into the target's database. */
export function deliverArchive(to: Destination, delivery: Delivery, session: Session): Promise<Delivered> {
  return to.kind === "app" ? toApp(to.app, delivery, session) : toFile(to, delivery, session);
}

async function toFile(
  { path: file, local }: Extract<Destination, { kind: "sqlite" }>,
  { path, flags, store, expected, onKey, onLeft }: Delivery,
  session: Session,
): Promise<Delivered> {
  const key = store.record.runKey ?? newKey("sync");
  await store.save({ runKey: key });
  const { dryRun } = flags;
  const migrate = flags.migrate ? choiceOf(flags) : undefined;
  const options = { world: session.world, dryRun, migrate, local };
  const opened = await sqliteTarget(file, await fileSource(path), options);
  const target = beforeApplying(opened, () => onKey?.(key));
  try {
    return { ...(await settleRun({ target, key, flags, expected, onLeft }, session)), key };
  } finally {
    await target.close();
  }
}

async function toApp(app: App, delivery: Delivery, session: Session): Promise<Delivered> {
  const { path, name, store } = delivery;
  const resumed = await resumeAtApp(app, delivery, session);
  if (resumed !== null) return resumed;
  const key = await uploadArchive(app, { archive: await fileSource(path), name, store }, session);
  session.printer.done(`Uploaded to ${app.url.host} as ${key}`);
  return settleAtApp(app, { ...delivery, key }, session);
}

/** The run whose bytes an earlier command brought; null where there is none, or the app has lost it. */
async function resumeAtApp(app: App, delivery: Delivery, session: Session): Promise<Delivered | null> {
  const { store } = delivery;
  const { runKey: key } = store.record;
  if (key === undefined) return null;
  try {
    return await settleAtApp(app, { ...delivery, key }, session);
  } catch (error) {
    if (!(error instanceof FerryError) || error.code !== "NOT_FOUND") throw error;
    session.printer.warn(`${app.url.host} no longer has ${key}; sending it again`);
    session.checkpoint.run = null;
    await store.save({ runKey: undefined, upload: null });
    return null;
  }
}

async function settleAtApp(
  app: App,
  { key, flags, store, expected, onKey, onLeft }: Delivery & { key: string },
  session: Session,
): Promise<Delivered> {
  onKey?.(key);
  const target = appTarget(app, session.world);
  session.checkpoint.run = { key, words: target.words };
  const outcome = await settleRun(
    { target, key, flags, expected, onLeft, isDecided: store.record.isDecided },
    session,
    { takesOver: store.resumed, isOwn: true },
  );
  return { ...outcome, key };
}
