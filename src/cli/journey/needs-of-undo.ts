import { FerryError } from "../../errors.ts";

const OTHER_TABLES: readonly string[] = ["UNKNOWN_TABLE", "UNKNOWN_COLUMN", "MISSING_COLUMN"];

/** Drives an undo. Where tables or columns are not there any more, `details.ofUndo` says whose error it is: printing/hints.ts. */
export async function needsOfUndo<T>(driven: Promise<T>): Promise<T> {
  try {
    return await driven;
  } catch (error) {
    if (!(error instanceof FerryError && OTHER_TABLES.includes(error.code))) throw error;
    const { code, message, details } = error;
    throw new FerryError(code, message, { details: { ...details, ofUndo: true }, cause: error });
  }
}
