import { isUndoKey } from "../../bucket/keys.ts";
import { FerryError } from "../../errors.ts";
import { moment, plural } from "../../numbers.ts";
import type { Plan } from "../../sync/run/index.ts";
import { undoExchange, undoingExchange } from "../bases/undone-exchanges.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import { isFinal } from "../interruption/final-error.ts";
import { beforeApplying } from "../journey/before-applying.ts";
import { type ChosenRun, chooseBegun, chooseNewest, chooseUndone } from "../journey/choose-undone.ts";
import { chooseKept, type KeptBeside, unreadable } from "../journey/kept-beside.ts";
import { needsOfUndo } from "../journey/needs-of-undo.ts";
import { reportOutcome } from "../journey/report-outcome.ts";
import { settleRun } from "../journey/settle-run.ts";
import { type UrlFlags, urlOption } from "../options/common-options.ts";
import { type RunFlags, undoOptions } from "../options/run-options.ts";
import { type App, wordsFor } from "../places/app.ts";
import { chosenApp } from "../places/chosen-app.ts";
import { parsePlace } from "../places/parse-place.ts";
import type { Place } from "../places/place.ts";
import { typedKey } from "../places/typed-key.ts";
import { type Block, indented } from "../printing/layout/block.ts";
import { leftIn } from "../printing/plan-table.ts";
import { resultLines } from "../printing/results.ts";
import { isInteractive } from "../prompts/interactive.ts";
import { refuseWithoutConfirmation } from "../prompts/needed-confirmation.ts";
import { appTarget } from "../targets/app-target.ts";
import { noBackground, sqliteTarget } from "../targets/sqlite-target.ts";
import { type JourneyStore, openRecord } from "../workspace/journey-record.ts";
import { keepLeftRows, removeUndoFile, undoneAgain } from "../workspace/undo-files.ts";
import type { Command } from "./command.ts";
import type { Dependencies } from "./dependencies.ts";

interface UndoFlags
  extends UrlFlags,
    Pick<RunFlags, "force" | "atomic" | "dryRun" | "yes" | "confirmDelete"> {
  replan?: boolean;
  background?: boolean;
  to?: string;
  rows?: boolean;
  json?: boolean;
}

export const undo: Command<[run?: string], UndoFlags> = {
  name: "undo",
  summary: "Take back what a run has changed: plan, confirm, apply, verify.",
  arguments: [
    { name: "[run]", description: "the run's key (default: the newest completed run that can be undone)" },
  ],
  options: [
    urlOption,
    {
      flags: "--to <place>",
      description: "an app, or a SQLite file: then of what was kept beside it, the newest or that of the run",
    },
    { flags: "--rows", description: "with --dry-run: print all rows to stdout, a line each" },
    ...undoOptions,
  ],
  examples: [
    "d1-ferry undo                                                  # the newest run at PROD_API",
    "d1-ferry undo sync-1700000000000-k3v9x0a7b2qd --dry-run        # what would be taken back",
    "d1-ferry undo sync-1700000000000-k3v9x0a7b2qd --force --confirm-delete 21",
    "d1-ferry undo --to copy.sqlite",
  ],
  async run([typed], flags, dependencies) {
    const { world } = dependencies;
    if (flags.rows && !flags.dryRun) throw new UsageError("--rows goes with --dry-run");
    const key = typed === undefined ? undefined : typedKey(typed);
    const { to } = flags;
    if (to === undefined || /^https?:\/\//i.test(to)) {
      requireConfirmation(flags, world);
      return undoAtApp(key, to === undefined ? flags : { ...flags, url: to }, dependencies);
    }
    const place = await parsePlace(to, world.cwd);
    if (place.kind !== "sqlite")
      throw new UsageError(`${to} is not a database`, "--to takes an app or a SQLite file");
    if (flags.background) throw noBackground();
    return undoInFile(place, { key, flags }, dependencies);
  },
};

async function undoAtApp(
  key: string | undefined,
  flags: UndoFlags,
  dependencies: Dependencies,
): Promise<ExitCode> {
  const app = chosenApp(flags, dependencies);
  const store = await openRecord(["undo", app.url.href, key ?? null], dependencies);
  try {
    const code = await undoChosen({ app, key, store }, flags, dependencies);
    if (!flags.dryRun) await store.discard();
    return code;
  } catch (error) {
    if (isFinal(error)) await store.discard();
    throw error;
  } finally {
    store.release();
  }
}

