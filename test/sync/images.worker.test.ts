import { limitedEngine } from "../support/worker-engine.ts";
import { describeImages } from "./images-suite.ts";

describeImages("D1", limitedEngine());
