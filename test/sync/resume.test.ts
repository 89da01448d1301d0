import { nodeEngine } from "../support/node-engine.ts";
import { describeFailures, describeResuming } from "./resume-suite.ts";

describeResuming("node:sqlite", nodeEngine);
describeFailures("node:sqlite", nodeEngine);
