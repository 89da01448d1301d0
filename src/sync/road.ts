import type { Staged } from "./staged.ts";
import type { Atomic, Plan, TablePlan } from "./types.ts";

export interface RoadOptions {
  /** @default "auto" */
  atomic?: Atomic | undefined;
  /** Bytes of staged rows that one transaction may apply. @default 100_000_000 */
  atomicBytes?: number | undefined;
  /** Rows that one transaction may write. @default 500_000 */
  atomicRows?: number | undefined;
}

/**
 * Chooses between one transaction for everything and one a frame. The ceilings leave room under the
 * 30 seconds that D1 gives a batch: locally 86 MB are applied in 1.5 seconds.
 */
export function chooseRoad(
  staged: Staged,
  tables: Record<string, TablePlan>,
  { atomicBytes = 100_000_000, atomicRows = 500_000, atomic = "auto" }: RoadOptions,
): Pick<Plan, "road" | "reason" | "expectedSeconds"> {
  const written = Object.values(tables).reduce(
    (sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted,
    0,
  );
  const megabytes = Math.round(staged.bytes / 1e5) / 10;
  const size = `${staged.rows.toLocaleString("en")} rows, ${megabytes} MB`;
  // Measured on D1's engine: about 20 MB/s through compare, apply and verification, and a round trip.
  const expectedSeconds = Math.max(1, Math.ceil(staged.bytes / 20_000_000));
  if (atomic === "always")
    return { road: "atomic", reason: `${size}: one transaction was asked for`, expectedSeconds };
  if (atomic === "never")
    return { road: "frames", reason: `${size}: one transaction a frame was asked for`, expectedSeconds };
  if (staged.bytes > atomicBytes || written > atomicRows) {
    return { road: "frames", reason: `${size}: more than one transaction should carry`, expectedSeconds };
  }
  return {
    road: "atomic",
    reason: `${size} fit one transaction: readers see all of it or nothing`,
    expectedSeconds,
  };
}
