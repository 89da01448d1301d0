import type { Params } from "../../database/sql/params.ts";
import type { IncomingRows, Staged } from "../stage/index.ts";
import { type ConflictRules, withoutConflict } from "./conflicts.ts";
import { missingRows } from "./missing-rows.ts";

/**
 * FROM and WHERE of the rows without a key, as `s`, that a table lacks of all that are staged where the listed
 * ones were taken from; but for those that are skipped.
 */
export function missingOf(
  { staged: { table }, shape }: IncomingRows,
  { staged, rules, params }: { staged: Staged; rules: ConflictRules; params: Params },
): string {
  const whole = staged.tables.find((one) => one.table.name === table.name);
  const own = whole?.shapes.find(({ text }) => text === shape.text);
  if (whole === undefined || own === undefined) throw new Error(`Nothing is staged for ${table.name}`);
  const { slice } = shape;
  const rows = { staged: whole, shape: slice === undefined ? own : { ...own, slice } };
  const free = rules.onConflict === "skip" ? withoutConflict(rows, rules, params) : "1";
  return `${missingRows(rows, params).from} WHERE ${free}`;
}
