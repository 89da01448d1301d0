import type { Body, rowsAnswer } from "../api/answers/index.ts";
import { requireKey } from "../api/input.ts";
import type { RowsRequest } from "../api/requests.ts";
import { readSchema } from "../database/schema.ts";
import { FerryError } from "../errors.ts";
import { isSameTable } from "../grants.ts";
import { refused } from "../refusals.ts";
import { readPlace, readPlanDetails, readPlannedRows, withDetails, writePlace } from "../sync/plan/index.ts";
import { type Plan, type RunReport, readRun } from "../sync/run/index.ts";
import { isOpenTo, may, requireTables } from "./caller.ts";
import type { Invocation } from "./invocation.ts";
import { requireOwnKey } from "./ownership.ts";

/** A page of the rows of a run's plan. */
export async function listPlannedRows(
  invocation: Invocation,
  input: RowsRequest,
): Promise<Body<typeof rowsAnswer>> {
  const { database, budget, caller } = invocation;
  const key = requireKey(input, "syncKey");
  await requireOwnKey(invocation, key);
  const { plan, hash } = plannedOf(key, await readRun(database, key));
  if (input.plan !== undefined && input.plan !== hash) throw otherPlan(key);
  const [asked = hash, from] = input.cursor?.split("_") ?? [];
  const place = from === undefined ? undefined : readPlace(from);
  if (place === null || (input.cursor !== undefined && from === undefined)) throw noCursor();
  // Rows of two plans make none.
  if (!hash.startsWith(asked)) throw otherPlan(key);
  const tables = Object.keys(plan.tables).filter((name) => isAsked(name, input));
  requireTables(caller, tables, "neverExport");
  const run = { schema: await readSchema(database), run: key };
  const allows = (statements: number) => budget.allows(statements);
  const page = await readPlannedRows(database, run, { tables, from: place, allows });
  return {
    syncKey: key,
    plan: hash,
    rows: page.rows,
    ...(page.next === null ? {} : { cursor: `${hash.slice(0, 16)}_${writePlace(page.next)}` }),
  };
}

function isAsked(name: string, { table }: RowsRequest): boolean {
  return table === undefined || isSameTable(table, name);
}

/** The plan with what it does to cells, and for those who may read with some rows. As far as the request allows. */
export async function detailPlan(invocation: Invocation, key: string, plan: Plan): Promise<Plan> {
  const { database, budget, caller } = invocation;
  if (!budget.allows(DETAILS)) return plan;
  const samples = may(caller, "read");
  const allows = (statements: number) => budget.allows(statements);
  const tables = Object.keys(plan.tables).filter((name) => isOpenTo(caller, name));
  const run = { schema: await readSchema(database), run: key };
  return withDetails(plan, await readPlanDetails(database, run, { tables, samples, allows }));
}

/** Statements: the schema, the lists, and a first question. */
const DETAILS = 5;

function plannedOf(key: string, run: RunReport | null): { plan: Plan; hash: string } {
  const { plan, status } = run ?? {};
  // What is over has no rows waiting.
  const waits = status === "planned" || status === "applying";
  if (!waits || !plan?.hash) {
    throw new FerryError("NOT_FOUND", "This run has no plan that waits to be applied", {
      hint: 'A sync with "dryRun": true makes one.',
      details: { syncKey: key, ...(status === undefined ? {} : { status }) },
    });
  }
  return { plan, hash: plan.hash };
}

function otherPlan(key: string): FerryError {
  return refused("other-plan", "The run has another plan by now.", { details: { syncKey: key, moved: [] } });
}

function noCursor(): FerryError {
  return new FerryError("INVALID_REQUEST", '"cursor" has to be one that was answered', {
    details: { field: "cursor" },
  });
}
