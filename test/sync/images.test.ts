import { nodeEngine } from "../support/node-engine.ts";
import { describeImages } from "./images-suite.ts";

describeImages("node:sqlite", nodeEngine);
