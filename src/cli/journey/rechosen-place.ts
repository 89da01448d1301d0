import type { ComparedPlace, Description } from "../../diff/index.ts";
import type { TableChoice } from "../../sync/schema/index.ts";

/** Takes a description as of a choice, and as of another one where the place refuses that. */
export type Describing = (
  choice: TableChoice,
  take: (choice: TableChoice) => Promise<Description>,
) => Promise<Description>;

/** A place whose choice of tables is settled while it says how it is made. `make` makes the place as of a choice. */
export function rechosenPlace(
  make: (choice: TableChoice) => ComparedPlace,
  choice: TableChoice,
  describing: Describing,
): ComparedPlace {
  let chosen = choice;
  let place = make(chosen);
  const both = place.describeAndAsk?.bind(place);
  return {
    // Where it lacks a table it rejects, and is asked to describe itself alone.
    ...(both === undefined ? {} : { describeAndAsk: both }),
    describe: (asked) =>
      describing(chosen, (now) => {
        if (now !== chosen) [chosen, place] = [now, make(now)];
        return place.describe(asked);
      }),
    ask: (questions, salt) => place.ask(questions, salt),
  };
}
