import { type CompletedCommand, flagsOf, single } from "./words.ts";

/** A script for bash: commands, then their options and what those take; files elsewhere. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const flags = commands.flatMap(({ name, options }) =>
    options.flatMap((option) =>
      flagsOf(option).map((flag) => ({ ...option, typed: single(`${name} ${flag}`) })),
    ),
  );
  const values = flags
    .filter(({ choices }) => choices.length > 0)
    .map(({ typed, choices }) => `    ${typed}) words=${single(choices.join(" "))} ;;`);
  const files = flags
    .filter(({ choices, takesValue }) => takesValue && choices.length === 0)
    .map(({ typed }) => typed);
  const options = commands.map(({ name, options: own }) => {
    const words = single(own.flatMap(flagsOf).join(" "));
    return `        ${single(name)}) if [[ $word == -* ]]; then words=${words}; fi ;;`;
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
