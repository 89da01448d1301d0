import { asTyped } from "../package-manager.ts";
import type { World } from "../world.ts";
import {
  type Block,
  type Line,
  type Piece,
  textOf,
  toned,
  type WholeLine,
  withTexts,
} from "./layout/block.ts";
import { layOut } from "./layout/lay-out.ts";
import { paintPieces } from "./layout/layout.ts";
import { canRedraw, layoutFor } from "./layout/terminal.ts";
import { widthOf } from "./layout/width.ts";
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
  const typed = asTyped(world.env);
  /** Behind a mark, below which later lines begin. */
  const write = (block: Block, mark: Piece = "") => {
    const layout = layoutFor(world);
    const before = widthOf(textOf(mark));
    const width = Math.max(1, layout.width - before);
    const lines = layOut(withTexts(block, harmless), { ...layout, width });
    const marks = [paintPieces([mark], layout), " ".repeat(before)] as const;
    stderr.write(lines.map((line, i) => `${line === "" ? line : marks[i === 0 ? 0 : 1] + line}\n`).join(""));
  };
  /** What may name a command to type. */
  const tell = (line: Line | WholeLine, mark?: Piece) => write(withTexts(line, typed), mark);
  return {
    line: (line = "") => {
      if (!options.quiet) tell(line);
    },
    lines: (blocks) => {
      if (!options.quiet) for (const block of blocks) write(block);
    },
    done: (text) => {
      if (!options.quiet) tell(text, toned("✓ ", "good"));
    },
    warn: (text) => tell(text, toned("! ", "warning")),
    important: (blocks) => {
      for (const block of blocks) write(block);
    },
    progress: (label) =>
      canRedraw(world) && !options.quiet && options.progress !== false
        ? progressBar(stderr, label, world.now)
        : noProgress,
    result: () => {},
    failure: ({ error, code, hint, details }) => {
      write([error, toned(` (${code})`, "faint")], toned("✗ ", "bad"));
      const differences = differenceLines(details);
      if (differences.length > 0) for (const line of differences) write(line);
      else if (hint) tell(`  ${hint}`);
    },
  };
}

/** Text that may come from an app or a file, without what a terminal would obey; line breaks stay. */
function harmless(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}
