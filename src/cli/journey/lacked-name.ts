import { FerryError } from "../../errors.ts";

/** The table that a place says it does not have; null for another error. */
export function lackedName(error: unknown): string | null {
  if (!(error instanceof FerryError) || error.code !== "UNKNOWN_TABLE") return null;
  const table = error.details?.table;
  return typeof table === "string" ? table : null;
}
