import fc from "fast-check";
import type { ByteSource } from "../../../../src/archive/types.ts";
import { createBudget } from "../../../../src/budget.ts";
import type { Database } from "../../../../src/database/port.ts";
import { FerryError } from "../../../../src/errors.ts";
import { advanceRun } from "../../../../src/sync/advance-run.ts";
import type { SyncOptions } from "../../../../src/sync/run/options.ts";
import type { RunReport } from "../../../../src/sync/run/report.ts";
import { newRunKey } from "../../../support/engine.ts";
import { memoryImages } from "../../../support/memory-images.ts";
import { type GapsCase, gapsCases, targetOf } from "../gaps/case.ts";
import type { GapsGround } from "../gaps/ground.ts";
import { makeSource } from "../gaps/source.ts";
import {
  type Change,
  changesBetween,
  isSame,
  keyOf,
  NAMES,
  type Row,
  readState,
  type State,
  sqlOf,
  sqlOfRows,
} from "../gaps/tables.ts";
import { KINDS, resolveWrite, type Write } from "../gaps/writes.ts";
import { madeImages, taken } from "./made-images.ts";

/** A sync, what an app writes after it, and how it is undone. */
export interface UndoCase {
  run: GapsCase;
  later: Write[];
  /** What it writes while the undo runs, ahead of which call to the database. */
  during: (Write & { gap: number })[];
  force: boolean;
  /** By images made from what an export has before and after, and not by those that the run keeps. */
  compared: boolean;
  syncStatements: number;
  undoSliceBytes: number;
  undoStatements: number;
}

const few = fc.nat({ max: 7 });

export const undoCases: fc.Arbitrary<UndoCase> = fc.record({
  run: gapsCases(1),
  later: fc.array(
    fc.record({
      kind: fc.constantFrom(...KINDS, "hit", "hit"),
      table: fc.constantFrom(...NAMES),
      row: few,
      column: few,
      value: few,
    }),
    { maxLength: 6, size: "max" },
  ),
  during: fc.oneof(
    { arbitrary: fc.constant<UndoCase["during"]>([]), weight: 2 },
    {
      arbitrary: fc.array(
        fc.record({
          kind: fc.constantFrom(...KINDS, "hit", "hit", "hit"),
          table: fc.constantFrom(...NAMES),
          row: few,
          column: few,
          value: few,
          gap: fc.nat({ max: 60 }),
        }),
        { minLength: 1, maxLength: 3, size: "max" },
      ),
      weight: 1,
    },
  ),
  force: fc.nat({ max: 3 }).map((number) => number === 0),
  compared: fc.nat({ max: 3 }).map((number) => number === 0),
  syncStatements: fc.constantFrom(0, 0, 45),
  undoSliceBytes: fc.constantFrom(0, 0, 1, 60),
  undoStatements: fc.constantFrom(0, 0, 0, 45),
});

/** What became of a case. */
export interface Undone {
  restored: number;
  edited: number;
  held: number;
}

/** Runs a case. Null where its sync is refused or changes nothing. Throws what is wrong. */
export async function runUndoCase(ground: GapsGround, one: UndoCase): Promise<Undone | null> {
  try {
    return await undo(ground, one);
  } catch (error) {
    throw new Error(`${String((error as Error).stack ?? error)}\nThe case:\n${JSON.stringify(one)}`, {
      cause: error,
    });
  }
}

