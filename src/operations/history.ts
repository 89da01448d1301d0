import type { Body, historyAnswer } from "../api/answers.ts";
import { readHistory } from "../sync/run/index.ts";
import type { Exchange } from "./invocation.ts";

/** What was synced into this database: one entry a table a version. */
export async function listHistory(exchange: Exchange): Promise<Body<typeof historyAnswer>> {
  return { history: await readHistory(exchange.database) };
}
