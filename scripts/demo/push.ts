import { FerryError, isErrorCode } from "../../src/errors.ts";
import { type CommandOptions, type Printed, type Refusal, runCommand } from "./command.ts";

export type PushOptions = CommandOptions;

/** What `d1-ferry push --json` prints, as far as the demo reads it. */
export interface PushResult {
  success: true;
  syncKey: string;
  version: number;
  results: Record<string, Record<"inserted" | "updated" | "unchanged" | "deleted" | "skipped", number>>;
  verified: boolean;
  /** Set where there was nothing to do. */
  unchanged?: true;
  /** What was decided by the last exchange. */
  merge?: { kept: { rows: number } };
  /** The archive that travelled. */
  bytes: number;
  usage: { source: Usage; target: Usage };
}

type Usage = Record<"export" | "upload" | "sync", UsageSum>;

export interface UsageSum {
  invocations: number;
  statements: number;
  maxStatementsPerInvocation: number;
  bucketOperations: number;
}

export type Push = Printed<PushResult>;

/** Runs the built command, confirmed. */
export function push(flags: readonly string[], options: PushOptions): Promise<Push> {
  return runCommand<PushResult>(["push", "--yes", ...flags], options);
}

/** The result of a command that was completed. Throws what it was refused with. */
export function completed<T extends { success: true }>(
  printed: (T | Refusal) & { seconds: number },
): T & { seconds: number } {
  if (printed.success) return printed;
  throw new FerryError(isErrorCode(printed.code) ? printed.code : "INTERNAL", printed.error);
}

/** Rows that a push inserted, updated or deleted. */
export function rowsWritten({ results }: PushResult): number {
  return Object.values(results).reduce((sum, one) => sum + one.inserted + one.updated + one.deleted, 0);
}
