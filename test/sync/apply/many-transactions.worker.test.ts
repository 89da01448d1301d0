import { limitedEngine } from "../../support/worker-engine.ts";
import { describeFrames } from "./many-transactions-suite.ts";

describeFrames("D1", limitedEngine());
