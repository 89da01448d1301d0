import { limitedD1 } from "../support/limited-d1.ts";
import { d1Engine } from "../support/worker-engine.ts";
import { describeExport } from "./export-suite.ts";

describeExport(
  "D1",
  d1Engine((binding) => limitedD1(binding, { queries: Infinity })),
);
