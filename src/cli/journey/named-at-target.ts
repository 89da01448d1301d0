import type { ComparedPlace } from "../../diff/index.ts";
import { isSameTable } from "../../grants.ts";
import type { TableChoice } from "../../sync/schema/index.ts";
import { lackedName } from "./lacked-name.ts";
import { rechosenPlace } from "./rechosen-place.ts";

/** A place that may lack tables that are named: it describes those that it has. `make` makes the place as of a choice. */
export function namedAtTarget(
  make: (choice: TableChoice) => ComparedPlace,
  choice: TableChoice,
): ComparedPlace {
  return rechosenPlace(make, choice, async (first, take) => {
    for (let chosen = first; ; ) {
      try {
        return await take(chosen);
      } catch (error) {
        const there = withoutLacked(error, chosen);
        if (there === null) throw error;
        chosen = there;
      }
    }
  });
}

/** The choice without the named table that the place says it lacks; null for another error. */
function withoutLacked(error: unknown, choice: TableChoice): TableChoice | null {
  const lacked = lackedName(error);
  if (lacked === null) return null;
  const isThere = (name: string) => !isSameTable(name, lacked);
  const { tables, include } = choice;
  const named = [...(tables ?? []), ...(include ?? [])];
  if (named.every(isThere)) return null;
  return { ...choice, tables: tables?.filter(isThere), include: include?.filter(isThere) };
}
