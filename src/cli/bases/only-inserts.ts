import type { Plan, PlannedRow } from "../../sync/run/index.ts";
import { TargetMoved } from "./expected-rows.ts";

/** What a run is to write, if the target is as it was when it was compared. */
export interface Expectation {
  /** The name of the plan that writes just this; null where it is to be looked at first. */
  planName(): Promise<string | null>;
  /** The plan, which is applied already, with the first of its rows. */
  withSamples(plan: Plan): Plan;
  /** Rejects with `TargetMoved` where a plan writes something else. */
  check(pages: AsyncIterable<readonly PlannedRow[]>, plan: Plan): Promise<void>;
}

/** Of a target that had no rows: there is nothing to be written over. */
export class OnlyInserts implements Expectation {
  async planName(): Promise<null> {
    return null;
  }

  withSamples(plan: Plan): Plan {
    return plan;
  }

  async check(_: unknown, { tables }: Plan): Promise<void> {
    for (const { updated, deleted } of Object.values(tables))
      if (updated + deleted > 0) throw new TargetMoved(null);
  }
}
