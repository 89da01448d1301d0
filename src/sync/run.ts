import type { ByteSource, TableSchema } from "../archive/types.ts";
import { sqliteMessage } from "../database/failure.ts";
import type { Database } from "../database/port.ts";
import { type LiveSchema, readSchema } from "../database/schema.ts";
import { asFerryError, FerryError } from "../errors.ts";
import { applyStatements } from "./apply.ts";
import { type Budget, createBudget } from "./budget.ts";
import { refuseReachingDeletes } from "./cascades.ts";
import { ensureControlTables, FRAMES, GUARD_APPLIED, hasControlTables, RUNS } from "./control.ts";
import { type CountEntry, readCounts } from "./counts.ts";
import { type Creation, NOTHING_TO_CREATE, planCreation } from "./create.ts";
import { diagnose } from "./diagnose.ts";
import { type FrameSource, openFrameSource } from "./frame-source.ts";
import { type PlanResult, planRun } from "./plan.ts";
import {
  acquireRun,
  completeRun,
  type Lease,
  loadRun,
  loadRuns,
  type RunDetails,
  type RunRecord,
  releaseRun,
  renewLease,
  resetRun,
} from "./record.ts";
import { reportOf, type StagedSoFar } from "./report.ts";
import { sequenceStatements } from "./sequence.ts";
import { stageFrames } from "./stage.ts";
import { readStaged, type Staged } from "./staged.ts";
import type { RunReport, RunRequest, SyncOptions } from "./types.ts";
import { verifiable, verifyFrames } from "./verify.ts";
import { refuseKnownVersion } from "./versions.ts";

const LEASE_MS = 10_000;

/**
 * Drives a run as far as the budget allows: stage, plan, apply, verify. Call again with the same key
 * until `status` is "completed"; with `dryRun` it stops at "planned". Anyone may call; what was done
 * is kept in the target. Rejects with the reason a run was refused, the live tables unchanged; the
 * reason is kept with the run, and another call tries again.
 */
export async function advanceRun(
  database: Database,
  source: ByteSource,
  key: string,
  options: SyncOptions = {},
): Promise<RunReport> {
  const driver = new RunDriver(database, source, key, options);
  return driver.drive();
}

/** One invocation's work on one run. */
class RunDriver {
  readonly #database: Database;
  readonly #source: ByteSource;
  readonly #key: string;
  readonly #options: SyncOptions;
  readonly #budget: Budget;
  readonly #driver: string;
  #leaseSince = 0;
  #staged: StagedSoFar | undefined;

  constructor(database: Database, source: ByteSource, key: string, options: SyncOptions) {
    this.#database = database;
    this.#source = source;
    this.#key = key;
    this.#options = options;
    this.#budget = options.budget ?? createBudget();
    this.#driver = options.driver ?? crypto.randomUUID();
  }

