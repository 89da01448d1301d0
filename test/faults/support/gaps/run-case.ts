import type { ByteSource } from "../../../../src/archive/types.ts";
import { createBudget } from "../../../../src/budget.ts";
import type { Database } from "../../../../src/database/port.ts";
import { FerryError } from "../../../../src/errors.ts";
import { advanceRun } from "../../../../src/sync/advance-run.ts";
import type { SyncOptions } from "../../../../src/sync/run/options.ts";
import { busyDatabase } from "../../../support/busy-database.ts";
import { newRunKey } from "../../../support/engine.ts";
import { type GapsCase, type Interleaving, targetOf } from "./case.ts";
import type { GapsGround } from "./ground.ts";
import {
  Fault,
  isHarmless,
  type Promised,
  refuteChanges,
  refuteCompletion,
  Tally,
  touchesLate,
} from "./model.ts";
import { makeSource, promisedBy } from "./source.ts";
import {
  type Change,
  changesBetween,
  readState,
  type State,
  sqlOf,
  sqlOfRows,
  type TableName,
} from "./tables.ts";
import { resolveWrite, type Write } from "./writes.ts";

/** What the data may be told. */
const SAID: readonly string[] = [
  "PLAN_STALE",
  "UNIQUE_CONFLICT",
  "FOREIGN_KEY",
  "UNSUPPORTED",
  "MISSING_COLUMN",
  "ROW_REFUSED",
];

/** How an interleaving ended, and whether its writes were none of the plan's business. */
export interface Ending {
  named: boolean;
  how: string;
  harmless: boolean;
}

interface Scene {
  ground: GapsGround;
  source: ByteSource;
  options: SyncOptions;
  statements: number;
  promised: Promised;
  /** Content of the target before the sync. */
  untouched: unknown;
}

/** A plan, and what it does where nobody is in its way. */
interface Quiet {
  key: string;
  hash: string;
  planned: unknown;
  state: State;
  changes: Change[];
  /** Calls of the driver. */
  calls: { plan: number; apply: number };
}

/** Runs a case. Throws the first fault, with the interleaving that shows it. */
export async function runGapsCase(ground: GapsGround, one: GapsCase): Promise<Ending[]> {
  const scene = await setScene(ground, one);
  const quiet = await planQuietly(scene).catch((error) => {
    throw new Error(`${String(error.message)}\nThe case:\n${JSON.stringify(one)}`, { cause: error });
  });
  const endings: Ending[] = [];
  for (const interleaving of one.interleavings) {
    const log: string[] = [];
    try {
      if (interleaving.named && typeof quiet !== "string")
        endings.push(
          interleaving.early
            ? await runNamedEarly(scene, quiet, interleaving, log)
            : await runNamed(scene, quiet, interleaving, log),
        );
      else endings.push(await runUnnamed(scene, quiet, interleaving, log));
    } catch (error) {
      const text = error instanceof Fault ? error.message : String((error as Error).stack ?? error);
      throw new Error(
        `${text}\n${log.join("\n")}\nThe case:\n${JSON.stringify({ ...one, interleavings: [interleaving] })}`,
        {
          cause: error,
        },
      );
    }
  }
  return endings;
}

async function setScene(ground: GapsGround, one: GapsCase): Promise<Scene> {
  const source = await makeSource(ground, one);
  const promised: Promised = {
    ...promisedBy(one),
    mode: one.mode,
    onConflict: one.onConflict,
    parts: one.sliceBytes > 0,
  };
  await ground.target(sqlOfRows(targetOf(one)));
  return {
    ground,
    source,
    options: {
      mode: one.mode,
      onConflict: one.onConflict,
      keyless: "append",
      ...(one.sliceBytes > 0 ? { atomic: "never", sliceBytes: one.sliceBytes } : { atomic: "always" }),
    },
    statements: one.statements,
    promised,
    untouched: await ground.save(),
  };
}

