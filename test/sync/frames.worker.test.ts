import { limitedEngine } from "../support/worker-engine.ts";
import { describeFrames } from "./frames-suite.ts";

describeFrames("D1", limitedEngine());
