import { nodeEngine } from "../../support/node-engine.ts";
import { describeCircles } from "./circles-suite.ts";

describeCircles("node:sqlite", nodeEngine);
