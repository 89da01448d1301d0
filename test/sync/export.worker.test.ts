import { limitedEngine } from "../support/worker-engine.ts";
import { describeExport } from "./export-suite.ts";

describeExport("D1", limitedEngine());
