import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Case } from "./case.ts";
import { compare } from "./compare.ts";
import { expected, found, type Observation, open } from "./observe.ts";
import { plain } from "./show.ts";
import type { Carried, Tool } from "./tool.ts";

/** What became of a case: null for everything arrived, else what happened. */
export type Outcome = string | null;

/**
 * Carries all cases in one database. Where the tool refuses it, each half is carried on its own, and
 * so on down to the case that it refuses alone: so one feature hides no other.
 */
export async function carryApart(
  tool: Tool,
  cases: readonly Case[],
  folder: string,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  let runs = 0;
  async function carry(some: readonly Case[]): Promise<void> {
    const own = join(folder, `${tool.id}-${runs++}`);
    await mkdir(own, { recursive: true });
    const carried = await tool.carry(some, own);
    if (carried.error !== null && some.length > 1) {
      await remove(own);
      const middle = some.length >> 1;
      await carry(some.slice(0, middle));
      await carry(some.slice(middle));
      return;
    }
    for (const one of some) outcomes.set(one.id, judge(tool, one, carried));
    await remove(own);
  }
  await carry(cases);
  return outcomes;
}

/** A program that has ended may have left one of its own behind, which still writes. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

function judge(tool: Tool, one: Case, { error, places }: Carried): Outcome {
  if (error !== null && tool.goesOn !== true) return `refused: ${plain(error)}`;
  const original = expected(one);
  for (const { name, path } of places) {
    const difference = existsSync(path) ? differenceAt(path, one, original) : "no database";
    if (difference === null) continue;
    const where = places.length > 1 ? `${name}: ` : "";
    return `${where}${difference}${error === null ? "" : `, saying “${plain(error)}”`}`;
  }
  return null;
}

function differenceAt(path: string, one: Case, original: Observation): string | null {
  const database = open(path);
  try {
    return compare(original, found(database, one, original));
  } catch (error) {
    return `cannot be read: ${plain((error as Error).message)}`;
  } finally {
    database.close();
  }
}
