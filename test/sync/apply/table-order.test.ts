import { nodeEngine } from "../../support/node-engine.ts";
import { describeFrameOrder } from "./table-order-suite.ts";

describeFrameOrder("node:sqlite", nodeEngine);
