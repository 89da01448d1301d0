/*
 * Copies the incoming rows into the target, beside the live tables, where SQL can compare the two.
 *
 * In come frames; out come rows of `_ferry_frames`, each some rows of one table and one shape as a JSON
 * array of arrays by column, and the SQL that opens them again (shapeSql). What JSON cannot say is staged
 * as [code, text], a cell too long for its row in `_ferry_cells`. Keys that a keyed frame gives no row are parts
 * of their own, of a shape that says so; what SQL does by `shapes` does not see them. Names, columns and sizes are
 * settled here. The lists of a plan (`_ferry_changes`) have the same form, and are written, read and cut here too.
 *
 * The invariant: each part of a frame is staged once, under the frame's number, and never after the run is
 * applied. Each INSERT stands for itself: a crash leaves whole statements, and with the last of them the
 * position at which the next driver goes on. It may stage a frame's parts again; they are then ignored.
 */

export type { CellCode, StagedCell } from "./cell-codes.ts";
export { keyListOf, keysOf, listKeys } from "./key-lists.ts";
export { type ListedPart, listStatements, stageLines } from "./list-writer.ts";
export { type ListedRows, readListedRows } from "./listed-rows.ts";
export {
  cutSlices,
  keyedFirst,
  narrowTable,
  narrowToFrames,
  narrowToPlaces,
  type PartsToRead,
  readListedParts,
  readParts,
  type SliceLimits,
  type StagedPart,
  type TableSlice,
  transactionSlices,
} from "./slices.ts";
export { type StageInput, type StageReport, stageFrames } from "./stage-run.ts";
export {
  appendKeyless,
  goneKeys,
  hasKey,
  type IncomingRows,
  incomingRows,
  isComparable,
  type KeyList,
  type List,
  type LiveList,
  type PartPlace,
  readStaged,
  type Staged,
  type StagedShape,
  type StagedTable,
  withColumns,
} from "./staged-rows.ts";
export type { ApplyRunInput } from "./staged-run.ts";
export {
  keyMatches,
  liveKey,
  type ShapeRows,
  type ShapeSql,
  selectStaged,
  shapeSql,
  stagedCell,
} from "./staged-sql.ts";
