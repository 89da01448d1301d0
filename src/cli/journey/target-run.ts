import type { Plan } from "../../sync/run/index.ts";
import type { Expectation } from "../bases/only-inserts.ts";
import type { RunFlags } from "../options/run-options.ts";
import type { LeftBehind, RunOutcome, Target } from "../targets/target.ts";

/** A run at a target, and what the command line says to it. */
export interface TargetRun {
  target: Target;
  key: string;
  flags: RunFlags;
  /** What it is to write: another plan is none of this command's. @default any plan is shown, and may be confirmed */
  expected?: Expectation | null | undefined;
  /** It was decided who edited what, by an earlier command. @default false */
  isDecided?: boolean | undefined;
  /** Told where the run is given up after it has written some rows, which stay. */
  onLeft?: ((left: LeftBehind) => void) | undefined;
}

/** How a command leaves a run. */
export interface JourneyOutcome {
  end: "dry run" | "declined" | "handed over" | "completed";
  plan: Plan | null;
  run: RunOutcome;
  /** Of a dry run: what it staged stays, so that the plan can be applied later. @default false */
  kept?: boolean;
}

export function completedOutcome(run: RunOutcome): JourneyOutcome {
  return { end: "completed", plan: run.plan, run };
}
