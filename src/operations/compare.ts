import type { Body, compareAnswer } from "../api/answers.ts";
import type { CompareRequest } from "../api/requests.ts";
import { isCell } from "../archive/cells.ts";
import type { Key } from "../archive/types.ts";
import { databasePlace, LEAF_BYTES, type Question } from "../diff/index.ts";
import { FerryError } from "../errors.ts";
import { exportBounds, requireTables } from "./caller.ts";
import type { Invocation } from "./invocation.ts";

/** Answers as many questions about rows as one request may; without any it describes the tables. Reads only. */
export async function compareRows(
  { database, budget, caller }: Invocation,
  { questions, salt = "", ...choice }: CompareRequest,
): Promise<Body<typeof compareAnswer>> {
  const named = [...(choice.tables ?? []), ...(choice.include ?? [])];
  requireTables(caller, [...named, ...(questions ?? []).map(({ table }) => table)], "neverExport");
  if (questions !== undefined) requireCells(questions);
  const place = databasePlace(database, {
    choice: { ...choice, ...exportBounds(caller) },
    budget: () => budget,
    leafBytes: Math.min(LEAF_BYTES, Math.max(16_000, budget.bytes)),
  });
  if (questions === undefined) {
    const { tables, ...description } = await place.describe();
    return {
      description: {
        ...description,
        tables: tables.map((table) => ({ ...table, schema: { ...table.schema } })),
      },
    };
  }
  return { answers: await place.ask(questions, salt) };
}

/** A tagged cell that is none would be refused by the database, and with other words. */
function requireCells(questions: readonly Question[]): void {
  const keys = questions.flatMap((question): Key[] => {
    if (question.ask === "cut") return [question.after];
    if (question.ask === "rows") return question.ranges.flatMap((range) => range.slice(0, 2) as Key[]);
    return [question.after, ...question.leaves.map(([through]) => through)];
  });
  if (keys.every((key) => key === null || key.every(isCell))) return;
  throw new FerryError("INVALID_REQUEST", '"questions" has keys that hold what is no cell', {
    details: { field: "questions" },
  });
}
