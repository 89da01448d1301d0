import type { Cell, ShortCell } from "../../archive/types.ts";

/** A row of a plan, its cells as an archive has them. */
export type PlannedRow<C = Cell> =
  | (RowOf<C> & { is: "insert" | "delete"; row: Record<string, C> })
  /** What changes: what each cell held, and what it is to hold. */
  | (RowOf<C> & { is: "update"; cells: Record<string, [old: C, now: C]> })
  /** What an undo leaves alone, as it is now. */
  | (RowOf<C> & { is: "left"; why: LeftBecause; row: Record<string, C> });

/** Why an undo leaves a row alone: it was changed since the run, or a constraint holds it as it is. */
export type LeftBecause = "edited" | "held";

interface RowOf<C> {
  table: string;
  /** Empty where a row gets its key when it is written. */
  key: Record<string, C>;
}

export type SampleRow = PlannedRow<Cell | ShortCell>;

/** What a plan does to a row. */
export type WrittenKind = Exclude<PlannedRow["is"], "left">;

/** What a plan tells of a table's rows beside their numbers. */
export interface PlanDetail {
  /** Cells that updates change; absent where there is too much to count. */
  cells?: number;
  /** The first rows of each kind, their long cells shortened; of those that are left alone where there are any. */
  samples?: Record<WrittenKind, SampleRow[]> & { left?: SampleRow[] };
}
