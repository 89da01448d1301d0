import { nodeEngine } from "../support/node-engine.ts";
import { describeDeltas } from "./delta-suite.ts";

describeDeltas("node:sqlite", nodeEngine);
