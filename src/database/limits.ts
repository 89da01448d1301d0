import type { Capabilities } from "./port.ts";

/**
 * D1's documented limits (developers.cloudflare.com/d1/platform/limits). Every engine is held to
 * them, so that what works on a laptop works in production. Newer local engines enforce only some.
 */
export const D1_LIMITS = {
  /** Bound parameters of one statement. */
  parameters: 100,
  /** Length of one statement's text, bytes. */
  sqlBytes: 100_000,
  /** Columns of a table or a result. */
  columns: 100,
  /** One string, blob or row, bytes. */
  valueBytes: 2_000_000,
  /** Terms of a compound SELECT. */
  compoundTerms: 5,
  /** Arguments of one function. */
  functionArguments: 32,
  /** One statement or one batch, milliseconds. */
  batchMs: 30_000,
} as const;

export const D1_CAPABILITIES: Capabilities = {
  maxColumns: D1_LIMITS.columns,
  maxRowBytes: D1_LIMITS.valueBytes,
  // What one batch does in a fifth of its time, by measure: docs/performance.md.
  transactionBytes: 100_000_000,
  transactionWrites: 500_000,
  temporaryTables: false,
  wholeTexts: true,
  directBlobs: false,
  namesBrokenKeys: false,
};

/** Rows that an account on D1's free plan may write a day, each index a row (developers.cloudflare.com/d1/platform/pricing). */
export const FREE_ROWS_WRITTEN_A_DAY = 100_000;

/** How many days of D1's free plan so many written rows come to, rounded up to a tenth. */
export function daysOfFreePlan(rowsWritten: number): number {
  return Math.ceil((rowsWritten * 10) / FREE_ROWS_WRITTEN_A_DAY) / 10;
}
