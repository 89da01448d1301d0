import type { ComparedPlace } from "../../diff/index.ts";
import { FerryError } from "../../errors.ts";
import { isSameTable } from "../../grants.ts";
import type { TableChoice } from "../../sync/schema/index.ts";
import { UsageError } from "../exit.ts";
import { printable } from "../printing/printable.ts";
import { lackedName } from "./lacked-name.ts";

/** A place, and what a person calls it. */
export interface NamedPlace {
  name: string;
  place: ComparedPlace;
}

/**
 * What to say where two places do not let themselves be compared: which of them lacks a table that was named on the command
 * line. Any other error is itself.
 */
export async function lackedTable(
  error: unknown,
  places: readonly NamedPlace[],
  { exclude = [] }: Pick<TableChoice, "exclude">,
): Promise<unknown> {
  const table = lackedName(error);
  if (table === null) return error;
  // One of them may lack an excluded table, so neither has this one.
  if (exclude.some((name) => isSameTable(name, table))) return inNeither(table);
  const refusals = await Promise.all(places.map(({ place }) => refusalOf(place)));
  const lacking = places.flatMap(({ name }, i) => {
    const refusal = refusals[i] ?? null;
    return isSameTable(lackedName(refusal) ?? "", table) ? [{ name, hint: refusal?.hint }] : [];
  });
  const [first] = lacking;
  if (first === undefined) return error;
  if (lacking.length === places.length) return inNeither(table);
  const { name, hint } = first;
  return new FerryError("UNKNOWN_TABLE", `There is no table "${table}" in ${name}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { table },
  });
}

const inNeither = (table: string): UsageError =>
  new UsageError(`There is no table "${printable(table)}" in either place`);

/** Null where it describes itself. */
async function refusalOf(place: ComparedPlace): Promise<FerryError | null> {
  try {
    await place.describe();
    return null;
  } catch (error) {
    if (error instanceof FerryError) return error;
    throw error;
  }
}
