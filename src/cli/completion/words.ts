import type { CommandOption } from "../options/command-option.ts";

/** A command as a shell completes it. */
export interface CompletedCommand {
  name: string;
  summary: string;
  options: readonly CompletedOption[];
}

export interface CompletedOption {
  /** "-y"; null where there is none. */
  short: string | null;
  /** "--yes". */
  long: string;
  description: string;
  /** Whether a value follows it. */
  takesValue: boolean;
  /** All values that it takes; none where it takes any, such as a file. */
  choices: readonly string[];
}

/** What stands in a flag as commander writes it: "-o, --output <file>", "--create [what]". */
export function completedOption({ flags, description, choices = [] }: CommandOption): CompletedOption {
  const [, short = null, long = "", value] = /^(?:(-\w), )?(--[\w-]+)(?: ([<[]).*)?$/.exec(flags) ?? [];
  // A value in brackets stands behind an equals sign, if at all.
  return { short, long, description, takesValue: value === "<", choices };
}

/** Each way to write it. */
export const flagsOf = ({ short, long }: CompletedOption): string[] =>
  short === null ? [long] : [short, long];

/** For a shell's single quotes. */
export const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
