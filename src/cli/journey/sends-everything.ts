import type { ComparedPlace, Description } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import type { Expectation } from "../bases/only-inserts.ts";

/** The whole archive is the better way. */
export class SendsEverything extends Error {
  override readonly name = "SendsEverything";
  /** Why, in words that go on from "Sending everything: "; null where nobody expects anything else. */
  readonly why: string | null;
  /** What the run is to write then; null where nothing is known of an earlier exchange. */
  readonly expected: Expectation | null;

  /** Tables that both places have, and in which rows cannot be told apart. */
  readonly notCompared: readonly string[];

  constructor(
    why: string | null,
    { expected = null, notCompared = [] }: Partial<Pick<SendsEverything, "expected" | "notCompared">> = {},
  ) {
    super(why ?? "the target has no rows");
    this.why = why;
    this.expected = expected;
    this.notCompared = notCompared;
  }
}

/** Refusals that say nothing but that a place cannot be compared: what is wrong with it, export and run will tell. */
const NOT_COMPARABLE: ReadonlyMap<string, string> = new Map([
  ["UNKNOWN_OPERATION", "runs a d1-ferry that cannot compare"],
  ["FORBIDDEN", "does not let its rows be read with this token"],
  ["UNSUPPORTED", "cannot be compared"],
  ["INVALID_REQUEST", "cannot be compared"],
]);

interface OrSendEverything {
  note: (description: Description) => void;
  mayOverwrite: boolean;
}

/** Where a place refuses to be described, everything is sent: it tells then what it refuses. */
export function orSendEverything(
  which: "the source" | "the target",
  place: ComparedPlace,
  { note, mayOverwrite }: OrSendEverything,
): ComparedPlace {
  return {
    ...place,
    async describe(asked) {
      try {
        const description = await place.describe(asked);
        note(description);
        return description;
      } catch (error) {
        const why = error instanceof FerryError ? NOT_COMPARABLE.get(error.code) : undefined;
        if (why === undefined) throw error;
        if (mayOverwrite) throw new SendsEverything(`${which} ${why}`);
        // Whoever may not read, or asks an older app, could never push again.
        throw new SendsEverything(`${which} ${why}; what was edited at the target meanwhile is written over`);
      }
    },
  };
}
