import type { UndoneRun } from "../run/index.ts";
import type { Creation } from "../schema/index.ts";
import type { FrameSource } from "../source/index.ts";
import type { Staged } from "./staged-rows.ts";

export interface ApplyRunInput {
  creation: Creation;
  staged: Staged;
  source: FrameSource;
  keepsHistory: boolean;
  /** Where the history counts: the version that it would take now. */
  nextVersion?: number;
  /** Of an undo: the runs that it takes back. */
  undone?: readonly UndoneRun[];
}
