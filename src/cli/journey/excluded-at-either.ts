import type { ComparedPlace } from "../../diff/index.ts";
import { isSameTable } from "../../grants.ts";
import type { TableChoice } from "../../sync/schema/index.ts";
import { lackedName } from "./lacked-name.ts";
import { rechosenPlace } from "./rechosen-place.ts";

/**
 * A place of two that are compared: a table that is excluded may be one that only the other has. `lacking` is of both, and
 * gets the excluded tables that one of them lacks; one that neither has is unknown. `make` makes the place as of a choice.
 */
export function excludedAtEither(
  make: (choice: TableChoice) => ComparedPlace,
  choice: TableChoice,
  lacking: Set<string>,
): ComparedPlace {
  return rechosenPlace(make, choice, (chosen, take) =>
    takenWithExcludes(chosen, take, async (lacked) => {
      if (lacking.has(lacked)) return false;
      lacking.add(lacked);
      return true;
    }),
  );
}

/**
 * Takes what a place has, as of a choice. `isAtOther` is asked about an excluded table that it says it does not have: one that
 * the other place has is left out of the choice, and it is taken again.
 */
export async function takenWithExcludes<T, Choice extends TableChoice>(
  choice: Choice,
  take: (choice: Choice) => Promise<T>,
  isAtOther: (table: string) => Promise<boolean>,
): Promise<T> {
  for (let chosen = choice; ; ) {
    try {
      return await take(chosen);
    } catch (error) {
      const lacked = excludedTableOf(error, chosen);
      if (lacked === undefined || !(await isAtOther(lacked))) throw error;
      chosen = { ...chosen, exclude: chosen.exclude?.filter((name) => name !== lacked) };
    }
  }
}

/** The excluded table that a place says it does not have; undefined for another error. */
function excludedTableOf(
  error: unknown,
  { tables = [], exclude = [], include = [] }: TableChoice,
): string | undefined {
  const table = lackedName(error);
  if (table === null || [...tables, ...include].some((name) => isSameTable(name, table))) return undefined;
  return exclude.find((name) => isSameTable(name, table));
}
