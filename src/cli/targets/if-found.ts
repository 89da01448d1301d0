import { FerryError } from "../../errors.ts";

/** What a call resolves to; undefined where the app has nothing under the key that it was asked about. */
export async function ifFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof FerryError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}
