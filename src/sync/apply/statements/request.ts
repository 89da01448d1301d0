import type { Statement } from "../../../database/port.ts";
import type { LiveSchema, LiveTable } from "../../../database/schema.ts";
import type { ConflictRules, ConflictSite, OpenKeys } from "../../compare/index.ts";
import type { TablePlan } from "../../run/index.ts";
import type { Creation } from "../../schema/index.ts";
import type { FrameSource } from "../../source/index.ts";
import type { Staged } from "../../stage/index.ts";

export interface ApplyRequest {
  schema: LiveSchema;
  staged: Staged;
  rules: ConflictRules;
  version: number;
  /** Who has to have the lock for any of it to count. */
  driver: string;
  /** Where holders of unique values must be moved away first. */
  parking: readonly ConflictSite[];
  /** Park holders by deleting them for a while. */
  parkByDelete?: boolean;
  /** Names of indexes that are dropped for the batch and made again at its end. */
  suspendedIndexes?: readonly string[];
  /** What the plan found: tables without a change get no statement, and the guard sees if that was wrong. */
  plan: Readonly<Record<string, TablePlan>>;
  /** Statements that lift AUTOINCREMENT sequences. */
  sequences: readonly Statement[];
  /** Statements that create what the target lacks: tables before the rows, the rest after them. */
  create: Pick<Creation, "missing" | "tables" | "before" | "after">;
  /** See SyncOptions. */
  sliceBytes?: number | undefined;
  /** The tables, parents first, as they were when the run began: what is behind a mark must not move with a migration. */
  order: readonly string[];
  /** An archive, whose staged parts are numbered as its frames; null for a document. */
  frames: Pick<FrameSource, "index" | "schema"> | null;
  /** Write `seed_history`; `replaced` when it may have the version already. */
  history: { replaced: boolean } | null;
  /** Foreign keys that are written in full later. @default none */
  open?: OpenKeys;
  /** True where earlier transactions of the run are committed. @default false */
  partly?: boolean;
  /** Columns that an INSERT may select. */
  maxColumns: number;
  /** Milliseconds since 1970. */
  now: number;
}

export function tablesOf({ tables }: Staged): LiveTable[] {
  return tables.map(({ table }) => table);
}
