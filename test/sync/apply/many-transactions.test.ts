import { nodeEngine } from "../../support/node-engine.ts";
import { describeFrames } from "./many-transactions-suite.ts";

describeFrames("node:sqlite", nodeEngine);
