import type { World } from "../world.ts";

/** Can a person be asked: do they see the question, and can they type? */
export function isInteractive(world: Pick<World, "stdin" | "stderr">): boolean {
  return world.stdin.isTTY === true && world.stderr.isTTY === true;
}
