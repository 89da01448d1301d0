import type { ComparedPlaces, TableDifference } from "../../diff/index.ts";
import { plural } from "../../numbers.ts";
import { printable } from "./printable.ts";

export const isEqual = ({ added, deleted, changed }: TableDifference): boolean =>
  added + deleted + changed === 0;

/** Whether both places are known to hold the same rows. */
export function haveSameRows({ tables, whole, unmatched, notCompared }: ComparedPlaces): boolean {
  return (
    tables.every(isEqual) &&
    whole.every(({ equal }) => equal) &&
    unmatched.length === 0 &&
    notCompared.length === 0
  );
}

/** One line of what a comparison found. */
export interface Summary {
  text: string;
  /** False where it tells a difference, or what is not known. */
  isGood: boolean;
}

/** Whether the places are equal, and how far not. How they are made counts only with `schemas`. */
export function differenceSummary(
  found: ComparedPlaces,
  { left, right }: { left: string; right: string },
  { schemas }: { schemas: boolean },
): Summary {
  const names = `${printable(left)} and ${printable(right)}`;
  const differing = [...differingRows(found), ...differingTables(found)];
  const moreDiffers = found.schema.length > found.unmatched.length;
  if (schemas && moreDiffers) differing.push("their schemas", ...(differing.length === 0 ? ["no row"] : []));
  const unknown = found.notCompared.length;
  const beside = unknown === 0 ? "" : `; ${plural(unknown, "table")} not compared`;
  if (differing.length > 0)
    return { text: `${names} differ in ${enumerate(differing)}${beside}`, isGood: false };
  const same = sameRows(found);
  if (unknown > 0) return { text: `${names} show no difference in ${same}${beside}`, isGood: false };
  const are = found.schema.length > 0 ? "hold the same rows" : "are equal";
  return { text: `${names} ${are}: ${same}`, isGood: true };
}

function differingRows({ tables }: ComparedPlaces): string[] {
  const differing = sumOf(tables, ({ added, deleted, changed }) => added + deleted + changed);
  const others = sumOf(tables, (one) => one.others ?? 0);
  if (others > 0) {
    const met = differing === 0 ? "no row" : plural(differing, "row");
    return [`${met} that the conditions ask for`, plural(others, "other")];
  }
  return differing === 0 ? [] : [plural(differing, "row")];
}

function differingTables({ whole, unmatched }: ComparedPlaces): string[] {
  const parts: string[] = [];
  const asWhole = whole.filter(({ equal }) => !equal).length;
  if (asWhole > 0) parts.push(`${plural(asWhole, "table")} as a whole`);
  const tables = unmatched.filter(({ column }) => column === null).length;
  if (tables > 0) parts.push(`${plural(tables, "table")} that only one of them has`);
  const columns = unmatched.length - tables;
  if (columns > 0) parts.push(`${plural(columns, "column")} that only one of them has`);
  return parts;
}

function sameRows({ tables, whole }: ComparedPlaces): string {
  const all = [...tables, ...whole];
  return `${plural(
    sumOf(all, ({ left }) => left),
    "row",
  )} in ${plural(all.length, "table")}`;
}

const sumOf = <T>(all: readonly T[], of: (one: T) => number): number =>
  all.reduce((sum, one) => sum + of(one), 0);

/** Each after an "in". */
function enumerate(parts: readonly string[]): string {
  const last = parts.at(-1) as string;
  return parts.length === 1 ? last : `${parts.slice(0, -1).join(", in ")}, and in ${last}`;
}
