import type { Body, historyAnswer } from "../api/answers/index.ts";
import { HISTORY_LIMIT, type HistoryRequest } from "../api/requests.ts";
import { isSameTable } from "../grants.ts";
import { liveVersions, type PastRun, readHistory, readPastRuns } from "../sync/run/index.ts";
import { may } from "./caller.ts";
import type { Invocation } from "./invocation.ts";

/**
 * What was synced into this database: the runs, newest first, what is live now, and one entry a table a
 * version. Who does not manage is told of their own runs, and who has some of the tables of those.
 */
export async function listHistory(
  { database, caller }: Invocation,
  input: HistoryRequest = {},
): Promise<Body<typeof historyAnswer>> {
  const limit = Math.min(input.limit ?? HISTORY_LIMIT, HISTORY_LIMIT);
  const { tables } = caller.grant;
  const isTold = (table: string) => tables === undefined || tables.some((name) => isSameTable(name, table));
  const history = (await readHistory(database)).filter(({ seedName }) => isTold(seedName));
  const runs = await readPastRuns(database, {
    limit,
    owner: may(caller, "manage") ? undefined : caller.id,
    before: input.before,
    keys: input.syncKey === undefined ? undefined : [input.syncKey],
  });
  return { live: liveVersions(history), runs: runs.map((run) => describeRun(run, isTold)), history };
}

type Told = NonNullable<Body<typeof historyAnswer>["runs"]>[number];

function describeRun(past: PastRun, isTold: (table: string) => boolean): Told {
  const { status, results, unchanged, left, images: _i, keepsNone: _k, unowned: _u, ...run } = past;
  const told = Object.entries(results ?? {}).filter(([table]) => isTold(table));
  return {
    ...run,
    phase: status,
    results: results === null ? null : Object.fromEntries(told),
    ...(unchanged ? { unchanged } : {}),
    ...(left === null ? {} : { left: { edited: left.edited, held: left.held } }),
  };
}
