import { nodeEngine } from "../support/node-engine.ts";
import { describeStalledDriver } from "./stalled-driver-suite.ts";

describeStalledDriver("node:sqlite", nodeEngine);