/** Plans and applies with nobody in the way. The code where that is refused. */
async function planQuietly(scene: Scene): Promise<Quiet | string> {
  const { ground } = scene;
  const database = await ground.restore(scene.untouched);
  const key = newRunKey();
  const planning = counted(database);
  const planned = await tried(() => call(scene, planning.database, key, { dryRun: true }));
  if (planned.code !== null) return planned.code;
  const quiet = await applyQuietly(scene, database, key, planned.hash);
  if (typeof quiet === "string") return quiet;
  return { ...quiet, calls: { plan: planning.calls(), apply: quiet.calls.apply } };
}

/** Applies a plan that the target has, on a copy of it. */
async function applyQuietly(
  scene: Scene,
  database: Database,
  key: string,
  hash: string,
): Promise<Quiet | string> {
  const { ground, promised } = scene;
  const planned = await ground.save();
  const state = await readState(database);
  const applying = counted(database);
  const applied = await tried(() => call(scene, applying.database, key, { plan: hash }));
  if (applied.code === "PLAN_STALE")
    throw new Fault(`Nobody wrote, and the plan is stale: ${told(applied.error)}`);
  if (applied.code !== null) return applied.code;
  const after = await readState(database);
  refuteChanges(state, after, { ...promised, parts: false });
  return {
    key,
    hash,
    planned,
    state,
    changes: changesBetween(state, after),
    calls: { plan: 0, apply: applying.calls() },
  };
}

function counted(database: Database) {
  let calls = 0;
  const counting = busyDatabase(database, {
    writes: () => {
      calls++;
      return false;
    },
    change: () => [],
  });
  return { database: counting.database, calls: () => calls };
}

const MOST_CALLS = 400;

/** Calls until the run ends, or is planned. Answers the plan's hash. */
async function call(scene: Scene, database: Database, key: string, how: SyncOptions): Promise<string> {
  const { source, options, statements } = scene;
  for (let i = 0; i < MOST_CALLS; i++) {
    const budget = statements > 0 ? { budget: createBudget({ statements, limit: 1000 }) } : {};
    const report = await advanceRun(database, source, key, { ...options, ...how, ...budget });
    if (report.status === "completed" || (how.dryRun && report.status === "planned"))
      return report.plan?.hash ?? "";
  }
  throw new Fault(`The run did not end within ${MOST_CALLS} calls`);
}

interface Tried {
  code: string | null;
  hash: string;
  error?: FerryError;
}

async function tried(what: () => Promise<string>): Promise<Tried> {
  try {
    return { code: null, hash: await what() };
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { code: error.code, hash: "", error };
  }
}

/** The app: writes ahead of some calls, and tells what was there before and what is there then. */
function startApp(
  database: Database,
  {
    writes,
    calls,
    planned,
    log,
  }: { writes: Interleaving["writes"]; calls: number; planned: readonly Change[]; log: string[] },
  onWrite: (before: State, after: State) => void,
): Database {
  const left = writes.map(({ gap, ...write }) => ({ at: gap % Math.max(1, calls), write: write as Write }));
  let at = 0;
  return watched(database, async () => {
    const now = at++;
    for (const { write } of left.filter((one) => one.at === now)) {
      const before = await readState(database);
      const sql = sqlOf(resolveWrite(before, write, planned));
      if (sql.length === 0) continue;
      try {
        await database.batch(sql.map((text) => ({ sql: text })));
      } catch {
        // Not what the app's own schema takes: it wrote nothing.
        continue;
      }
      log.push(`ahead of call ${now} of ${calls}: ${sql.join("; ")}`);
      onWrite(before, await readState(database));
    }
  });
}

function watched(database: Database, before: () => Promise<void>): Database {
  return {
    ...database,
    query: (statement) => before().then(() => database.query(statement)),
    batch: (statements) => before().then(() => database.batch(statements)),
  };
}

