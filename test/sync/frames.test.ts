import { nodeEngine } from "../support/node-engine.ts";
import { describeFrames } from "./frames-suite.ts";

describeFrames("node:sqlite", nodeEngine);
