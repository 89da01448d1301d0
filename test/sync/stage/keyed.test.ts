import { nodeEngine } from "../../support/node-engine.ts";
import { describeKeyedStaging } from "./keyed-suite.ts";

describeKeyedStaging("node:sqlite", nodeEngine);
