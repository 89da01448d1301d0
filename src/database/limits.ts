import type { Database } from "./port.ts";

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

/** What the target takes in one row. */
export interface RowLimits {
  /** Columns of a table, and of what an INSERT selects. */
  maxColumns: number;
  maxRowBytes: number;
}

export function rowLimits({ engine }: Database): RowLimits {
  if (engine === "node-sqlite") return { maxColumns: Infinity, maxRowBytes: Infinity };
  return { maxColumns: D1_LIMITS.columns, maxRowBytes: D1_LIMITS.valueBytes };
}
