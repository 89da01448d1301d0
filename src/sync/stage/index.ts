export {
  cutSlices,
  narrowTable,
  narrowToFrames,
  readParts,
  type StagedPart,
  type TableSlice,
} from "./slices.ts";
export { type StageReport, stageFrames } from "./stage-run.ts";
export { hasKey, readStaged, type Staged, type StagedShape, type StagedTable } from "./staged-rows.ts";
export type { ApplyRunInput } from "./staged-run.ts";
export { keyMatches, type ShapeSql, shapeSql, stagedCell } from "./staged-sql.ts";
