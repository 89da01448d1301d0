import { FerryError, retold } from "../../errors.ts";
import type { Refusal } from "../../refusals.ts";

/** Where a refusal by a foreign key names the table at the other end. */
const OTHER_END: Partial<Record<Refusal, "parent" | "child">> = {
  "parent-row-missing": "parent",
  "delete-reaches-rows": "child",
  "update-reaches-rows": "child",
};

/** What is known of the table at the other end, as `details` tell it: to bring along what takes part already helps nobody. */
export interface OtherEnd {
  /** It takes part in the sync. */
  inSync?: true;
  /** Rows of it stay at the target as somebody has edited them there. */
  kept?: true;
}

/** The same error; of a refusal by a foreign key, with what is known of the table at the other end. */
export function tellOtherEnd(error: unknown, whatIs: (table: string) => OtherEnd): unknown {
  if (!(error instanceof FerryError)) return error;
  const { details = {} } = error;
  const end = OTHER_END[details.reason as Refusal];
  if (end === undefined) return error;
  return retold(error, { details: { ...details, ...whatIs(String(details[end])) } });
}