async function undo(ground: GapsGround, one: UndoCase): Promise<Undone | null> {
  const { run } = one;
  const source = await makeSource(ground, run);
  const database = await ground.target(sqlOfRows(targetOf(run)));
  const key = newRunKey();
  const before = await readState(database);
  const takenBefore = await taken(database);
  const kept = memoryImages();
  const synced = await call(database, source, key, {
    mode: run.mode,
    onConflict: run.onConflict,
    keyless: "append",
    ...sliced(run.sliceBytes),
    statements: one.syncStatements,
    images: kept,
  }).catch(refusal);
  if (synced === null) return null;
  const after = await readState(database);
  const all = changesBetween(before, after);
  if (all.length === 0) return null;
  // A row that got its key as it was written is known by what it holds.
  const isKeyless = ({ table, before: was }: Change) =>
    !one.compared && table === "loose" && run.mode !== "mirror" && was === null;
  const changes = all.filter((change) => !isKeyless(change));
  const added: Added = {
    contents: all.filter(isKeyless).map(({ after: row }) => contentOf(row as Row)),
    above: Math.max(0, ...[...before.loose.values()].map((row) => row.rowid as number)),
  };
  const images = one.compared
    ? await madeImages(takenBefore, await taken(database))
    : ([...kept.finished.values()].at(-1) as ByteSource);

  await writeAll(database, one.later, all);
  const now = await readState(database);
  const keptOfUndo = memoryImages();
  const undoKey = newRunKey().replace("sync-", "undo-");
  const undoing = { mode: "mirror", all: true, statements: one.undoStatements } as const;
  const app = startApp(database, one.force ? [] : one.during, all);
  const report = await call(app.database, images, undoKey, {
    ...undoing,
    undoes: key,
    force: one.force,
    ...sliced(one.undoSliceBytes),
    images: keptOfUndo,
  }).catch((error: unknown) => {
    // Many transactions cannot do all that one can, and say so ahead of the first.
    const told = error instanceof FerryError && error.code === "FOREIGN_KEY" ? error.message : "";
    if (one.undoSliceBytes > 0 && told.endsWith("No table was changed.")) return null;
    throw error;
  });
  const final = await readState(database);
  if (report === null) {
    const own = new Set(app.changes.map(({ table, key }) => `${table} ${key}`));
    const other = changesBetween(now, final).filter(({ table, key }) => !own.has(`${table} ${key}`));
    if (other.length > 0) throw wrong("It was refused, and rows were changed", other);
    return null;
  }
  await refuteKeys(database);
  if (app.changes.length > 0) {
    judgeBusy(app.changes, { changes, added, final });
    return null;
  }
  const undone = judge({ changes, added, now, final, report, force: one.force });
  await undoAgain(database, [...keptOfUndo.finished.values()].at(-1), { ...undoing, undoes: undoKey }, now);
  return undone;
}

/** An app that writes ahead of some calls, and what its writes changed. */
function startApp(database: Database, writes: UndoCase["during"], planned: readonly Change[]) {
  const changes: Change[] = [];
  let at = 0;
  const write = async () => {
    const now = at++;
    for (const one of writes.filter(({ gap }) => gap === now)) {
      const before = await readState(database);
      await writeAll(database, [one], planned);
      changes.push(...changesBetween(before, await readState(database)));
    }
  };
  return {
    changes,
    database: {
      ...database,
      query: (statement) => write().then(() => database.query(statement)),
      batch: (statements) => write().then(() => database.batch(statements)),
    } satisfies Database,
  };
}

/** What the app wrote last stays, but where it wrote what the run had made. */
function judgeBusy(
  app: readonly Change[],
  { changes, added, final }: Pick<Ended, "changes" | "added" | "final">,
): void {
  const last = new Map(app.map((change) => [`${change.table} ${change.key}`, change]));
  for (const { table, key, after } of last.values()) {
    const ours = changes.find((change) => change.table === table && change.key === key);
    const is = final[table].get(key) ?? null;
    // Of equal rows any may be the run's.
    if (table === "loose" && is === null && after !== null && added.contents.includes(contentOf(after)))
      continue;
    if (ours === undefined ? isSame(is, after) : isSame(after, ours.after) || isSame(is, after)) continue;
    // In the columns that the run did not write nobody else has written either.
    const names = Object.keys(after ?? {});
    const kept = names.every((name) => is?.[name] === after?.[name] || is?.[name] === ours?.before?.[name]);
    const own = app.filter((change) => change.table === table && change.key === key);
    const written = names.filter((name) => own.some((one) => one.before?.[name] !== one.after?.[name]));
    if (is !== null && kept && written.every((name) => is[name] === after?.[name])) continue;
    throw wrong("What the app wrote was lost", { table, key, after, is, ours });
  }
}

/** The undo of the undo has all as it was. */
async function undoAgain(
  database: Database,
  images: ByteSource | undefined,
  options: Call,
  expected: State,
): Promise<void> {
  if (images !== undefined) {
    const { plan } = await call(database, images, newRunKey().replace("sync-", "undo-"), options);
    if (plan?.left !== undefined) throw wrong("The undo of the undo leaves rows", plan.left);
  }
  const other = changesBetween(expected, await readState(database));
  if (other.length > 0) throw wrong("The undo of the undo is not what was there", other);
}

