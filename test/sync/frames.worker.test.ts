import { limitedD1 } from "../support/limited-d1.ts";
import { d1Engine } from "../support/worker-engine.ts";
import { describeFrames } from "./frames-suite.ts";

describeFrames(
  "D1",
  d1Engine((binding) => limitedD1(binding, { queries: Infinity })),
);
