import { limitedEngine } from "../support/worker-engine.ts";
import { describeDeltas } from "./delta-suite.ts";

describeDeltas("D1", limitedEngine());
