import type { Health } from "../api/health.ts";
import { OBJECT_PREFIX } from "../bucket/keys.ts";
import { readLog } from "../bucket/log.ts";
import { listUserTables, readDatabaseBytes } from "../database/user-tables.ts";
import { asFerryError, type FerryError } from "../errors.ts";
import { isSameTable } from "../grants.ts";
import { HISTORY, readPastRuns } from "../sync/run/index.ts";
import { VERSION } from "../version.ts";
import { may } from "./caller.ts";
import { countRows, rowsToCount } from "./count-rows.ts";
import { checkHealth } from "./health-checks.ts";
import type { Invocation } from "./invocation.ts";
import { PLATFORM_LIMITS } from "./platforms.ts";

/** Runs that are told at the most. */
const RUNS = 20;

/** Pages of the record that are read at the most, of a thousand entries each. */
const PAGES = 10;

/**
 * How the app is, as far as this caller may know, in ten statements at the most. A database or a bucket that fails is a
 * finding, and no error.
 */
export async function readHealth(invocation: Invocation): Promise<Health> {
  const { platform, platformNamed } = invocation;
  const [database, open, today] = await Promise.all([
    attempt(() => readDatabase(invocation)),
    attempt(() => readOpenRuns(invocation)),
    attempt(() => readToday(invocation)),
  ]);
  const seen = {
    version: VERSION,
    platform,
    platformNamed,
    database: { ...NOTHING, ...database.value, limitBytes: PLATFORM_LIMITS[platform].databaseBytes },
    today: today.value ?? null,
    runs: { open: open.value ?? [] },
  };
  const failed = { database: database.error ?? open.error, bucket: today.error };
  return {
    ...seen,
    checks: checkHealth(seen, { failed, tokens: tokensShownIn(invocation), now: Date.now() }),
  };
}

const NOTHING = { bytes: null, tables: [] };

type Attempt<T> = { value: T; error?: undefined } | { value?: undefined; error: FerryError };

async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: asFerryError(error) };
  }
}

async function readDatabase({
  database,
  platform,
  caller,
  budget,
}: Invocation): Promise<Omit<Health["database"], "limitBytes">> {
  const { tables } = caller.grant;
  const isTold = (name: string) => tables === undefined || tables.some((one) => isSameTable(one, name));
  const own = (await listUserTables(database)).filter(
    ({ name }) => !isSameTable(name, HISTORY) && isTold(name),
  );
  const bytes = await readDatabaseBytes(database);
  return {
    bytes,
    tables: await countRows(database, own, { most: rowsToCount(platform, own.length), budget }),
  };
}

async function readOpenRuns({ database, caller }: Invocation): Promise<Health["runs"]["open"]> {
  const owner = may(caller, "manage") ? undefined : caller.id;
  const runs = await readPastRuns(database, { limit: RUNS, owner, open: true });
  return runs.map(({ key, status, startedAt }) => ({ key, phase: status, startedAt }));
}

/** Null for who may not read the record; then the bucket is only asked whether it answers. */
async function readToday({ bucket, caller, platform }: Invocation): Promise<Health["today"]> {
  if (!may(caller, "manage")) {
    await bucket.list({ prefix: OBJECT_PREFIX, limit: 1 });
    return null;
  }
  const midnight = new Date(Date.now()).setUTCHours(0, 0, 0, 0);
  const { rowsWrittenADay } = PLATFORM_LIMITS[platform];
  let rowsWritten = 0;
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const read = await readLog(bucket, { limit: 1000, cursor });
    for (const { at, did, outcome, rowsWritten: written = 0 } of read.entries) {
      const counts = at >= midnight && outcome === "completed" && (did === "sync" || did === "undo");
      if (counts) rowsWritten += written;
    }
    cursor = read.cursor;
    if (cursor === undefined || read.entries.some(({ at }) => at < midnight)) break;
  }
  return { rowsWritten, limit: Number.isFinite(rowsWrittenADay) ? rowsWrittenADay : null };
}

/** Names of tokens are told to who manages the app. */
function tokensShownIn(invocation: Invocation): unknown {
  return may(invocation.caller, "manage") ? invocation.tokens : undefined;
}
