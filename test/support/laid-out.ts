import type { Block } from "../../src/cli/printing/layout/block.ts";
import { layOut } from "../../src/cli/printing/layout/lay-out.ts";
import { PLAIN } from "../../src/cli/printing/layout/layout.ts";

/** The lines as a program reads them, or as a terminal without colours shows them. */
export function laidOut(blocks: readonly Block[], width = PLAIN.width): string[] {
  return blocks.flatMap((block) => layOut(block, { ...PLAIN, width }));
}
