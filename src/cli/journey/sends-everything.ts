import { type ComparedPlace, type Description, type PairedTables, wholeColumns } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import { cannotBeTold } from "../bases/edit-conflict.ts";
import type { ExpectedRows } from "../bases/expected-rows.ts";

/** The whole archive is the better way. */
export class SendsEverything extends Error {
  override readonly name = "SendsEverything";
  /** Why, in words that go on from "Sending everything: "; null where nobody expects anything else. */
  readonly why: string | null;
  /** What the run is to write then; null where nothing is known of an earlier exchange. */
  readonly expected: ExpectedRows | null;

  constructor(why: string | null, expected: ExpectedRows | null = null) {
    super(why ?? "the target has no rows");
    this.why = why;
    this.expected = expected;
  }
}

/** Refusals that say nothing but that a place cannot be compared: what is wrong with it, export and run will tell. */
const NOT_COMPARABLE: ReadonlyMap<string, string> = new Map([
  ["UNKNOWN_OPERATION", "runs a d1-ferry that cannot compare"],
  ["FORBIDDEN", "does not let its rows be read with this token"],
  ["UNKNOWN_TABLE", "lacks a table"],
  ["UNSUPPORTED", "cannot be compared"],
  ["INVALID_REQUEST", "cannot be compared"],
]);

interface OrSendEverything {
  note: (description: Description) => void;
  mayOverwrite: boolean;
  exclude?: readonly string[] | undefined;
}

/** Where a place refuses to be described, everything is sent: it tells then what it refuses. */
export function orSendEverything(
  which: "the source" | "the target",
  place: ComparedPlace,
  { note, mayOverwrite, exclude = [] }: OrSendEverything,
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
        const { code, details } = error as FerryError;
        const isUnknown = code === "UNKNOWN_TABLE";
        // What the source lacks nobody can send; an excluded table is one that neither has.
        if (isUnknown && (which === "the source" || exclude.includes(String(details?.table)))) throw error;
        if (mayOverwrite) throw new SendsEverything(`${which} ${why}`);
        if (isUnknown) throw cannotBeTold(`${which} ${why}`);
        // Whoever may not read, or asks an older app, could never push again.
        throw new SendsEverything(`${which} ${why}; what was edited at the target meanwhile is written over`);
      }
    },
  };
}

/** Why single rows cannot be sent; null where they can. */
export function whyEverything({ pairs, onlyLeft }: PairedTables): string | null {
  const [missing] = onlyLeft;
  if (missing !== undefined) return `the target has no table ${missing.name}, or does not show it`;
  for (const pair of pairs) {
    const { name, left, compared, why = "" } = pair;
    if (wholeColumns(pair) !== null) continue;
    if (compared === null) return `${name} cannot be compared (${why})`;
    const column = left.columns.find((one) => !compared.columns.includes(one.name));
    if (column !== undefined) return `the target's ${name} lacks ${column.name}`;
  }
  return null;
}
