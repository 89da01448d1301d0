import { nodeEngine } from "../support/node-engine.ts";
import { describeMeanwhile } from "./meanwhile-suite.ts";

describeMeanwhile("node:sqlite", nodeEngine);
