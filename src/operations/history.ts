import type { Body, historyAnswer } from "../api/answers.ts";
import { isSameTable } from "../grants.ts";
import { readHistory } from "../sync/run/index.ts";
import type { Invocation } from "./invocation.ts";

/** What was synced into this database: one entry a table a version. */
export async function listHistory({ database, caller }: Invocation): Promise<Body<typeof historyAnswer>> {
  const { tables } = caller.grant;
  const history = await readHistory(database);
  if (tables === undefined) return { history };
  return { history: history.filter(({ seedName }) => tables.some((name) => isSameTable(name, seedName))) };
}
