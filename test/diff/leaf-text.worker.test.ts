import { limitedEngine } from "../support/worker-engine.ts";
import { describeLeafTexts } from "./leaf-text-suite.ts";

describeLeafTexts("D1", limitedEngine());
