import type { Body, compareAnswer } from "../api/answers.ts";
import type { CompareRequest } from "../api/requests.ts";
import { databasePlace, LEAF_BYTES } from "../diff/index.ts";
import { exportBounds, requireTables } from "./caller.ts";
import type { Invocation } from "./invocation.ts";

/** Answers as many questions about rows as one request may; without any it describes the tables. Reads only. */
export async function compareRows(
  { database, budget, caller }: Invocation,
  { questions, salt = "", ...choice }: CompareRequest,
): Promise<Body<typeof compareAnswer>> {
  const named = [...(choice.tables ?? []), ...(choice.include ?? [])];
  requireTables(caller, [...named, ...(questions ?? []).map(({ table }) => table)], "neverExport");
  const place = databasePlace(database, {
    choice: { ...choice, ...exportBounds(caller) },
    budget: () => budget,
    leafBytes: Math.min(LEAF_BYTES, Math.max(16_000, budget.bytes)),
  });
  if (questions === undefined) return { description: await place.describe() };
  return { answers: await place.ask(questions, salt) };
}