async function undoChosen(
  { app, key, store }: { app: App; key: string | undefined; store: JourneyStore },
  flags: UndoFlags,
  dependencies: Dependencies,
): Promise<ExitCode> {
  const { world, checkpoint, printer } = dependencies;
  const startedAt = world.now();
  const { signal } = world;
  const begun = await chooseBegun(app, store, dependencies);
  const chosen =
    begun ?? (key === undefined ? await chooseNewest(app, signal) : await chooseUndone(app, key, signal));
  printer.lines(chosenLines(chosen));
  const { undo, status } = chosen;
  checkpoint.resumable = true;
  checkpoint.run = { key: undo, words: wordsFor(app) };
  if (key === undefined) checkpoint.argument = status.syncKey;
  // Once it is done, the same words would mean the run before.
  const remember = () => store.save({ runKey: undo, undoes: status.syncKey });
  const target = beforeApplying(appTarget(app, world), remember);
  const run = { target, key: undo, flags: runFlags(flags) };
  const outcome = await needsOfUndo(settleRun(run, dependencies, { takesOver: true }));
  if (outcome.end === "completed") await undoExchange({ run: status.syncKey, by: undo }, dependencies);
  const finished = { to: { kind: "app", url: app.url }, key: undo, outcome, undone: status.syncKey } as const;
  return reportOutcome({ ...finished, apps: { target: app }, startedAt }, dependencies);
}

async function undoInFile(
  place: Extract<Place, { kind: "sqlite" }>,
  { key, flags }: { key: string | undefined; flags: UndoFlags },
  dependencies: Dependencies,
): Promise<ExitCode> {
  const { world, printer } = dependencies;
  const startedAt = world.now();
  const { path, local } = place;
  const kept = await chooseKept(path, key);
  requireConfirmation(flags, world);
  const { source, undoes, key: undo, time } = kept;
  printer.line(`Undoing ${undoes}, of ${moment(time)}`);
  const { dryRun } = flags;
  const target = await sqliteTarget(path, source, { world, dryRun, undoes, takenBefore: kept.left, local });
  try {
    const run = { target, key: undo, flags: runFlags(flags) };
    const drive = async () => {
      const outcome = await needsOfUndo(settleRun(run, dependencies)).catch((error: unknown) => {
        throw isDamaged(error) ? unreadable(kept.path, error) : error;
      });
      if (outcome.end === "completed") await doneWith(path, kept, outcome.plan);
      return outcome;
    };
    const outcome = await undoingExchange({ run: undoes, by: undo }, drive, dependencies);
    return reportOutcome(
      { to: place, key: undo, outcome, undone: undoes, apps: {}, startedAt },
      dependencies,
    );
  } finally {
    await target.close();
  }
}

function requireConfirmation(flags: UndoFlags, world: Dependencies["world"]): void {
  if (!flags.dryRun) refuseWithoutConfirmation({ ...flags, interactive: isInteractive(world) });
}

/** What the undo itself kept takes its place, unless there are rows that it can still take back. */
async function doneWith(path: string, kept: KeptBeside, plan: Plan | null): Promise<void> {
  if (plan !== null && leftIn(plan) > 0) await keepLeftRows(path, kept);
  else await removeUndoFile(path, kept.key);
  if (isUndoKey(kept.undoes)) await undoneAgain(path, kept.undoes);
}

function isDamaged(error: unknown): boolean {
  return error instanceof FerryError && ["ARCHIVE_CORRUPT", "ARCHIVE_TRUNCATED"].includes(error.code);
}

/** An undo makes the rows of its run as they were: like a mirror, it may delete. */
function runFlags({ force, atomic, dryRun, yes, confirmDelete, ...flags }: UndoFlags): RunFlags {
  const { replan, background, rows, json } = flags;
  return {
    mode: "mirror",
    yes,
    confirmDelete,
    ...(force === undefined ? {} : { force }),
    ...(atomic === undefined ? {} : { atomic }),
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(replan === undefined ? {} : { replan }),
    ...(background === undefined ? {} : { background }),
    ...(rows ? { keep: { rows, json, waits: false } } : {}),
  };
}

function chosenLines({ status, parts }: ChosenRun): Block[] {
  const { syncKey, completedAt, results } = status;
  const when = completedAt === null ? "" : `, completed ${moment(completedAt)}`;
  const earlier = `It was applied in ${plural(parts, "part")}: this undoes the last one, and the same command then the one before`;
  return [
    `Undoing ${syncKey}${when}`,
    ...(results === null ? [] : indented(resultLines(results), 2)),
    ...(parts > 1 ? [earlier] : []),
  ];
}
