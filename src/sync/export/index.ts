export { exportDatabase } from "./export-database.ts";
export { type ExportOptions, type ExportReport, type ExportState, FRAME_BYTES } from "./export-state.ts";
