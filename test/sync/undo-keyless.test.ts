import { nodeEngine } from "../support/node-engine.ts";
import { describeUndoKeyless } from "./undo-keyless-suite.ts";

describeUndoKeyless("node:sqlite", nodeEngine);