const sliced = (bytes: number): SyncOptions =>
  bytes > 0 ? { atomic: "never", sliceBytes: bytes } : { atomic: "always" };

/** Of an undo, which plans anew each time. */
const MOST_REFUSALS = 3;

interface Call extends SyncOptions {
  statements: number;
}

async function call(
  database: Database,
  source: ByteSource,
  key: string,
  { statements, ...options }: Call,
): Promise<RunReport> {
  let refusals = 0;
  for (let i = 0; i < 400; i++) {
    const budget = statements > 0 ? { budget: createBudget({ statements, limit: 1000 }) } : {};
    const report = await advanceRun(database, source, key, { ...options, ...budget }).catch(
      (error: unknown) => {
        if (options.undoes === undefined || refusals++ === MOST_REFUSALS) throw error;
        return null;
      },
    );
    if (report?.status === "completed") return report;
  }
  throw new Error("The run did not end");
}

function refusal(error: unknown): null {
  if (error instanceof FerryError && error.code !== "INTERNAL") return null;
  throw error;
}

async function writeAll(database: Database, writes: readonly Write[], planned: readonly Change[]) {
  for (const write of writes) {
    const sql = sqlOf(resolveWrite(await readState(database), write, planned));
    // Not what the app's own schema takes: it wrote nothing.
    if (sql.length > 0) await database.batch(sql.map((text) => ({ sql: text }))).catch(() => undefined);
  }
}

async function refuteKeys(database: Database): Promise<void> {
  const broken = await database.query({ sql: "SELECT * FROM pragma_foreign_key_check" });
  if (broken.length > 0) throw new Error(`Rows point to nothing: ${JSON.stringify(broken)}`);
}

/** Rows that got their keys as they were written. */
interface Added {
  contents: readonly string[];
  /** The largest rowid that was there before. */
  above: number;
}

const contentOf = ({ rowid: _, ...row }: Row): string => JSON.stringify(row);

/** Those of the rows that are there which stand for what was added: of equal ones the newest. */
function standingFor({ contents, above }: Added, rows: Iterable<Row>): Row[] {
  const newest = [...rows]
    .filter(({ rowid }) => (rowid as number) > above)
    .sort((one, other) => (other.rowid as number) - (one.rowid as number));
  return contents.flatMap((content) => {
    const at = newest.findIndex((row) => contentOf(row) === content);
    return at < 0 ? [] : newest.splice(at, 1);
  });
}

interface Ended {
  changes: readonly Change[];
  added: Added;
  now: State;
  final: State;
  report: RunReport;
  force: boolean;
}

function judge({ changes, added, now, final, report, force }: Ended): Undone {
  const taken = standingFor(added, now.loose.values()).map((row) => keyOf("loose", row));
  const counts: Undone = { restored: taken.length, edited: added.contents.length - taken.length, held: 0 };
  for (const key of taken) if (final.loose.has(key)) throw wrong("An added row was left", { key });
  const touched = new Set([
    ...changes.map(({ table, key }) => `${table} ${key}`),
    ...taken.map((key) => `loose ${key}`),
  ]);
  for (const { table, key, before, after } of changes) {
    const [is, was] = [final[table].get(key) ?? null, now[table].get(key) ?? null];
    const edited = !force && !isSame(was, after) && !isSame(was, before);
    if (edited && !isSame(is, was)) throw wrong("An edited row was touched", { table, key, was, is });
    if (edited) counts.edited++;
    else if (isSame(is, before)) counts.restored += isSame(was, before) ? 0 : 1;
    else if (isSame(is, was)) counts.held++;
    else throw wrong("A row is neither as before nor as it was", { table, key, before, was, is });
  }
  for (const change of changesBetween(now, final)) {
    if (!touched.has(`${change.table} ${change.key}`)) throw wrong("A row of no run was changed", change);
  }
  const left = report.plan?.left ?? { edited: 0, held: 0 };
  if (left.edited !== counts.edited || left.held !== counts.held)
    throw wrong("Other rows were left than it says", { left, counts });
  return counts;
}

function wrong(what: string, details: object): Error {
  return new Error(`${what}: ${JSON.stringify(details)}`);
}
