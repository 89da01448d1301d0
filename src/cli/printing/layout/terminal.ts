import { styleText } from "node:util";
import type { World } from "../../world.ts";
import type { Tone } from "./block.ts";
import { type Layout, PLAIN } from "./layout.ts";

const STYLES = {
  strong: "bold",
  faint: "dim",
  good: "green",
  warning: "yellow",
  bad: "red",
} as const satisfies Record<Tone, string>;

/** Columns of a terminal that does not say how many it has. */
const USUAL_WIDTH = 80;

/** How the output is laid out: as wide as the terminal, with its colours where it has some and nobody forbids them. */
export function layoutFor({ stderr, env }: Pick<World, "stderr" | "env">): Layout {
  const isTerminal = stderr.isTTY === true;
  const width = isTerminal ? Math.max(1, stderr.columns || USUAL_WIDTH) : PLAIN.width;
  if (!hasColours(isTerminal, env)) return { ...PLAIN, width };
  return { width, paint: ({ text, tone }) => styleText(STYLES[tone], text, { validateStream: false }) };
}

/** By FORCE_COLOR and NO_COLOR, as Node itself takes them (nodejs.org/api/cli.html#force_color1-2-3). */
function hasColours(isTerminal: boolean, { FORCE_COLOR, NO_COLOR, TERM }: World["env"]): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  if (NO_COLOR) return false;
  return isTerminal && TERM !== "dumb";
}

/** Whether it can be told to draw a line again. */
export function canRedraw({ stderr, env }: Pick<World, "stderr" | "env">): boolean {
  return stderr.isTTY === true && env.TERM !== "dumb";
}
