import type { ExitCode } from "../exit.ts";
import type { CommandOption, OutputOptions } from "../options/command-option.ts";
import type { Dependencies } from "./dependencies.ts";

/** One command: what it is called, what it takes, and the function that carries it out. */
export interface Command<Args extends string[] = string[], Options extends object = object> {
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
