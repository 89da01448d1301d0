import { asFerryError, type FerryError } from "../../errors.ts";
import { EXIT, type ExitCode, exitForError, UsageError } from "../exit.ts";
import type { Checkpoint } from "../interruption/checkpoint.ts";
import { describeStop } from "../interruption/how-to-resume.ts";
import { credentialsHint, roleOf } from "../places/credentials.ts";
import type { Settings } from "../places/settings.ts";
import { hintFor } from "../printing/hints.ts";
import { editedLines } from "../printing/merged.ts";
import { printable } from "../printing/printable.ts";
import type { Printer } from "../printing/printer.ts";
import type { World } from "../world.ts";

export interface ErrorSituation {
  argv: readonly string[];
  checkpoint: Checkpoint;
  /** Null when they could not be read. */
  settings: Settings | null;
  printer: Printer;
  stderr: World["stderr"];
}

/** Says what stopped the command and what to type next, and answers the exit code. */
export function explainError(error: unknown, situation: ErrorSituation): ExitCode {
  const usage = usageError(error);
  if (usage === null) return explainFailure(asFerryError(error), situation);
  situation.printer.failure({ error: usage.message, code: "USAGE", hint: usage.hint });
  return EXIT.usage;
}

function explainFailure(
  failure: FerryError,
  { argv, checkpoint, settings, printer, stderr }: ErrorSituation,
): ExitCode {
  const stop = describeStop(argv, checkpoint, failure);
  const credentials = (address: string) =>
    settings !== null && URL.canParse(address) ? credentialsHint(new URL(address), settings) : undefined;
  const isLocal = (address: string) =>
    settings !== null && URL.canParse(address) && roleOf(new URL(address), settings) === "local";
  if (failure.code === "EDIT_CONFLICT") printer.important(editedLines(failure));
  printer.failure({
    error: failure.message,
    code: failure.code,
    hint: hintFor(failure, { credentials, isLocal, app: checkpoint.app }),
    details: stop === null ? failure.details : { ...failure.details, ...stop.details },
  });
  if (stop !== null) stderr.write(`${stop.lines.map(printable).join("\n")}\n`);
  return exitForError(failure);
}

const FILE_PROBLEMS: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EISDIR: "is a directory",
  ENOTDIR: "part of the path is not a directory",
  ENOENT: "no such file or directory",
};

/** The command line's own fault, or that of a file it names; null for any other error. */
function usageError(error: unknown): UsageError | null {
  if (error instanceof UsageError) return error;
  if (!(error instanceof Error) || !("code" in error) || !("path" in error)) return null;
  const { dest, path } = error as { dest?: unknown; path: unknown };
  const problem = FILE_PROBLEMS[String(error.code)];
  if (problem === undefined) return null;
  const name = String(dest ?? path).replace(/\.partial$/, "");
  return new UsageError(`${name}: ${problem}`, "Name another file, or change its permissions");
}
