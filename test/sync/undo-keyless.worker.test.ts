import { limitedEngine } from "../support/worker-engine.ts";
import { describeUndoKeyless } from "./undo-keyless-suite.ts";

describeUndoKeyless("D1", limitedEngine());
