import { fine, problem, warning } from "../../api/findings.ts";
import { comparePlaces, type PairedTables } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import { plural } from "../../numbers.ts";
import { throwIfInterrupted } from "../interruption/interrupted.ts";
import { type ConnectedPlace, withComparedPlaces } from "../journey/compared-place.ts";
import { printable } from "../printing/printable.ts";
import type { World } from "../world.ts";
import type { Check } from "./check.ts";

/** Differences that are told one by one. */
const TOLD = 5;

/** Ends the comparison once it is known how the tables are made. */
class Described extends Error {
  readonly paired: PairedTables;

  constructor(paired: PairedTables) {
    super("described");
    this.paired = paired;
  }
}

/** How the tables of both places are made. No row is read. */
export function schemaCheck(
  places: readonly [ConnectedPlace, ConnectedPlace],
  { letIn, world }: { letIn: () => Promise<boolean>; world: World },
): Check {
  return {
    name: "schemas",
    async run() {
      const paired = (await letIn()) ? await describeBoth(places, world) : null;
      if (paired === null) return null;
      const { differences, pairs, onlyLeft } = paired;
      if (differences.length === 0) return fine(`${plural(pairs.length, "table")}, made alike at both ends`);
      const told = differences.slice(0, TOLD);
      const more = differences.length > TOLD ? `; and ${differences.length - TOLD} more` : "";
      const found = `${told.map(({ table, difference }) => `${printable(table)}: ${atEnds(difference)}`).join("; ")}${more}`;
      return onlyLeft.length > 0
        ? problem(
            found,
            "Apply the migrations at the target, or add --create to the push, which makes missing tables",
          )
        : warning(
            found,
            "Apply the migrations where they are missing. A push says which of it stands in its way",
          );
    },
  };
}

/** What a comparison calls the first and the second place. */
const atEnds = (difference: string): string =>
  printable(difference.replaceAll("the first", "the source").replaceAll("the second", "the target"));

/** Null where one of the places does not let itself be described: other checks say why. */
async function describeBoth(
  places: readonly [ConnectedPlace, ConnectedPlace],
  world: World,
): Promise<PairedTables | null> {
  try {
    await withComparedPlaces(places, { choice: {}, world }, (one, other) =>
      comparePlaces(one, other, {
        schemas: true,
        onPaired(paired) {
          throw new Described(paired);
        },
      }),
    );
  } catch (error) {
    throwIfInterrupted(world.signal);
    if (error instanceof Described) return error.paired;
    if (!(error instanceof FerryError)) throw error;
  }
  return null;
}
