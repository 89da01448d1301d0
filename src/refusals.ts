import { createRefusal, type ErrorCode } from "./errors.ts";

/**
 * Why a sync or an export is refused where what to do about it depends on how it was asked for, as
 * `details.reason` has it, and the code it is refused with. `http/hints.ts` and `cli/printing/hints.ts`
 * say what to do.
 */
export const REFUSALS = {
  "table-cannot-travel": "UNSUPPORTED",
  "table-missing": "UNKNOWN_TABLE",
  "table-of-rows-missing": "UNKNOWN_TABLE",
  "parent-missing": "FOREIGN_KEY",
  "parent-row-missing": "FOREIGN_KEY",
  "plan-stale": "PLAN_STALE",
  "other-plan": "PLAN_STALE",
  "triggers-changed": "VERIFICATION_FAILED",
  "delete-reaches-rows": "FOREIGN_KEY",
  "update-reaches-rows": "FOREIGN_KEY",
  "column-missing": "UNKNOWN_COLUMN",
  "column-cannot-be-added": "UNSUPPORTED",
  "column-without-default": "MISSING_COLUMN",
  "keys-differ": "MISSING_COLUMN",
  "fulltext-tables-differ": "UNSUPPORTED",
  "fulltext-table-needs-archive": "UNSUPPORTED",
  "fulltext-merge-loses-rows": "UNSUPPORTED",
  "rows-without-key": "UNSUPPORTED",
  "insert-cannot-replace": "INVALID_REQUEST",
  "archive-of-parts": "UNSUPPORTED",
  "keyed-without-key": "UNSUPPORTED",
  "altered-mirror": "DOCUMENT_INVALID",
  "schema-not-its-own": "UNSUPPORTED",
  "no-tables": "DOCUMENT_INVALID",
  "all-held-back": "INVALID_REQUEST",
  "unique-values-taken": "UNIQUE_CONFLICT",
  "already-completed": "ALREADY_SYNCED",
  "version-known": "ALREADY_SYNCED",
  "transaction-too-large": "UNSUPPORTED",
  "step-too-large": "UNSUPPORTED",
  "exchange-too-large": "UNSUPPORTED",
  "exchange-held": "FOREIGN_KEY",
  "unique-in-parts": "UNIQUE_CONFLICT",
  "foreign-keys-in-a-cycle": "UNSUPPORTED",
  "rows-in-no-order": "UNSUPPORTED",
  "too-many-columns": "UNSUPPORTED",
  "no-room-to-stage": "DATABASE_FULL",
  "undo-of-no-run": "NOT_FOUND",
  "undone-already": "NOT_UNDOABLE",
  "undo-not-asked-for": "NOT_UNDOABLE",
  "undo-changed-nothing": "NOT_UNDOABLE",
  "undo-not-kept": "NOT_UNDOABLE",
  "undo-pruned": "NOT_UNDOABLE",
  "undo-before-the-end": "NOT_UNDOABLE",
  "undo-later-first": "NOT_UNDOABLE",
  "undo-completed": "ALREADY_SYNCED",
} as const satisfies Record<string, ErrorCode>;

export type Refusal = keyof typeof REFUSALS;

export const refused = createRefusal(REFUSALS);