/** The first write comes while the plan is made: what it is then, a copy shows to which it is applied quietly. */
async function runNamedEarly(
  scene: Scene,
  quiet: Quiet,
  { writes, ...rest }: Interleaving,
  log: string[],
): Promise<Ending> {
  const { ground } = scene;
  const database = await ground.restore(scene.untouched);
  const key = newRunKey();
  let last = await readState(database);
  const busy = startApp(
    database,
    { writes: writes.slice(0, 1), calls: quiet.calls.plan, planned: quiet.changes, log },
    (before, after) => {
      if (changesBetween(last, before).length > 0) throw new Fault("A dry run changed rows");
      last = after;
    },
  );
  const planned = await tried(() => call(scene, busy, key, { dryRun: true }));
  log.push(`the plan: ${told(planned.error)}`);
  const state = await readState(database);
  if (changesBetween(last, state).length > 0) throw new Fault("A dry run changed rows");
  if (planned.code !== null) {
    if (!SAID.includes(planned.code)) throw new Fault(`The plan was refused by ${planned.code}`);
    await goOn(scene, database, key, state, log);
    return { named: true, how: planned.code, harmless: false };
  }
  const image = await ground.save();
  const applied = await applyQuietly(scene, database, key, planned.hash).catch((error) => {
    if (error instanceof Fault && error.message.includes("the plan is stale")) return "PLAN_STALE";
    throw error;
  });
  if (typeof applied !== "string") {
    const { calls } = applied;
    return runNamed(scene, { ...applied, planned: image, calls }, { ...rest, writes: writes.slice(1) }, log);
  }
  log.push(`applied with nobody writing: ${applied}`);
  await goOn(scene, database, key, await readState(database), log);
  return { named: true, how: applied, harmless: false };
}

/** A call that names its plan: does it, or says why not. */
async function runNamed(
  scene: Scene,
  quiet: Quiet,
  { writes }: Interleaving,
  log: string[],
): Promise<Ending> {
  const { ground, promised } = scene;
  const { parts } = promised;
  const { key } = quiet;
  const database = await ground.restore(quiet.planned);
  const tally = new Tally(quiet.changes, { parts });
  let last = quiet.state;
  const app: Change[] = [];
  const busy = startApp(
    database,
    { writes, calls: quiet.calls.apply, planned: quiet.changes, log },
    (before, after) => {
      tally.did(last, before);
      last = after;
      app.push(...changesBetween(before, after));
    },
  );
  const { code, error } = await tried(() => call(scene, busy, key, { plan: quiet.hash }));
  log.push(`planned: ${JSON.stringify(quiet.changes)}`, `it ended: ${told(error)}`);
  const state = await readState(database);
  tally.did(last, state);
  await checkKeys(database);
  const harmless =
    app.length > 0 &&
    isHarmless(app, quiet.changes, promised.source) &&
    !(parts && touchesLate(app, quiet.changes));
  if (code === null) tally.complete(state);
  else {
    if (!SAID.includes(code)) throw new Fault(`It was refused by ${code}`);
    if (!parts && tally.made > 0) throw new Fault("It was refused, and rows were changed");
    if (app.length === 0) throw new Fault("It was refused, and nobody wrote");
    if (harmless) throw new Fault("It was refused for rows that it has nothing to do with");
    await goOn(scene, database, key, state, log);
  }
  return { named: true, how: code ?? "completed", harmless };
}

/** The writer has stopped: the run ends as a new one of the same rows would. */
async function goOn(
  scene: Scene,
  database: Database,
  key: string,
  state: State,
  log: string[],
): Promise<void> {
  const { ground } = scene;
  const stopped = await ground.save();
  const again = await tried(() => call(scene, database, key, {}));
  const after = await readState(database);
  await checkKeys(database);
  const anew = await ground.restore(stopped);
  const fresh = await tried(() => call(scene, anew, newRunKey(), {}));
  const expected = await readState(anew);
  log.push(`then: ${told(again.error)}`, `anew: ${told(fresh.error)}`);
  if (again.code !== fresh.code)
    throw new Fault(`It goes on to ${again.code}, and a new run to ${fresh.code}`);
  if (again.code !== null && !SAID.includes(again.code))
    throw new Fault(`Going on was refused by ${again.code}`);
  const other = changesBetween(expected, after).filter(({ table }) => table !== "loose");
  if (other.length > 0) throw new Fault(`It goes on to other rows than a new run: ${JSON.stringify(other)}`);
  refuteChanges(state, after, scene.promised);
}

