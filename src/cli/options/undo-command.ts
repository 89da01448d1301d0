import { commandLine } from "./command-line.ts";

/** The command that undoes a run at an app, or in a file, which `words` name. */
export function undoCommand(run: string, words: readonly string[]): string {
  return commandLine(["undo", run, ...words]);
}
