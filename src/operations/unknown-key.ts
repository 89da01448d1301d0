import { FerryError } from "../errors.ts";

/** The bucket has nothing under the key, and the database no run. */
export function unknownKey(key: string): FerryError {
  return new FerryError("NOT_FOUND", "Sync data not found", { details: { syncKey: key } });
}
