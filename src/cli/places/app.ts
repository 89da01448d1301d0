import type {
  Body,
  exportAnswer,
  historyAnswer,
  listAnswer,
  partsAnswer,
  statusAnswer,
  syncAnswer,
} from "../../http/answers.ts";
import type { StepOptions } from "../journey/target.ts";

/** What the commands ask of an app that carries d1-ferry. Every call is one request; the caller repeats. */
export interface App {
  readonly url: URL;
  export(request: ExportCall): Promise<Body<typeof exportAnswer>>;
  /** The export as it is stored: gzipped frames with their index. */
  download(exportKey: string): Promise<Response>;
  startUpload(): Promise<{ key: string; uploadId: string; chunkSize: number }>;
  /** Null when the upload is gone. */
  uploadedParts(key: string, uploadId: string): Promise<Body<typeof partsAnswer> | null>;
  uploadPart(key: string, uploadId: string, partNumber: number, body: Blob): Promise<{ etag: string }>;
  completeUpload(key: string, uploadId: string, parts: { partNumber: number; etag: string }[]): Promise<void>;
  sync(key: string, options: StepOptions): Promise<Body<typeof syncAnswer>>;
  status(key: string): Promise<Body<typeof statusAnswer>["status"]>;
  list(): Promise<Body<typeof listAnswer>["objects"]>;
  history(): Promise<Body<typeof historyAnswer>["history"]>;
  drop(key: string): Promise<void>;
  /** What the answers so far said they used. */
  readonly usage: AppUsage;
}

export interface ExportCall {
  exportKey?: string | undefined;
  version?: number | undefined;
  tables?: string[] | undefined;
  exclude?: string[] | undefined;
}

/** Sums over the app's answers, by what was asked. */
export type AppUsage = Record<"export" | "upload" | "sync" | "other", UsageSum>;

export interface UsageSum {
  /** Requests answered: one Worker invocation each. */
  invocations: number;
  statements: number;
  maxStatementsPerInvocation: number;
  bucketOperations: number;
  ms: number;
}
