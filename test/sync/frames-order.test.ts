import { nodeEngine } from "../support/node-engine.ts";
import { describeFrameOrder } from "./frames-order-suite.ts";

describeFrameOrder("node:sqlite", nodeEngine);
