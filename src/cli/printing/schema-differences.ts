import { shellWord } from "../options/shell-word.ts";
import { printable } from "./table.ts";

interface Difference {
  message: string;
  hint?: string | undefined;
  /** Set for a table that the target does not have at all. */
  missing?: string | undefined;
}

/** All that stands in a sync's way where the two schemas differ, each with what to do; none for another failure. */
export function differenceLines(details: Record<string, unknown> | undefined): string[] {
  const differences = Array.isArray(details?.differences) ? details.differences.flatMap(readDifference) : [];
  const missing = differences.flatMap((one) => one.missing ?? []);
  const last = differences.findLast((one) => one.missing !== undefined);
  return differences.flatMap((one) => {
    // One answer to all missing tables: of a fresh database it would stand there once for each.
    const together = one.missing !== undefined && missing.length > 1;
    const hint = together ? (one === last ? missingTablesHint(missing) : undefined) : one.hint;
    return [`  ${printable(one.message)}`, ...(hint === undefined ? [] : [`    ${printable(hint)}`])];
  });
}

function missingTablesHint(tables: readonly string[]): string {
  return `Run the target's migrations first, have them made (--create), or leave them out: --exclude ${shellWord(tables.join(","))}`;
}

function readDifference(value: unknown): Difference[] {
  const { message, hint, code, table } = (value ?? {}) as Record<string, unknown>;
  if (typeof message !== "string") return [];
  return [
    {
      message,
      hint: typeof hint === "string" ? hint : undefined,
      missing: code === "UNKNOWN_TABLE" && typeof table === "string" ? table : undefined,
    },
  ];
}