/** Calls that name no plan. */
async function runUnnamed(
  scene: Scene,
  quiet: Quiet | string,
  { writes }: Interleaving,
  log: string[],
): Promise<Ending> {
  const { ground, promised } = scene;
  const key = newRunKey();
  const database = await ground.restore(scene.untouched);
  let last = await readState(database);
  let made = 0;
  const app: Change[] = [];
  const did = (state: State) => {
    made += changesBetween(last, state).length;
    refuteChanges(last, state, promised);
  };
  const known =
    typeof quiet === "string"
      ? { calls: 20, planned: [] }
      : { calls: quiet.calls.plan + quiet.calls.apply, planned: quiet.changes };
  const busy = startApp(database, { writes, log, ...known }, (before, after) => {
    did(before);
    last = after;
    app.push(...changesBetween(before, after));
  });
  const { code, error } = await tried(() => call(scene, busy, key, {}));
  log.push(`it ended: ${told(error)}`);
  const state = await readState(database);
  did(state);
  await checkKeys(database);
  if (code === null) {
    if (app.length === 0) refuteCompletion(state, promised);
    await checkNothingLeft(scene, app, log);
  } else {
    if (!SAID.includes(code)) throw new Fault(`It was refused by ${code}`);
    if (code === "PLAN_STALE") throw new Fault("It did not plan anew");
    if (!promised.parts && made > 0) throw new Fault("It was refused, and rows were changed");
    if (app.length === 0 && typeof quiet !== "string") throw new Fault("It was refused, and nobody wrote");
    await goOn(scene, database, key, state, log);
  }
  return { named: false, how: code ?? "completed", harmless: false };
}

/** A new run of the same rows finds nothing to do, but where the app wrote. */
async function checkNothingLeft(scene: Scene, app: readonly Change[], log: string[]): Promise<void> {
  const { ground, promised } = scene;
  // A row that was skipped may come in once another one has changed.
  if (promised.onConflict === "skip") return;
  const ended = await ground.save();
  const database = await ground.restore(ended);
  const before = await readState(database);
  const { code } = await tried(() => call(scene, database, newRunKey(), { force: true }));
  if (code !== null) {
    if (app.length === 0) throw new Fault(`The same again is refused by ${code}`);
    return;
  }
  const touched = new Set(app.map(({ table, key }) => `${table} ${key}`));
  const tables = new Set<TableName>(app.map(({ table }) => table));
  const left = changesBetween(before, await readState(database)).filter(
    ({ table, key }) =>
      !touched.has(`${table} ${key}`) &&
      // Another row's value may be free now, or taken.
      !((promised.onConflict !== "fail" || table === "loose") && tables.has(table)),
  );
  log.push(`app: ${JSON.stringify(app)}`);
  if (left.length > 0) throw new Fault(`Rows were left that the app did not touch: ${JSON.stringify(left)}`);
}

async function checkKeys(database: Database): Promise<void> {
  const broken = await database.query({ sql: "SELECT * FROM pragma_foreign_key_check" });
  if (broken.length > 0) throw new Fault(`Keys point to nothing: ${JSON.stringify(broken)}`);
}

function told(error: FerryError | undefined): string {
  if (error === undefined) return "completed";
  const { code, message, cause } = error;
  return `${code}: ${message} (${cause instanceof Error ? (cause.stack ?? cause.message) : "no cause"})`;
}
