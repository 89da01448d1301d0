/*
 * Writes a database as an archive, or what changed in it.
 *
 * In come the chosen tables; out come bytes in their order, a frame at a time, and between two invocations
 * a state that is plain JSON. The frames of a table partition its keys: each begins where the one before it
 * ended, also across invocations. The state and the bytes belong together: whoever keeps a state keeps the
 * bytes that were written up to it. A crash before the end leaves bytes without an index, which nobody
 * takes for an archive.
 */

export { archivedTable } from "./archived-table.ts";
export { exportDatabase } from "./export-database.ts";
export { type ExportOptions, type ExportReport, type ExportState, FRAME_BYTES } from "./export-state.ts";
export { findNullKeys, mayHoldNullKeys } from "./null-keys.ts";
export { readSequences } from "./read-sequences.ts";
export {
  createDeltaWriter,
  type DeltaCount,
  type DeltaState,
  type DeltaTable,
  type DeltaWriter,
  type KeyedLine,
  type WrittenDelta,
  writeDelta,
} from "./write-delta.ts";
