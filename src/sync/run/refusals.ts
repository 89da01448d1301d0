import { FerryError } from "../../errors.ts";
import { count } from "../../numbers.ts";
import { refused } from "../../refusals.ts";
import { isNamed } from "../schema/index.ts";
import type { RunRecord, UnorderedBecause, UnorderedTable } from "./record.ts";

/** What somebody took out of a document is not meant to be deleted at the target. */
export function refuseAlteredMirror({ kind, request }: RunRecord["details"]): void {
  if (kind !== "altered" || request.mode !== "mirror") return;
  throw refused(
    "altered-mirror",
    "The document's rows were changed since its frames were written, so it does not say what a mirror should delete. No table was changed.",
  );
}

/** Refuses a version that history cannot count on from, and a plain document that a filter left empty. */
export function refuseNonsense({ version, kind }: RunRecord["details"], tables: readonly string[]): void {
  if (version !== null && version < 1) {
    throw new FerryError(
      "INVALID_REQUEST",
      `Versions count up from 1, and this is ${version}. No table was changed.`,
      {
        hint: "Give the document or the request another version.",
      },
    );
  }
  if (kind === "archive" || tables.length > 0) return;
  throw refused("no-tables", "The document holds no table. No table was changed.");
}

/** A run of tables that nobody has would be a run of nothing. */
export function refuseUnknownTables(
  request: RunRecord["details"]["request"],
  known: readonly string[],
): void {
  const unknown = [...(request.tables ?? []), ...(request.include ?? [])].filter(
    (name) => known.length > 0 && !known.some((table) => isNamed(table, name)),
  );
  if (unknown.length === 0) return;
  throw new FerryError("UNKNOWN_TABLE", `The document has no table "${unknown[0]}". No table was changed.`, {
    hint: `Its tables: ${known.join(", ")}.`,
    details: { tables: unknown },
  });
}

/** Nothing that comes may be written: whoever asked meant something else. */
export function refuseAllHeldBack({ tables, heldBack, request }: RunRecord["details"]): void {
  const [first] = heldBack;
  if (first === undefined || tables.length > 0) return;
  const names = heldBack.map(({ table }) => table);
  const which =
    names.length === 1
      ? `Its one table is held back: "${first.table}"`
      : `All of its tables are held back: ${names.join(", ")}. "${first.table}"`;
  throw refused(
    "all-held-back",
    `Nothing of the document may be written unless it is named. ${which} ${first.reason}. No table was changed.`,
    {
      details: {
        tables: names,
        heldBack,
        ...(request.exclude === undefined ? {} : { exclude: request.exclude }),
      },
    },
  );
}

export function alreadyCompleted(run: RunRecord): FerryError {
  return refused("already-completed", `Already synced: ${run.key} is completed. Nothing was changed.`, {
    details: { syncKey: run.key, version: run.details.version },
  });
}

/** What waits to be applied, or is to be read back, is not this document's. */
export function otherDocument(key: string): FerryError {
  return new FerryError(
    "DOCUMENT_INVALID",
    `The document under ${key} is another one than the run has begun to write. What was applied stays.`,
    { hint: "Upload the document under a key of its own, and sync that.", details: { syncKey: key } },
  );
}

/** Refuses what only one transaction can write, before any of it is written: `UNSUPPORTED`. */
export function refuseUnordered([first]: readonly UnorderedTable[]): void {
  if (first === undefined) return;
  const { table, columns, rows } = first;
  const key = `(${columns.join(", ")})`;
  throw refused(
    "rows-in-no-order",
    `Many transactions cannot write "${table}", whose rows point to rows of their own table ${key}: ${WHY[first.why](count(rows))}. No table was changed.`,
    { details: { ...first } },
  );
}

const WHY: Readonly<Record<UnorderedBecause, (rows: string) => string>> = {
  circle: (rows) => `${rows} of them point to each other in a circle, which is too much for one transaction`,
  shapes: () => "some that point to each other in a circle do not have the same columns in the document",
  keyless: () => "some are pointed to by rows ahead of them, and come without their key",
  many: (rows) => `rows come ahead of those that they point to, and ${rows} are too many to be put in order`,
};
