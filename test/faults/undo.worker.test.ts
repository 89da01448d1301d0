import { workerGapsGround } from "./support/gaps/worker-ground.ts";
import { describeUndo } from "./undo-suite.ts";

describeUndo(workerGapsGround(), 100);
