export { newKey } from "../bucket/keys.ts";
export { type ErrorCode, FerryError } from "../errors.ts";
export type {
  AbortAnswer,
  CompleteAnswer,
  DropAnswer,
  ExportAnswer,
  HealthAnswer,
  HistoryAnswer,
  ListAnswer,
  LogAnswer,
  PartAnswer,
  PartsAnswer,
  PruneAnswer,
  RowsAnswer,
  StartAnswer,
  StatusAnswer,
  SyncAnswer,
  UploadAnswer,
} from "./answers.ts";
export { type ClientOptions, createClient, type FerryClient } from "./client.ts";
export type { ArchiveDownload, DownloadOptions } from "./download.ts";
export type { CallOptions, MultipartClient, UploadReference } from "./multipart.ts";
export type { ExportInput, OperationsClient, ProgressOptions, PruneInput, SyncInput } from "./operations.ts";
export type { ResumeRecord, ResumeState } from "./resume.ts";
export type { RetryOptions } from "./retry.ts";
export {
  type UploadedObject,
  type UploadObjectOptions,
  type UploadProgress,
  uploadObject,
} from "./upload-object.ts";
