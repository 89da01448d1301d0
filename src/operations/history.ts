import type { Body, historyAnswer } from "../api/answers.ts";
import { readHistory } from "../sync/run/index.ts";
import type { Invocation } from "./invocation.ts";

/** What was synced into this database: one entry a table a version. */
export async function listHistory({ database }: Invocation): Promise<Body<typeof historyAnswer>> {
  return { history: await readHistory(database) };
}
