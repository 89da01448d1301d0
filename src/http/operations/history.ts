import { readHistory } from "../../sync/history.ts";
import type { Body, historyAnswer } from "../answers.ts";
import type { Exchange } from "../exchange.ts";

/** What was synced into this database: one entry a table a version. */
export async function listHistory(exchange: Exchange): Promise<Body<typeof historyAnswer>> {
  return { history: await readHistory(exchange.database) };
}
