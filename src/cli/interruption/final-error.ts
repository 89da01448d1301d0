import { type ErrorCode, FerryError } from "../../errors.ts";

/** Refusals that the same command would only meet again. After any other error it can resume. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof FerryError) || error.transient) return false;
  return error.code === "NOT_FOUND" || [409, 413, 422, 507].includes(error.status)
    ? !GONE_ON_WITH.includes(error.code)
    : false;
}

/** What another confirmation, or another plan, makes right. */
const GONE_ON_WITH: readonly ErrorCode[] = ["RUN_LOCKED", "CONFIRMATION_REQUIRED", "PLAN_STALE"];
