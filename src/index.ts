export type { DocumentChunk, DocumentPosition, ReadDocumentOptions } from "./archive/document.ts";
export { readDocument } from "./archive/document.ts";
export {
  type Archive,
  type ArchiveOptions,
  archiveToJson,
  isArchive,
  openArchive,
  parseRows,
} from "./archive/reader.ts";
export type {
  ByteSource,
  Cell,
  ColumnSchema,
  DocumentHeader,
  FrameEntry,
  Key,
  OtherSchema,
  Row,
  SchemaObject,
  TableSchema,
  TaggedCell,
} from "./archive/types.ts";
export { FORMAT } from "./archive/types.ts";
export type {
  Bucket,
  ByteRange,
  ObjectBody,
  ObjectInfo,
  ObjectPage,
  PartBody,
  PutOptions,
  UploadedPart,
} from "./bucket/port.ts";
export { type R2BucketLike, r2Bucket } from "./bucket/r2.ts";
export { bucketSource } from "./bucket/source.ts";
export type { Bytes } from "./bytes.ts";
export { type D1Like, d1Database } from "./database/d1.ts";
export type { Database, Statement, StatementResult, Value } from "./database/port.ts";
export { type ErrorCode, FerryError, type FerryErrorOptions } from "./errors.ts";
export { type Actor, authorizeBearer } from "./http/auth.ts";
export type { BackgroundRun, WorkflowLike } from "./http/background.ts";
export type { FerryOptions } from "./http/exchange.ts";
export { createFerry } from "./http/ferry.ts";
export { describeApi } from "./http/openapi.ts";
export type { Platform } from "./http/platforms.ts";
export { type Budget, type BudgetOptions, createBudget } from "./sync/budget.ts";
export { type ExportOptions, type ExportReport, type ExportState, exportDatabase } from "./sync/export.ts";
export { type HistoryEntry, readHistory } from "./sync/history.ts";
export { advanceRun } from "./sync/run.ts";
export { dropRun, listRuns, readRun } from "./sync/runs.ts";
export type {
  Conflict,
  Mode,
  OnConflict,
  Plan,
  RunFailure,
  RunProgress,
  RunReport,
  RunStatus,
  SyncOptions,
  TablePlan,
  TableResult,
} from "./sync/types.ts";
