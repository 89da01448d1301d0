import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { completedOption } from "../completion/words.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { EXIT, UsageError } from "../exit.ts";
import { credentialOptions, outputOptions } from "../options/common-options.ts";
import type { Command } from "./command.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** The command that prints how a shell completes all of them. */
export function completionOf(all: () => readonly Command[]): Command<[string | undefined]> {
  return {
    name: "completion",
    summary: "Print a script by which a shell completes d1-ferry's commands and options.",
    arguments: [{ name: "[shell]", description: "bash, zsh or fish" }],
    options: [],
    examples: [
      "source <(d1-ferry completion bash)             # in ~/.bashrc",
      "source <(d1-ferry completion zsh)              # in ~/.zshrc, behind compinit",
      "d1-ferry completion fish | source              # in ~/.config/fish/config.fish",
    ],
    async run([shell], { json }, { world, printer }) {
      if (shell === undefined || !Object.hasOwn(SHELLS, shell))
        throw new UsageError("For which shell?", "d1-ferry completion bash, zsh or fish");
      const commands = all().map(({ name, summary, options }) => ({
        ...{ name, summary },
        options: [...options, ...credentialOptions, ...outputOptions].map(completedOption),
      }));
      const script = SHELLS[shell as keyof typeof SHELLS](commands);
      if (json) printer.result({ success: true, shell, script });
      else world.stdout.write(script);
      return EXIT.done;
    },
  };
}
