export { describeApi } from "./api/openapi.ts";
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
export { type R2BucketLike, type R2BucketOptions, r2Bucket } from "./bucket/r2.ts";
export { bucketSource } from "./bucket/source.ts";
export { type Budget, type BudgetOptions, createBudget } from "./budget.ts";
export type { Bytes } from "./bytes.ts";
export { type D1Like, d1Database } from "./database/d1.ts";
export type { Capabilities, Database, Statement, StatementResult, Value } from "./database/port.ts";
export { type ErrorCode, FerryError, type FerryErrorOptions } from "./errors.ts";
export { type Grant, PERMISSIONS, type Permission } from "./grants.ts";
export type { TokenSettings } from "./http/auth.ts";
export { createFerry, type Ferry } from "./http/ferry.ts";
export type { FerryOptions } from "./http/options.ts";
export { default } from "./integrations/astro/default-export.ts";
export type { BackgroundRun, WorkflowLike } from "./operations/background.ts";
export type { Caller } from "./operations/caller.ts";
export type { FerryEvent, FerryEventType } from "./operations/events.ts";
export type { Platform } from "./operations/platforms.ts";
export type { Policy } from "./operations/policy.ts";
export { advanceRun } from "./sync/advance-run.ts";
export type { ExportOptions, ExportReport, ExportState } from "./sync/export/index.ts";
export { exportDatabase } from "./sync/export/index.ts";
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
} from "./sync/run/index.ts";
export { dropRun, type HistoryEntry, listRuns, readHistory, readRun } from "./sync/run/index.ts";
