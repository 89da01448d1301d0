import { readFile, rename, writeFile } from "node:fs/promises";
import * as v from "valibot";
import type { Mode, Plan } from "../../sync/run/index.ts";
import { UsageError } from "../exit.ts";

const FORMAT = "d1-ferry-plan/1";

const counts = v.object({
  inserted: v.number(),
  updated: v.number(),
  cells: v.optional(v.number()),
  deleted: v.number(),
});

const planFile = v.object({
  format: v.literal(FORMAT),
  /** The app's address. */
  to: v.string(),
  syncKey: v.string(),
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  mode: v.nullable(v.string()),
  counts: v.record(v.string(), counts),
  createdAt: v.string(),
});

/** A plan that waits at an app, without its rows: what another machine needs to have it applied. */
export type PlanFile = v.InferOutput<typeof planFile>;

export interface PlanToWrite {
  to: string;
  syncKey: string;
  /** Null where the run keeps what it was first asked for. */
  mode: Mode | null;
  plan: Plan;
  /** Milliseconds since 1970. */
  createdAt: number;
}

export async function writePlanFile(
  path: string,
  { to, syncKey, mode, plan, createdAt }: PlanToWrite,
): Promise<void> {
  if (plan.hash === undefined)
    throw new UsageError("This app's d1-ferry is too old to keep a plan", "Update d1-ferry there");
  const tables = Object.entries(plan.tables).map(([name, { inserted, updated, cells, deleted }]) => [
    name,
    { inserted, updated, ...(cells === undefined ? {} : { cells }), deleted },
  ]);
  const file: PlanFile = {
    format: FORMAT,
    to,
    syncKey,
    hash: plan.hash,
    mode,
    counts: Object.fromEntries(tables) as PlanFile["counts"],
    createdAt: new Date(createdAt).toISOString(),
  };
  await writeFile(`${path}.partial`, `${JSON.stringify(file, null, 2)}\n`);
  await rename(`${path}.partial`, path);
}

/** Reads such a file; refuses any other. `shown` names it to a person. */
export async function readPlanFile(path: string, shown: string): Promise<PlanFile> {
  const text = await readFile(path, "utf8");
  try {
    return v.parse(planFile, JSON.parse(text));
  } catch {
    throw new UsageError(`${shown} is not a plan`, "d1-ferry plan -o FILE writes one");
  }
}
