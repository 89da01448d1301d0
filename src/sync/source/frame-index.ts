import type { FrameSpan, NumberedFrame } from "../../archive/reader.ts";
import type { FrameEntry, TableSummary } from "../../archive/types.ts";

/** The frames that a source's rows can be verified by, read as they are asked for. */
export interface FrameIndex {
  /** How many there are. */
  readonly length: number;
  /** In their order: how many frames each table has. */
  readonly tables: readonly Pick<TableSummary, "table" | "frames" | "rows">[];
  frames(span?: FrameSpan): AsyncIterable<NumberedFrame>;
}

export const NO_FRAMES: FrameIndex = indexOf([]);

/** An index that is in memory. */
export function indexOf(entries: readonly FrameEntry[]): FrameIndex {
  const tables = [...Map.groupBy(entries, ({ table }) => table)].map(([table, own]) => ({
    table,
    frames: own.length,
    rows: own.reduce((sum, { rows }) => sum + rows, 0),
  }));
  return {
    length: entries.length,
    tables,
    async *frames({ from = 0, to = entries.length } = {}) {
      for (const [i, entry] of entries.slice(from, to).entries()) yield { seq: from + i, entry };
    },
  };
}