  async drive(): Promise<RunReport> {
    const schema = await readSchema(this.#database);
    this.#spend(1);
    this.#spend(
      await ensureControlTables(this.#database, schema, { temporary: this.#options.temporary ?? false }),
    );
    const run = await acquireRun(this.#database, this.#key, freshDetails(this.#options), this.#lease());
    this.#spend(1);
    try {
      await this.#prepare(run);
      await this.#advance(run, schema);
    } catch (thrown) {
      const error = asFerryError(thrown);
      if (error.code === "ALREADY_SYNCED" && run.status === "completed")
        throw await this.#release(run, error);
      run.details.error = error.toJSON();
      if (!error.transient) run.status = "failed";
      throw await this.#release(run, error);
    }
    if (run.status !== "completed") await this.#release(run);
    return reportOf(run, this.#staged);
  }

  /** Takes over what this call asks for; sets a run back that another choice of tables was staged for. */
  async #prepare(run: RunRecord): Promise<void> {
    const { details } = run;
    const request = mergeRequest(details.request, this.#options);
    const restage =
      JSON.stringify([request.tables, request.exclude]) !==
      JSON.stringify([details.request.tables, details.request.exclude]);
    if (run.status === "completed") {
      if (this.#options.force !== true) throw alreadyCompleted(run);
      await this.#reset(run, request);
    } else if (restage && !run.applied) {
      await this.#reset(run, request);
    }
    details.request = request;
    details.error = null;
    if (run.status === "failed") run.status = run.applied ? "verifying" : "staging";
  }

  async #reset(run: RunRecord, request: RunDetails["request"]): Promise<void> {
    await resetRun(this.#database, run.key);
    this.#spend(2);
    Object.assign(run, { status: "pending", applied: false, results: null });
    run.details = { ...freshDetails(request), request };
  }

  async #advance(run: RunRecord, live: LiveSchema): Promise<void> {
    const source = await openFrameSource(this.#source);
    const { details } = run;
    const temporary = this.#options.temporary === true;
    const wanted = wantedTables(details.request);
    if (details.kind === null) Object.assign(details, outlineOf(source, details, wanted));
    const keepsHistory = !temporary || live.tables.has("seed_history");
    const checksVersion = keepsHistory && details.request.force !== true && !run.applied;
    if (checksVersion && source.schema !== null) await this.#refuseKnownVersion(details);

    const creation =
      details.request.create === true && source.schema !== null && !run.applied
        ? planCreation(live, source.schema, wanted)
        : NOTHING_TO_CREATE(live);
    if (!run.applied && !(await this.#stage(run, creation.schema, source, wanted))) return;
    if (checksVersion && source.schema === null) await this.#refuseKnownVersion(details);

    const staged = await readStaged(this.#database, creation.schema, run.key);
    this.#spend(1);
    if (!run.applied && !(await this.#planAndApply(run, creation, staged, source, keepsHistory))) return;
    await this.#verify(run, source, staged);
  }

  #refuseKnownVersion(details: RunDetails): Promise<void> {
    return refuseKnownVersion(this.#database, details.version ?? 1, details.contents, (count) =>
      this.#spend(count),
    );
  }

  /** True when everything is staged. */
  async #stage(
    run: RunRecord,
    schema: LiveSchema,
    source: FrameSource,
    wanted: (table: string) => boolean,
  ): Promise<boolean> {
    const { details } = run;
    if (details.staged) return true;
    run.status = "staging";
    const { done, contents, tables } = await stageFrames(this.#database, schema, source, run.key, {
      wanted,
      budget: this.#budget,
      beat: () => this.#beat(),
    });
    details.staged = done;
    if (done && source.schema === null) Object.assign(details, { contents, tables });
    return done;
  }

  /** True when the rows are committed. */
  async #planAndApply(
    run: RunRecord,
    creation: Creation,
    staged: Staged,
    source: FrameSource,
    history: boolean,
  ): Promise<boolean> {
    if (!this.#budget.allows(2)) return false;
    const { mode, onConflict } = run.details.request;
    const spend = (count: number) => this.#spend(count);
    const planned = await planRun(this.#database, {
      run: run.key,
      staged,
      mode,
      onConflict,
      created: new Set(creation.tables),
      limits: {},
      spend,
    });
    run.details.plan = planned.plan;
    run.status = "planned";
    if (mode === "mirror") {
      await refuseReachingDeletes(this.#database, creation.schema, run.key, staged, planned.plan, spend);
    }
    if (this.#options.dryRun === true) return false;
    this.#refuseUnconfirmed(run, planned);
    return this.#apply(run, creation, staged, source, planned, history);
  }

  #refuseUnconfirmed(run: RunRecord, { plan }: PlanResult): void {
    if (plan.conflictCount > 0 && run.details.request.onConflict === "fail") throw conflictError(plan);
    const deletes = Object.values(plan.tables).reduce((sum, table) => sum + table.deleted, 0);
    const expected = this.#options.expectDeletes;
    if (expected === undefined || expected === deletes) return;
    throw new FerryError(
      "CONFIRMATION_REQUIRED",
      `The plan deletes ${deletes} rows; ${expected} were confirmed. No table was changed.`,
      { hint: `Look at the plan, then confirm ${deletes}.`, details: { deletes, expected } },
    );
  }

  async #apply(
    run: RunRecord,
    creation: Creation,
    staged: Staged,
    source: FrameSource,
    { parking }: PlanResult,
    history: boolean,
  ): Promise<boolean> {
    const { mode, onConflict } = run.details.request;
    const tables = (source.schema ?? []).filter((object): object is TableSchema => object.type === "table");
    const statements = applyStatements({
      run: run.key,
      schema: creation.schema,
      staged,
      mode,
      onConflict,
      version: run.details.version ?? 1,
      parking,
      sequences: sequenceStatements(tables, staged),
      create: creation,
      history,
      now: this.#now(),
    });
    if (!this.#budget.allows(statements.length)) return false;
    run.status = "applying";
    try {
      this.#spend(statements.length);
      await this.#database.batch(statements);
    } catch (error) {
      if (!sqliteMessage(error).includes(GUARD_APPLIED))
        throw await diagnose(this.#database, run.key, staged, error);
    }
    const committed = (await loadRun(this.#database, run.key)) as RunRecord;
    this.#spend(1);
    Object.assign(run, { status: "verifying", applied: true, results: committed.results });
    return true;
  }

  async #verify(run: RunRecord, source: FrameSource, staged: Staged): Promise<void> {
    const { details } = run;
    const results = readCounts(JSON.parse(`[${run.results ?? ""}]`) as CountEntry[], details.request.mode);
    const tables = new Map(
      details.request.mode === "insert"
        ? []
        : staged.tables.flatMap((table) => {
            const schema = source.schema?.find(
              (object): object is TableSchema => object.type === "table" && object.name === table.table.name,
            );
            const result = results[table.table.name];
            const target =
              schema === undefined || result === undefined ? null : verifiable(schema, table, result);
            return target === null ? [] : [[table.table.name, target] as const];
          }),
    );
    details.verifiedFrames = await verifyFrames(
      this.#database,
      run.key,
      source.index,
      tables,
      details.verifiedFrames,
      this.#budget,
    );
    if (details.verifiedFrames < source.index.length) return;
    details.verified = true;
    details.completedAt = this.#now();
    run.status = "completed";
    await completeRun(this.#database, run, details.completedAt);
    this.#spend(2);
  }

  async #release<T>(run: RunRecord, result?: T): Promise<T> {
    await releaseRun(this.#database, run, this.#lease());
    this.#spend(1);
    return result as T;
  }

  async #beat(): Promise<void> {
    if (this.#now() - this.#leaseSince < LEASE_MS / 3) return;
    await renewLease(this.#database, this.#key, this.#lease());
    this.#spend(1);
  }

  #lease(): Lease {
    this.#leaseSince = this.#now();
    return { driver: this.#driver, now: this.#leaseSince, leaseMs: LEASE_MS };
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #spend(statements: number): void {
    this.#budget.spend(statements);
  }
}

function freshDetails(options: RunRequest): RunDetails {
  return {
    request: mergeRequest({ mode: "merge", onConflict: "fail" }, options),
    version: null,
    kind: null,
    tables: [],
    totalRows: null,
    contents: {},
    staged: false,
    plan: null,
    verifiedFrames: 0,
    verified: false,
    notes: [],
    error: null,
    completedAt: null,
  };
}

function mergeRequest(kept: RunDetails["request"], asked: RunRequest): RunDetails["request"] {
  const { mode, onConflict, force, version, create, tables, exclude } = asked;
  const given = Object.entries({ mode, onConflict, force, version, create, tables, exclude }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...kept, ...Object.fromEntries(given) };
}

function outlineOf(
  { outline }: FrameSource,
  { request }: RunDetails,
  wanted: (table: string) => boolean,
): Partial<RunDetails> {
  const tables = outline.tables.filter(wanted);
  return {
    kind: outline.kind,
    version: request.version ?? outline.version ?? 1,
    tables,
    totalRows: outline.totalRows,
    contents: Object.fromEntries(Object.entries(outline.contents).filter(([table]) => wanted(table))),
  };
}

function wantedTables({ tables, exclude = [] }: RunRequest): (table: string) => boolean {
  const named = tables === undefined ? undefined : new Set(tables.map((name) => name.toLowerCase()));
  const excluded = new Set(exclude.map((name) => name.toLowerCase()));
  return (table) => {
    const name = table.toLowerCase();
    return (named === undefined || named.has(name)) && !excluded.has(name);
  };
}

function alreadyCompleted(run: RunRecord): FerryError {
  return new FerryError("ALREADY_SYNCED", `Already synced: ${run.key} is completed. Nothing was changed.`, {
    hint: "To apply it again, use force.",
    details: { syncKey: run.key, version: run.details.version },
  });
}

function conflictError({ conflicts, conflictCount }: PlanResult["plan"]): FerryError {
  const [first] = conflicts;
  return new FerryError(
    "UNIQUE_CONFLICT",
    `${conflictCount} rows bring unique values that other rows hold (first: "${first?.table}" ${first?.key}, whose ${first?.index} the row ${first?.holder} has). No table was changed.`,
    {
      hint: "Choose onConflict: skip or replace, or correct the source.",
      details: { conflictCount, conflicts },
    },
  );
}

/** Null when the database knows no such run. */
export async function readRun(database: Database, key: string): Promise<RunReport | null> {
  const schema = await readSchema(database);
  if (!hasControlTables(schema)) return null;
  const run = await loadRun(database, key);
  if (run === null) return null;
  const [row] = await database.query({
    sql: `SELECT sum(row_count), count(DISTINCT tbl), (SELECT tbl FROM ${FRAMES} WHERE run = ?1 ORDER BY seq DESC LIMIT 1)
      FROM ${FRAMES} WHERE run = ?1`,
    params: [key],
  });
  const [rows, tables, current] = row as [number | null, number, string | null];
  return reportOf(run, { rows: rows ?? 0, tables, current });
}

/** The runs that the database remembers, newest first, 100 at the most. */
export async function listRuns(database: Database): Promise<RunReport[]> {
  const schema = await readSchema(database);
  if (!hasControlTables(schema)) return [];
  return (await loadRuns(database)).map((run) => reportOf(run));
}

/** Forgets a run and what it staged. True when there was one. Rows it applied stay. */
export async function dropRun(database: Database, key: string): Promise<boolean> {
  const schema = await readSchema(database);
  if (!hasControlTables(schema)) return false;
  const [, dropped] = await database.batch([
    { sql: `DELETE FROM ${FRAMES} WHERE run = ?1`, params: [key] },
    { sql: `DELETE FROM ${RUNS} WHERE key = ?1`, params: [key] },
  ]);
  return (dropped?.changes ?? 0) > 0;
}
