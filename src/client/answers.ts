import type { GenericSchema, InferOutput } from "valibot";
import type * as answers from "../api/answers/index.ts";
import type { healthAnswer } from "../api/health.ts";

/* What the operations answer, typed from the schemas that the server's description and its tests are made of. */
type Answer<S extends GenericSchema> = InferOutput<S>;

export type ExportAnswer = Answer<typeof answers.exportAnswer>;
export type UploadAnswer = Answer<typeof answers.uploadAnswer>;
export type SyncAnswer = Answer<typeof answers.syncAnswer>;
export type UndoAnswer = Answer<typeof answers.undoAnswer>;
export type StatusAnswer = Answer<typeof answers.statusAnswer>;
/** A page of the rows of a run's plan. */
export type RowsAnswer = Answer<typeof answers.rowsAnswer>;
/** Answers to the first of the questions about rows, or what there is to compare. */
export type CompareAnswer = Answer<typeof answers.compareAnswer>;
/** How two archives differ, or one and the database, as far as one request came. */
export type DiffAnswer = Answer<typeof answers.diffAnswer>;
export type ListAnswer = Answer<typeof answers.listAnswer>;
export type HistoryAnswer = Answer<typeof answers.historyAnswer>;
export type LogAnswer = Answer<typeof answers.logAnswer>;
/** How an app is: its version and its room, and what it finds wrong. */
export type HealthAnswer = Answer<typeof healthAnswer>;
export type DropAnswer = Answer<typeof answers.dropAnswer>;
export type PruneAnswer = Answer<typeof answers.pruneAnswer>;
export type StartAnswer = Answer<typeof answers.startAnswer>;
export type PartAnswer = Answer<typeof answers.partAnswer>;
export type CompleteAnswer = Answer<typeof answers.completeAnswer>;
export type AbortAnswer = Answer<typeof answers.abortAnswer>;
/** Which parts of an upload the bucket holds. */
export type PartsAnswer = Answer<typeof answers.partsAnswer>;
