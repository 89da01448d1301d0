import type { CompletedCommand, CompletedOption } from "./words.ts";

/** A script for fish: commands and options with what they do. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, summary, options }) => [
    `complete -c d1-ferry -n __fish_use_subcommand -f -a ${quoted(name)} -d ${quoted(summary)}`,
    ...options.map((option) => optionLine(name, option)),
  ]);
  return `${lines.join("\n")}\n`;
}

function optionLine(
  command: string,
  { short, long, description, takesValue, choices }: CompletedOption,
): string {
  const words = [
    `complete -c d1-ferry -n ${quoted(`__fish_seen_subcommand_from ${command}`)}`,
    `-l ${long.slice(2)}`,
    ...(short === null ? [] : [`-s ${short.slice(1)}`]),
    ...(choices.length > 0 && takesValue ? ["-x", `-a ${quoted(choices.join(" "))}`] : []),
    ...(choices.length === 0 && takesValue ? ["-r"] : []),
    `-d ${quoted(description)}`,
  ];
  return words.join(" ");
}

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
