import { nodeEngine } from "../support/node-engine.ts";
import { describeUndoIndexes } from "./undo-indexes-suite.ts";

describeUndoIndexes("node:sqlite", nodeEngine);
