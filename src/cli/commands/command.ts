import type { ExitCode } from "../exit.ts";
import type { CommandOption } from "../options/command-option.ts";
import type { OutputOptions } from "../options/common-options.ts";
import type { Dependencies } from "./dependencies.ts";

/** One command: its name, what it takes, and the function that runs it. */
export interface Command<Args extends (string | undefined)[] = string[], Options extends object = object> {
  name: string;
  /** One sentence for the list of commands. */
  summary: string;
  /** As commander writes them: "<source>", "[key]". */
  arguments: { name: string; description: string }[];
  options: CommandOption[];
  /** Lines for the end of --help. */
  examples: string[];
  run(args: Args, options: Options & OutputOptions, dependencies: Dependencies): Promise<ExitCode>;
}
