/** Where an operation stands, the weightiest count first. */
export type Counts = readonly number[];

/** Tells getting on from a show of it. */
export interface Movement {
  /** Whether it has moved since it was asked last. */
  moved(counts: Counts): boolean;
}

/** Steps back that are taken for a new beginning, as a setback makes one. */
const MAX_BACK = 20;
/** Steps of one operation; 10 GB take a tenth of them. */
const MAX_STEPS = 100_000;

/** Counts that go to and fro, and such that rise without end, are no movement in the long run. */
export function createMovement(): Movement {
  let last: Counts | null = null;
  let steps = 0;
  let back = 0;
  return {
    moved(counts) {
      const order = last === null ? 1 : compare(counts, last);
      last = counts;
      steps++;
      if (order < 0) back++;
      return order !== 0 && back <= MAX_BACK && steps <= MAX_STEPS;
    },
  };
}

const PHASES = ["pending", "staging", "planned", "applying", "verifying", "completed"];

/** What is counted in an answer. Its words, and names of tables, are no progress. */
export function countsOf(answer: object): Counts {
  const { phase, status, progress, results, bytes, stats } = answer as Record<string, unknown>;
  const { recordsVerified, recordsApplied, recordsProcessed, tablesProcessed } = objectOf(progress);
  return [
    PHASES.indexOf(String(phase ?? status)),
    numberOf(recordsVerified),
    numberOf(recordsApplied),
    numberOf(recordsProcessed),
    numberOf(tablesProcessed),
    numberOf(bytes),
    sumOf(Object.values(objectOf(results))),
    sumOf(Array.isArray(stats) ? stats : []),
  ];
}

function compare(one: Counts, other: Counts): number {
  const at = one.findIndex((count, i) => count !== other[i]);
  return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}

function sumOf(rows: readonly unknown[]): number {
  return rows
    .flatMap((row) => Object.values(objectOf(row)))
    .reduce<number>((sum, one) => sum + numberOf(one), 0);
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
