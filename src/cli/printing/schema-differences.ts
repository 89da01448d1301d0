import { hintFor } from "./hints.ts";
import { printable } from "./printable.ts";
import { missingTablesHint } from "./refusal-hints.ts";

interface Difference {
  message: string;
  hint: string | undefined;
  /** Set for a table that the target does not have at all. */
  missing: string | undefined;
}

/** Every difference between the two schemas that stops a sync, each with what to do; none for another failure. */
export function differenceLines(details: Record<string, unknown> | undefined): string[] {
  const differences = Array.isArray(details?.differences) ? details.differences.flatMap(readDifference) : [];
  if (details?.ofUndo === true && differences.length > 0) {
    // What to do about them is the same for all, and not what a sync can do.
    const lines = differences.map(({ message }) => `  ${printable(message)}`);
    return [...lines, `  ${printable(hintFor({ code: "UNKNOWN_TABLE", details }) ?? "")}`];
  }
  const missing = differences.flatMap((one) => one.missing ?? []);
  const last = differences.findLast((one) => one.missing !== undefined);
  return differences.flatMap((one) => {
    // One hint for all missing tables: with a new database it would be repeated for each of them.
    const together = one.missing !== undefined && missing.length > 1;
    const hint = together ? (one === last ? missingTablesHint(missing) : undefined) : one.hint;
    return [`  ${printable(one.message)}`, ...(hint === undefined ? [] : [`    ${printable(hint)}`])];
  });
}

function readDifference(value: unknown): Difference[] {
  const details = (value ?? {}) as Record<string, unknown>;
  const { message, hint, code, table } = details;
  if (typeof message !== "string") return [];
  const own = typeof hint === "string" ? hint : undefined;
  return [
    {
      message,
      hint: hintFor({ code: typeof code === "string" ? code : "", hint: own, details }),
      missing: code === "UNKNOWN_TABLE" && typeof table === "string" ? table : undefined,
    },
  ];
}
