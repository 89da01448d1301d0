export {
  cutSlices,
  narrowTable,
  narrowToFrames,
  readParts,
  type SliceLimits,
  type StagedPart,
  type TableSlice,
} from "./slices.ts";
export { type StageInput, type StageReport, stageFrames } from "./stage-run.ts";
export {
  hasKey,
  type IncomingRows,
  incomingRows,
  readStaged,
  type Staged,
  type StagedShape,
  type StagedTable,
} from "./staged-rows.ts";
export type { ApplyRunInput } from "./staged-run.ts";
export { keyMatches, type ShapeRows, type ShapeSql, shapeSql, stagedCell } from "./staged-sql.ts";
