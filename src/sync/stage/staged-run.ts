import type { Creation } from "../schema/create-tables.ts";
import type { FrameSource } from "../source/frame-source.ts";
import type { Staged } from "./staged-rows.ts";

export interface ApplyRunInput {
  creation: Creation;
  staged: Staged;
  source: FrameSource;
  keepsHistory: boolean;
  /** Statements that an invocation takes before it plans. */
  opening: number;
}
