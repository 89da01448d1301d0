import { limitedEngine } from "../../support/worker-engine.ts";
import { describeKeyedStaging } from "./keyed-suite.ts";

describeKeyedStaging("D1", limitedEngine());
