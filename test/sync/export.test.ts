import { nodeEngine } from "../support/node-engine.ts";
import { describeExport } from "./export-suite.ts";

describeExport("node:sqlite", nodeEngine);
