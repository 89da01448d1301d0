import type { Bytes } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import type { SyncOptions } from "../../src/sync/run/options.ts";
import type { TableResult } from "../../src/sync/run/report.ts";
import type { Look } from "./look.ts";

/** One end of a sync: an empty database whenever it is filled. */
export interface Side {
  readonly engine: "file" | "D1";
  /** Makes it anew, of statements run in one transaction with deferred foreign keys. */
  fill(statements: readonly string[]): Promise<void>;
  export(options: { frameBytes: number; tables?: readonly string[] }): Promise<Bytes>;
  /** Syncs an archive or a document to its end, in as many calls as it takes. */
  import(document: Bytes, options: ImportOptions): Promise<Outcome>;
  look(): Promise<Look>;
}

/** How a sync is asked for; plain data. */
export interface ImportOptions
  extends Pick<
    SyncOptions,
    "mode" | "keyless" | "onConflict" | "atomic" | "create" | "tables" | "force" | "sliceBytes"
  > {
  /** Statements of one invocation; unlimited when left out. */
  statements?: number | undefined;
  /** Undoes it behind its end. @default false */
  thenUndo?: boolean | undefined;
}

export type Outcome =
  | {
      status: "completed";
      verified: boolean;
      calls: number;
      results: Record<string, TableResult>;
      notes: string[];
      /** Rows that an undo leaves. */
      left: number;
      /** Where it is undone: what was there ahead of that, and what came of it; nothing where nothing was to be undone. */
      between?: Look;
      undone?: Outcome;
    }
  | Refusal;

export interface Refusal {
  status: "refused";
  /** Null for anything but a FerryError. */
  code: ErrorCode | null;
  message: string;
}
