import type { Plan, PlannedRow } from "../../sync/run/index.ts";
import type { DriveOptions } from "../targets/target.ts";
import { TargetMoved } from "./expected-rows.ts";

/** What a call says of the plan that it may apply. */
export type ExpectedByCall = Pick<DriveOptions, "plan" | "expectUpdates">;

/** What a run is to write, if the target is as it was when it was compared. */
export interface Expectation {
  /**
   * What has one call plan and apply just this, or refuse; null where the plan is to be looked at first. `confirmed` is the
   * number of deletes that somebody has confirmed already.
   */
  callOptions(confirmed: number): Promise<ExpectedByCall | null>;
  /** The plan, which is applied already, with the first of its rows. */
  withSamples(plan: Plan): Plan;
  /** Rejects with `TargetMoved` where a plan writes something else. */
  check(pages: AsyncIterable<readonly PlannedRow[]>, plan: Plan): Promise<void>;
}

/** Of a target that had no rows: there is nothing to be written over. */
export class OnlyInserts implements Expectation {
  async callOptions(confirmed: number): Promise<ExpectedByCall | null> {
    return confirmed === 0 ? { expectUpdates: 0 } : null;
  }

  withSamples(plan: Plan): Plan {
    return plan;
  }

  async check(_: unknown, { tables }: Plan): Promise<void> {
    for (const { updated, deleted } of Object.values(tables))
      if (updated + deleted > 0) throw new TargetMoved(null);
  }
}
