import { D1_LIMITS } from "../database/limits.ts";
import type { Database } from "../database/port.ts";

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
