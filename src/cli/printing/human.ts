import { styleText } from "node:util";
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
  const write = (text: string) => {
    stderr.write(`${text}\n`);
  };
  return {
    line: (text = "") => {
      if (!options.quiet) write(text);
    },
    lines: (texts) => {
      if (!options.quiet) for (const text of texts) write(text);
    },
    done: (text) => {
      if (!options.quiet) write(`${paint("green", "✓")} ${text}`);
    },
    warn: (text) => write(`${paint("yellow", "!")} ${text}`),
    important: (texts) => {
      for (const text of texts) write(text);
    },
    progress: (label) =>
      terminal && !options.quiet && options.progress !== false
        ? progressBar(stderr, label, world.now)
        : noProgress,
    result: () => {},
    failure: ({ error, code, hint, details }) => {
      write(`${paint("red", "✗")} ${error} ${paint("dim", `(${code})`)}`);
      const differences = differenceLines(details);
      if (differences.length > 0) for (const line of differences) write(line);
      else if (hint) write(`  ${hint}`);
    },
  };
}
