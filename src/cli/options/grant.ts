import { PERMISSIONS, type Permission } from "../../grants.ts";
import { UsageError } from "../exit.ts";
import { timeSpan } from "./values.ts";

/** "read,plan": what a token may do. */
export function permissions(value: string): Permission[] {
  const names = value.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !PERMISSIONS.some((known) => known === name));
  if (unknown.length > 0) {
    throw new UsageError(`"${unknown.join(", ")}" is none of ${PERMISSIONS.join(", ")}`);
  }
  return PERMISSIONS.filter((known) => names.includes(known));
}

/** When something ends: a time, a day (its first moment in UTC), or a span from now. */
export type Expiry = { at: number } | { after: number };

export function expiry(value: string): Expiry {
  if (/^\d{1,9}[mhdw]$/.test(value)) return { after: timeSpan(value) };
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(value)
    ? Date.parse(value)
    : Number.NaN;
  if (Number.isNaN(time)) {
    throw new UsageError(
      `${value} is not a day such as 2027-01-31, a time such as 2027-01-31T12:00:00Z, or a span such as 90d`,
    );
  }
  return { at: time };
}
