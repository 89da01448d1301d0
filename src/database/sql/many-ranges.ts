import type { Range } from "../../archive/types.ts";
import { D1_LIMITS } from "../limits.ts";
import { inRange } from "./key-range.ts";
import type { Params } from "./params.ts";
import { tuple } from "./syntax.ts";

/** What a SELECT of the rows in ranges is made of, in SQL. */
export interface RangesSql {
  /** The number of a row's range. */
  number: string;
  /** Where the ranges come from; null where it is one. */
  from: string | null;
  /** True for the rows of the range. */
  where: string;
}

const RANGE = '"_ferry_range"';

/** Of a statement, bytes: what stands around it fits as well. */
const MOST_BYTES = D1_LIMITS.sqlBytes * 0.9;

/**
 * Selects from many ranges of keys in one short statement: those that begin or end with the table by SELECTs of their own, the others by
 * one, which has their keys as JSON. Null where a key has cells that JSON does not bring to SQL as they are, and where that
 * is more than one statement takes.
 */
export function selectRanges(
  key: readonly string[],
  ranges: readonly Range[],
  { params, select }: { params: Params; select(ranges: RangesSql): string },
): string | null {
  if (!ranges.every(hasPlainKeys)) return null;
  const numbered = ranges.map((range, number) => ({ range, number }));
  const outer = numbered
    .filter(({ range }) => !isInside(range))
    .map(({ range, number }) =>
      select({ number: String(number), from: null, where: inRange(key, range, params) }),
    );
  const inside = numbered.filter(({ range }) => isInside(range));
  if (inside.length === 0) return unionOf(outer);
  const names = ["number", ...key.map((_, i) => `after${i}`), ...key.map((_, i) => `through${i}`)].map(
    (name) => `"_ferry_${name}"`,
  );
  const bounds = inside.map(({ range: { after, through }, number }) => [
    number,
    ...(after ?? []),
    ...(through ?? []),
  ]);
  const cells = names.map((name, i) => `value ->> '$[${i}]' AS ${name}`);
  const from = `(SELECT ${cells.join(", ")} FROM json_each(${params.add(JSON.stringify(bounds))})) AS ${RANGE}`;
  const [number, ...bound] = names.map((name) => `${RANGE}.${name}`) as [string, ...string[]];
  const [after, through] = [bound.slice(0, key.length), bound.slice(key.length)];
  const where = `${tuple(key)} > ${tuple(after)} AND ${tuple(key)} <= ${tuple(through)}`;
  return unionOf([...outer, select({ number, from, where })]);
}

function unionOf(terms: readonly string[]): string | null {
  const sql = terms.join(" UNION ALL ");
  const fits = terms.length <= D1_LIMITS.compoundTerms && new TextEncoder().encode(sql).length <= MOST_BYTES;
  return fits ? sql : null;
}

const isInside = ({ after, through }: Range): boolean => after !== null && through !== null;

function hasPlainKeys({ after, through }: Range): boolean {
  return [after ?? [], through ?? []].flat().every((cell) => {
    if (typeof cell === "string") return !cell.includes("\0");
    return cell === null || typeof cell === "number";
  });
}
