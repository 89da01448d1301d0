import type { Checkpoint } from "../interruption/checkpoint.ts";
import type { Settings } from "../places/settings.ts";
import type { Printer } from "../printing/printer.ts";
import type { World } from "../world.ts";

/** What a command works with. */
export interface Dependencies {
  world: World;
  settings: Settings;
  printer: Printer;
  checkpoint: Checkpoint;
}
