import { printable } from "./table.ts";

/** All that stands in a sync's way where the two schemas differ, each with what to do; none for another failure. */
export function differenceLines(details: Record<string, unknown> | undefined): string[] {
  const differences = Array.isArray(details?.differences) ? details.differences : [];
  return differences.flatMap((difference: unknown) => {
    const { message, hint } = (difference ?? {}) as { message?: unknown; hint?: unknown };
    if (typeof message !== "string") return [];
    return [`  ${printable(message)}`, ...(typeof hint === "string" ? [`    ${printable(hint)}`] : [])];
  });
}
