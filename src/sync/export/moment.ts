import type { Moment, TableSummary } from "../../archive/types.ts";
import { readMarker, schemaMarker } from "../../database/change-marker.ts";
import type { Database } from "../../database/port.ts";
import type { LiveSchema } from "../../database/schema.ts";
import { FerryError } from "../../errors.ts";
import type { ExportState, Reading, TableSum } from "./export-state.ts";

/** Readings of a database that goes on changing. The last two are made to their end, and compared. */
const MOST_READINGS = 3;

/** Readings where nobody may ask whether it changed. */
const BLIND_READINGS = 2;

/** Readings, those that a migration spoilt among them. */
const MOST_ATTEMPTS = 10;

function mostReadings({ marker }: Reading): number {
  return marker.rows === null ? BLIND_READINGS : MOST_READINGS;
}

/** Whether a reading is to be given up before its end: the schema changed, or rows did and two more readings can be made. */
export async function isSpoilt(
  database: Database,
  { reading, asked }: ExportState,
  schema: LiveSchema,
): Promise<boolean> {
  if (asked.snapshot === true) return false;
  if ((await schemaMarker(schema.objects)) !== reading.marker.schema) return true;
  if (reading.marker.rows === null || reading.attempt > MOST_READINGS - 2) return false;
  return (await readMarker(database)).rows !== reading.marker.rows;
}

/** What a reading that has come to its end is worth: the moment it is of, or that it has to be made again. */
export async function judgeReading(
  database: Database,
  { reading, asked }: ExportState,
  { tables, now }: { tables: readonly TableSummary[]; now: () => number },
): Promise<Moment | "again"> {
  const { from, attempt, earlier } = reading;
  const span = { from, to: now() };
  if (asked.snapshot === true) return { is: "one", ...span };
  const marker = await readMarker(database);
  // Rows may stand under another table's header then.
  if (marker.schema !== reading.marker.schema) return "again";
  if (marker.rows !== null && marker.rows === reading.marker.rows) return { is: "one", ...span };
  if (attempt < mostReadings(reading)) return "again";
  const moved = earlier === null ? undefined : movedTables(earlier, tables);
  if (moved?.length === 0) return { is: "unchanged", ...span };
  return { is: "several", ...span, ...(moved === undefined ? {} : { moved }) };
}

/** A database that is migrated again and again has no schema to export. */
export function refuseEndless({ attempt }: Reading): void {
  if (attempt <= MOST_ATTEMPTS) return;
  throw new FerryError(
    "DATABASE_ERROR",
    `The database's schema changed in each of ${MOST_ATTEMPTS} readings`,
    {
      hint: "Export again when its migrations are done.",
      transient: false,
    },
  );
}

export function sumsOf(tables: readonly TableSummary[]): TableSum[] {
  return tables.map(({ table, rows, textBytes, crc32 }) => ({ table, rows, textBytes, crc32 }));
}

/** The tables that two readings found different, those of only one of them too. */
function movedTables(earlier: readonly TableSum[], later: readonly TableSummary[]): string[] {
  const before = new Map(earlier.map((sum) => [sum.table, JSON.stringify(sum)]));
  const after = new Map(sumsOf(later).map((sum) => [sum.table, JSON.stringify(sum)]));
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}
