import type { Answer } from "../../../api/routes.ts";
import type { Visit } from "../../visit.ts";
import type { PastRun } from "../runs.tsx";

export type Status = Answer<"status">["status"];
export type Plan = NonNullable<Status["plan"]>;

export interface Opened {
  visit: Visit;
  key: string;
  status: Status;
  /** As the history tells it; null for what was never run here. */
  past: PastRun | null;
}
