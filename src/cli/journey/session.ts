import type { Checkpoint } from "../interruption/checkpoint.ts";
import type { Printer } from "../printing/printer.ts";
import type { World } from "../world.ts";

/** Where a journey runs, how it speaks, and where it notes how far it has come. */
export interface Session {
  world: World;
  printer: Printer;
  checkpoint: Checkpoint;
}
