import { Command as Commander, Help, InvalidArgumentError, Option } from "commander";
import { VERSION } from "../../version.ts";
import type { Command } from "../commands/command.ts";
import { commands } from "../commands/index.ts";
import { EXIT_CODES_HELP, UsageError } from "../exit.ts";
import { withoutValues } from "../options/command-line.ts";
import type { CommandOption } from "../options/command-option.ts";
import {
  type CredentialFlags,
  credentialOptions,
  type OutputOptions,
  outputOptions,
} from "../options/common-options.ts";
import type { World } from "../world.ts";

export interface Call {
  command: Command;
  args: string[];
  options: OutputOptions & CredentialFlags;
}

/** Builds the argument parser from the commands' data. `onCall` gets the command that was typed. */
export function createProgram(
  world: Pick<World, "stdout" | "stderr">,
  onCall: (call: Call) => void,
  argv: readonly string[] = [],
): Commander {
  const program = new Commander("d1-ferry")
    .description("Moves a D1 or SQLite database through a bucket, from local to production.")
    .version(VERSION)
    .enablePositionalOptions()
    .showHelpAfterError("Run d1-ferry --help for more")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(withoutValues(text, argv)),
    })
    .addHelpText("after", `\n${PLACES_HELP}\n\n${EXIT_CODES_HELP}`);
  showExamplesFirst(program, EXAMPLES);
  for (const command of commands) addCommand(program, command, onCall);
  return program;
}

const EXAMPLES = [
  "d1-ferry init                 # sets up the app of this directory",
  "d1-ferry push                 # local rows into production: plans, asks, applies, verifies",
  "d1-ferry diff                 # how the two differ; changes nothing",
  "d1-ferry undo                 # takes the newest run back",
];

/** Behind the line that says what it is for: most people look for something to type. */
function showExamplesFirst(command: Commander, examples: readonly string[]): void {
  const text = `Examples:\n${examples.map((line) => `  ${line}`).join("\n")}\n\n`;
  command.configureHelp({
    formatHelp(shown, helper) {
      const help = Help.prototype.formatHelp.call(helper, shown, helper);
      const rest = /^(?:Arguments|Options|Commands):$/m.exec(help)?.index ?? help.length;
      return help.slice(0, rest) + text + help.slice(rest);
    },
  });
}

const PLACES_HELP = `A place is the address of an app with d1-ferry in it, a SQLite file, or an archive file.
LOCAL_API, PROD_API, and LOCAL_TOKEN, PROD_TOKEN, FERRY_TOKEN for both (LOCAL_COOKIE, PROD_COOKIE,
FERRY_COOKIE) are read from the environment, then from .env in the working directory. They go to
these two addresses only; --token-env NAME names the token of another.`;

function addCommand(program: Commander, command: Command, onCall: (call: Call) => void): void {
  const child = program
    .command(command.name)
    .description(command.summary)
    .showHelpAfterError(`Run d1-ferry ${command.name} --help for more`);
  for (const argument of command.arguments) child.argument(argument.name, argument.description);
  for (const option of [...command.options, ...credentialOptions, ...outputOptions])
    child.addOption(commanderOption(option));
  showExamplesFirst(child, command.examples);
  child.addHelpText("after", `\n${EXIT_CODES_HELP}`);
  child.action((...values: unknown[]) => {
    const args = values.slice(0, command.arguments.length) as string[];
    onCall({ command, args, options: givenOptions(child) });
  });
}

/** Without those that only a `--no-…` could have changed: what was not given stays as it is. */
function givenOptions(child: Commander): ReturnType<Commander["opts"]> {
  const options = { ...child.opts() };
  for (const option of child.options) {
    const name = option.attributeName();
    if (option.negate && child.getOptionValueSource(name) === "default") delete options[name];
  }
  return options;
}

function commanderOption({ flags, description, choices, parse, list, ...rest }: CommandOption): Option {
  const option = new Option(flags, description);
  if (choices) option.choices(choices);
  if (rest.default !== undefined) option.default(rest.default);
  if (rest.required) option.makeOptionMandatory();
  if (parse) {
    option.argParser((value) => {
      try {
        return parse(value);
      } catch (error) {
        if (error instanceof UsageError) throw new InvalidArgumentError(error.message);
        throw error;
      }
    });
  }
  if (list) collect(option);
  else if (option.required) refuseTwice(option);
  return option;
}

function collect(option: Option): void {
  const { parseArg: read } = option;
  option.argParser((value: string, previous: unknown[] = []) => [
    ...previous,
    read === undefined ? value : read(value, undefined),
  ]);
}

/** The last of two values would win, and rows go where nobody looked. */
function refuseTwice(option: Option): void {
  const { parseArg: read } = option;
  let given = false;
  option.argParser((value: string, previous: unknown) => {
    if (given) throw new InvalidArgumentError("It is given twice.");
    given = true;
    return read === undefined ? value : read(value, previous);
  });
}
