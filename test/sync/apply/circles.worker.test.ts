import { limitedEngine } from "../../support/worker-engine.ts";
import { describeCircles } from "./circles-suite.ts";

describeCircles("D1", limitedEngine());
