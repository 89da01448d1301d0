import type { Body, compareAnswer } from "../api/answers/index.ts";
import type { CompareRequest } from "../api/requests.ts";
import { isCell } from "../archive/cells.ts";
import {
  type Answer,
  type Description,
  databasePlace,
  keysIn,
  LEAF_BYTES,
  type Question,
  SMALLEST_LEAF_BYTES,
} from "../diff/index.ts";
import { FerryError } from "../errors.ts";
import { exportBounds, requireTables } from "./caller.ts";
import { withinAllowance } from "./export-allowance.ts";
import type { Invocation } from "./invocation.ts";

/** Answers as many questions about rows as one request may; without any it describes the tables. Reads only. */
export async function compareRows(
  invocation: Invocation,
  input: CompareRequest,
): Promise<Body<typeof compareAnswer>> {
  const { tables = [], include = [], questions = [] } = input;
  const asked = questions.map(({ table }) => table);
  requireTables(invocation.caller, [...tables, ...include, ...asked], "neverExport");
  requireCells(questions);
  return withinAllowance(invocation, (within) => answer(within, input));
}

async function answer(
  { database, budget, caller }: Invocation,
  { questions, salt = "", schemas, leaves, describes = questions === undefined, ...choice }: CompareRequest,
): Promise<Body<typeof compareAnswer>> {
  const place = databasePlace(database, {
    choice: { ...choice, ...exportBounds(caller) },
    budget: () => budget,
    leafBytes: Math.min(LEAF_BYTES, Math.max(SMALLEST_LEAF_BYTES, budget.bytes)),
  });
  const description = describes ? described(await place.describe({ schemas, leaves })) : undefined;
  const answers = questions === undefined ? undefined : (await place.ask(questions, salt)).map(asSent);
  return { ...(description && { description }), ...(answers && { answers }) };
}

function described({ tables, ...description }: Description): Body<typeof compareAnswer>["description"] {
  return {
    ...description,
    packs: true,
    tables: tables.map(({ schema, ...table }) => ({
      ...table,
      ...(schema === undefined ? {} : { schema: { ...schema } }),
    })),
  };
}

/** As its type is written down. */
const asSent = (answer: Answer) => ("schema" in answer ? { schema: { ...answer.schema } } : answer);

/** A tagged cell that is none would be refused by the database, and with other words. */
function requireCells(questions: readonly Question[]): void {
  if (questions.flatMap(keysIn).every((key) => key.every(isCell))) return;
  throw new FerryError("INVALID_REQUEST", '"questions" has keys that hold what is no cell', {
    details: { field: "questions" },
  });
}
