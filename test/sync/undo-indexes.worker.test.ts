import { limitedEngine } from "../support/worker-engine.ts";
import { describeUndoIndexes } from "./undo-indexes-suite.ts";

describeUndoIndexes("D1", limitedEngine());
