import { nodeEngine } from "../../support/node-engine.ts";
import { describeExport } from "./export-database-suite.ts";

describeExport("node:sqlite", nodeEngine);
