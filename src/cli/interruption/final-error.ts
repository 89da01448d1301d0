import { FerryError } from "../../errors.ts";

/** Refusals that the same command would only meet again. After any other error it can resume. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof FerryError) || error.transient) return false;
  return error.code === "NOT_FOUND" || [409, 413, 422, 507].includes(error.status)
    ? error.code !== "RUN_LOCKED" && error.code !== "CONFIRMATION_REQUIRED"
    : false;
}
