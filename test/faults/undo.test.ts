import { nodeGapsGround } from "./support/gaps/node-ground.ts";
import { describeUndo } from "./undo-suite.ts";

describeUndo(nodeGapsGround(), 2000);
