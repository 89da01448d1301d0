import { type CompletedCommand, type CompletedOption, single } from "./words.ts";

/** A script for zsh: commands and options with what they do. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, summary }) => `    ${single(`${colons(name)}:${summary}`)}`);
  const own = commands.map(({ name, options }) => {
    const specs = options.map((option) => `        ${specOf(option)}`);
    return `    ${single(name)})
      _arguments \\
${specs.join(" \\\n")} \\
        '*:file:_files'
      ;;`;
  });
  return `#compdef d1-ferry
_d1_ferry() {
  local -a commands=(
${names.join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${own.join("\n")}
  esac
}
compdef _d1_ferry d1-ferry
`;
}

function specOf({ short, long, description, takesValue, choices }: CompletedOption): string {
  const told = `[${description.replaceAll(/[[\]\\]/g, "\\$&")}]`;
  const values = choices.length === 0 ? "_files" : `(${choices.join(" ")})`;
  const rest = takesValue ? `${told}:value:${values}` : told;
  const flag = (name: string) => single(`${name}${rest}`);
  return short === null ? flag(long) : `${flag(short)} ${flag(long)}`;
}

const colons = (text: string): string => text.replaceAll(":", "\\:");
