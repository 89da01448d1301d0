import { literal } from "../../database/sql/syntax.ts";
import { RUNS } from "./control-tables.ts";

/**
 * What a plan counts: for each table its live rows and those that it deletes, and for each shape of incoming rows
 * how many there are, have a live row of their key, differ from it, and are skipped. The run's results are the
 * same, for what is applied is what was planned; only the live rows are counted again by the apply.
 *
 * SQL makes entries and reads them again, as arrays. Where each part stands is said here and nowhere else.
 */
export type CountEntry =
  | ["live", table: string, count: number]
  | ["deleted", table: string, count: number]
  | [
      "rows",
      table: string,
      attempted: number,
      matched: number | null,
      differing: number | null,
      skipped: number | null,
    ];

/** An entry's parts by name; those that its kind does not have are 0. */
export interface NamedEntry {
  kind: CountEntry[0];
  table: string;
  /** Of `live` and `deleted`. */
  count: number;
  attempted: number;
  matched: number;
  differing: number;
  skipped: number;
}

const NO_ROWS = { count: 0, attempted: 0, matched: 0, differing: 0, skipped: 0 };

export function nameEntry(entry: CountEntry): NamedEntry {
  if (entry[0] !== "rows") {
    const [kind, table, count] = entry;
    return { ...NO_ROWS, kind, table, count };
  }
  // The sums of no rows are NULL.
  const [kind, table, attempted, matched, differing, skipped] = entry;
  return {
    ...NO_ROWS,
    kind,
    table,
    attempted,
    matched: matched ?? 0,
    differing: differing ?? 0,
    skipped: skipped ?? 0,
  };
}

/** The entries of a run's results in SQL, to read FROM: each is `entry`, of `run`. */
export const RESULT_ENTRIES = `${RUNS} AS run, json_each('[' || run.results || ']') AS entry`;

/** The parts of such an entry. */
export const ENTRY = {
  kind: "entry.value ->> 0",
  table: "entry.value ->> 1",
  count: "entry.value ->> 2",
  attempted: "entry.value ->> 2",
  skipped: "entry.value ->> 5",
} as const;

/** The SQL of an entry. `count` is SQL. */
export function liveEntry(table: string, count: string): string {
  return `json_array('live', ${literal(table)}, ${count})`;
}

export function deletedEntry(table: string, count: number): string {
  return `json_array('deleted', ${literal(table)}, ${count})`;
}

/** Each of the counts is SQL. */
export function rowsEntry(
  table: string,
  counts: Record<"attempted" | "matched" | "differing" | "skipped", string>,
): string {
  const { attempted, matched, differing, skipped } = counts;
  return `json_array('rows', ${literal(table)}, ${attempted}, ${matched}, ${differing}, ${skipped})`;
}
