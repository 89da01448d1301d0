import { type CompletedCommand, single } from "./words.ts";

/** A script for bash: commands, then their options and what those take; files elsewhere. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap(({ short, long, choices }) =>
      choices.length === 0
        ? []
        : [short, long].flatMap((flag) =>
            flag === null ? [] : [`    ${single(`${name} ${flag}`)}) words=${single(choices.join(" "))} ;;`],
          ),
    ),
  );
  const files = commands.flatMap(({ name, options }) =>
    options.flatMap(({ short, long, choices, takesValue }) =>
      takesValue && choices.length === 0
        ? [short, long].flatMap((flag) => (flag === null ? [] : [single(`${name} ${flag}`)]))
        : [],
    ),
  );
  const options = commands.map(({ name, options: own }) => {
    const flags = own.flatMap(({ short, long }) => (short === null ? [long] : [short, long]));
    return `        ${single(name)}) if [[ $word == -* ]]; then words=${single(flags.join(" "))}; fi ;;`;
  });
  return `_d1_ferry() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]} words=
  if ((COMP_CWORD == 1)); then command=; fi
  case "$command $before" in
${values.join("\n")}
    ${files.join("|")}) ;;
    *)
      case $command in
        '') words=${single(commands.map(({ name }) => name).join(" "))} ;;
${options.join("\n")}
      esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _d1_ferry d1-ferry
`;
}
