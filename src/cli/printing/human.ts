import { styleText } from "node:util";
import { asTyped } from "../package-manager.ts";
import type { World } from "../world.ts";
import type { Printer } from "./printer.ts";
import { noProgress, progressBar } from "./progress.ts";
import { differenceLines } from "./schema-differences.ts";

export interface PrinterOptions {
  /** Print only the plan, warnings and errors. @default false */
  quiet?: boolean;
  /** Bars on a terminal. @default true */
  progress?: boolean;
}

/** Prints for a person, to stderr; stdout stays empty. */
export function humanPrinter(
  world: Pick<World, "stderr" | "now" | "env">,
  options: PrinterOptions = {},
): Printer {
  const { stderr } = world;
  const terminal = stderr.isTTY === true;
  const colours = terminal && !world.env.NO_COLOR;
  const paint = (style: "green" | "yellow" | "red" | "dim", text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const typed = asTyped(world.env);
  const write = (text: string, mark = "") => {
    stderr.write(`${mark}${harmless(text)}\n`);
  };
  /** What may name a command to type. */
  const tell = (text: string, mark = "") => write(typed(text), mark);
  return {
    line: (text = "") => {
      if (!options.quiet) tell(text);
    },
    lines: (texts) => {
      if (!options.quiet) for (const text of texts) write(text);
    },
    done: (text) => {
      if (!options.quiet) tell(text, `${paint("green", "✓")} `);
    },
    warn: (text) => tell(text, `${paint("yellow", "!")} `),
    important: (texts) => {
      for (const text of texts) write(text);
    },
    progress: (label) =>
      terminal && !options.quiet && options.progress !== false
        ? progressBar(stderr, label, world.now)
        : noProgress,
    result: () => {},
    failure: ({ error, code, hint, details }) => {
      const named = paint("dim", `(${harmless(code)})`);
      stderr.write(`${paint("red", "✗")} ${indented(harmless(error))} ${named}\n`);
      const differences = differenceLines(details);
      if (differences.length > 0) for (const line of differences) write(line);
      else if (hint) tell(`  ${indented(hint)}`);
    },
  };
}

/** Text that may come from an app or a file, without what a terminal would obey; line breaks stay. */
function harmless(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

/** No line of it stands where a message of the command's own would. */
function indented(text: string): string {
  return text.replaceAll("\n", "\n  ");
}
