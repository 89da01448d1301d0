import type { FerryError } from "../../errors.ts";
import { plural } from "../../numbers.ts";
import { printable } from "./printable.ts";

const TOLD: Readonly<Record<string, string>> = {
  changed: "has other values now",
  gone: "is gone",
  there: "was not there",
};

/** Which rows a plan no longer fits, a line each. They are what an app says. */
export function movedLines({ details }: FerryError): string[] {
  const moved = Array.isArray(details?.moved) ? (details.moved as unknown[]) : [];
  const lines = moved.flatMap((one) => {
    const { table, key, is } = (one ?? {}) as Record<string, unknown>;
    const told = typeof is === "string" && Object.hasOwn(TOLD, is) ? TOLD[is] : undefined;
    if (typeof table !== "string" || typeof key !== "string" || told === undefined) return [];
    return [printable(`  ${table} ${key} ${told}`)];
  });
  if (lines.length === 0) return [];
  return [`${plural(lines.length, "row has", "rows have")} moved since the plan was made:`, ...lines];
}
